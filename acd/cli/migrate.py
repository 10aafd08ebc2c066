"""`acd migrate`: bring the database's tables up to date."""

import asyncio

from acd.cli.options import Config
from acd.config import load
from acd.db import migrate as bring_up_to_date


def migrate(config: Config) -> None:
    """Bring the database's tables up to date; stop every acd and back it up first."""
    url = load(config).file.database
    asyncio.run(bring_up_to_date(url))
    print("The tables of the database are up to date.")
