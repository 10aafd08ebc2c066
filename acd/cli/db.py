"""`acd db`: the database itself."""

import asyncio
from typing import Annotated

import typer

from acd.app.database import bring_up_to_date, check_tables
from acd.app.moving import move_database
from acd.cli import upkeep
from acd.cli.options import SAMPLE, Config
from acd.config import load

app = typer.Typer(
    help="The database: its tables, moving, backing up, erasing.", no_args_is_help=True
)
upkeep.add_to(app)


_Check = Annotated[bool, typer.Option("--check", help="Change nothing; end with 3 if it would.")]


@app.command()
def migrate(config: Config = SAMPLE, check: _Check = False) -> None:
    """Bring the database's tables up to date; stop every acd and back it up first."""
    url = load(config).file.database
    asyncio.run(check_tables(url) if check else bring_up_to_date(url))
    print("The tables of the database are up to date.")


_From = Annotated[str, typer.Argument(metavar="FROM", help="Its URL, as in `database:`.")]
_To = Annotated[str, typer.Argument(metavar="TO", help="The URL of an empty database.")]


@app.command()
def move(source: _From, target: _To) -> None:
    """Copy the database into an empty one, also of the other kind; stop every acd before."""
    asyncio.run(move_database(source, target, lambda table, rows: print(f"{rows:>10} {table}")))
    print("All of it is there, compared row by row. Name it in `database:` and start acd.")
