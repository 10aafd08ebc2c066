"""All commands of `acd`, and how they end.

Each is loaded when it is called: what `run` is made of takes a second to import.
"""

import logging
import sys
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from acd.app.exits import Exit

logger = logging.getLogger(__name__)

COMMANDS = {
    "run": "Serve calls until SIGTERM or SIGINT; those in progress live on in Asterisk.",
    "check": "Find every mistake in the configuration; ends with 2 if there is one.",
    "plan": "Show what `acd apply` would change, and who would notice; nothing is changed.",
    "apply": "Make the files the version in force, at once: no call is touched.",
    "export": "Print the configuration as one file, in the order of the documentation.",
    "top": "Show queues and agents, or extensions, live; ctrl-C ends it.",
    "lost": "List the calls of a queue that were lost or missed, or mark who was called back.",
    "doctor": "Look at this machine, the database and every Asterisk: what is wrong, its remedy.",
    "explain": "Say what happened to a call or why it waits, and why an agent gets calls or not.",
    "replay": "Decide the journal once more, and say whether this program decides the same.",
    "simulate": "Let the recorded calls come once more with another configuration, and compare.",
    "worker": "Take snapshots, delete what is too old and measure, until SIGTERM or SIGINT.",
    "agent": "Log agents in and out, and change their status.",
    "db": "The database: its tables, moving, backing up, erasing.",
    "user": "Who may log in: accounts and tokens.",
}
"""By name, in the order of the help. The module in acd/cli of that name has an `app`, or a function
of that name."""


class Commands(TyperGroup):
    """Knows of each command what it is for, and loads the one that is called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, known, rest = super().resolve_command(ctx, args)
        return name, known and loaded(str(name)), rest


def loaded(name: str) -> Any:
    """The command itself, of which Commands has the name only."""
    module = import_module(f"acd.cli.{name}")
    one = typer.Typer(add_completion=False)
    if not hasattr(module, "app"):
        one.command(name)(getattr(module, name))
        return typer.main.get_command(one)
    one.add_typer(module.app, name=name)
    return typer.main.get_group(one).commands[name]


app = typer.Typer(
    help="A call distributor that drives Asterisk.",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for _name, _help in COMMANDS.items():
    app.command(_name, help=_help)(lambda: None)


def main() -> None:
    """Run the command line; exits with the codes of acd/app/exits.py."""
    try:
        app(prog_name="acd")
    except Exception as error:
        sys.exit(_report(error))


def _report(error: Exception) -> Exit:
    """Say what went wrong: a sentence where it was foreseen, else the traceback."""
    # Who does well need not wait for what these know.
    from acd.cli.client import NoAnswer, Unwilling

    if isinstance(error, NoAnswer | Unwilling):
        print(f"acd: {error}", file=sys.stderr)
        return Exit.FAILED
    from acd.app.endings import ending

    known = ending(error)
    if known is None:
        logger.error("the process ends by a fault of ours", exc_info=error)
        return Exit.FAILED
    print(_sentence(known[1]), file=sys.stderr)
    return known[0]


def _sentence(text: str) -> str:
    mistakes = len(text.splitlines())
    return f"acd: {text}" if mistakes == 1 else f"acd: there are {mistakes} mistakes\n{text}"
