"""`acd worker`: the process that looks after the database beside the one that serves."""

import asyncio
import signal
from pathlib import Path
from typing import Annotated

import typer

from acd.app import logs
from acd.app.logs import LogStyle
from acd.app.starting import configuration_at_start
from acd.app.working import Work, work
from acd.cli.options import SAMPLE, Config, Database

_Once = Annotated[bool, typer.Option("--once", help="Do what is due, and end.")]
_Log = Annotated[LogStyle, typer.Option(help="How the log looks.")]


def worker(
    database: Database = None,
    config: Config = SAMPLE,
    once: _Once = False,
    log: _Log = LogStyle.HUMAN,
) -> None:
    """Take snapshots, delete what is too old and measure, until SIGTERM or SIGINT."""
    logs.set_up(log)
    asyncio.run(_work(config, database, once=once))


async def _work(path: Path, database: str | None, *, once: bool) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    inforce = (await configuration_at_start(path, database=database)).file
    await work(Work(database=inforce.database, journal=inforce.journal), stop, once=once)
