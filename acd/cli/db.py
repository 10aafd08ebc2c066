"""`acd db`: the database itself."""

import asyncio
from typing import Annotated

import typer

from acd.app.database import bring_up_to_date, check_tables
from acd.cli.options import SAMPLE, Config
from acd.config import load

app = typer.Typer(help="The database: its tables, and moving it.", no_args_is_help=True)


_Check = Annotated[bool, typer.Option("--check", help="Change nothing; end with 3 if it would.")]


@app.command()
def migrate(config: Config = SAMPLE, check: _Check = False) -> None:
    """Bring the database's tables up to date; stop every acd and back it up first."""
    url = load(config).file.database
    asyncio.run(check_tables(url) if check else bring_up_to_date(url))
    print("The tables of the database are up to date.")
