"""`acd db`: the database itself."""

import asyncio

import typer

from acd.app.database import bring_up_to_date
from acd.cli.options import SAMPLE, Config
from acd.config import load

app = typer.Typer(help="The database: its tables, and moving it.", no_args_is_help=True)


@app.command()
def migrate(config: Config = SAMPLE) -> None:
    """Bring the database's tables up to date; stop every acd and back it up first."""
    asyncio.run(bring_up_to_date(load(config).file.database))
    print("The tables of the database are up to date.")
