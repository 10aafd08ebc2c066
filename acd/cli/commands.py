"""All commands of `acd`, and how they end."""

import logging
import sys

import typer

from acd.app import exits
from acd.app.exits import Exit
from acd.cli import (
    agent,
    apply,
    check,
    db,
    doctor,
    explain,
    export,
    plan,
    replay,
    run,
    top,
    user,
    worker,
)
from acd.cli.client import NoAnswer, Unwilling

logger = logging.getLogger(__name__)

app = typer.Typer(
    help="A call distributor that drives Asterisk.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(run.run)
app.command()(check.check)
app.command()(plan.plan)
app.command()(apply.apply)
app.command()(export.export)
app.command()(top.top)
app.command()(doctor.doctor)
app.command()(explain.explain)
app.command()(replay.replay)
app.command()(worker.worker)
app.add_typer(agent.app, name="agent")
app.add_typer(db.app, name="db")
app.add_typer(user.app, name="user")


def main() -> None:
    """Run the command line; exits with the codes of acd/app/exits.py."""
    try:
        app()
    except Exception as error:
        sys.exit(_report(error))


def _report(error: Exception) -> Exit:
    """Say what went wrong: a sentence where it was foreseen, else the traceback."""
    if isinstance(error, NoAnswer | Unwilling):
        print(f"acd: {error}", file=sys.stderr)
        return Exit.FAILED
    ending = exits.ending(error)
    if ending is None:
        logger.error("the process ends by a fault of ours", exc_info=error)
        return Exit.FAILED
    print(_sentence(ending[1]), file=sys.stderr)
    return ending[0]


def _sentence(text: str) -> str:
    mistakes = len(text.splitlines())
    return f"acd: {text}" if mistakes == 1 else f"acd: there are {mistakes} mistakes\n{text}"
