"""All commands of `acd`."""

import typer

from acd.cli import run

app = typer.Typer(
    help="A call distributor that drives Asterisk.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(run.run)


@app.callback()
def _acd() -> None:
    pass


def main() -> None:
    """Run the command line; exits with the codes of acd/app/exits.py."""
    app()
