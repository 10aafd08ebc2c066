"""`acd run`: the process that serves."""

import asyncio
import gc
import logging
import signal
from pathlib import Path
from typing import Annotated

import typer

from acd.app import holder, local_token, logs, program
from acd.app.database import open_store
from acd.app.logs import LogStyle
from acd.app.program import Program
from acd.app.systemd import Systemd
from acd.cli.options import SAMPLE, Config
from acd.config import Configuration, http_address, load
from acd.http.api import Api, Sources
from acd.http.serving import listen, serving

logger = logging.getLogger(__name__)

_Http = Annotated[str | None, typer.Option(help="Instead of `http:`.", metavar="HOST:PORT")]
_Log = Annotated[LogStyle, typer.Option(help="How the log looks.")]
_TakeOver = Annotated[bool, typer.Option("--take-over", help="Even if another run is alive.")]


def run(
    config: Config = SAMPLE,
    http: _Http = None,
    log: _Log = LogStyle.HUMAN,
    take_over: _TakeOver = False,
) -> None:
    """Serve calls until SIGTERM or SIGINT; those in progress live on in Asterisk."""
    logs.set_up(log)
    asyncio.run(_serve(config, http, take_over=take_over))


async def _serve(path: Path, http: str | None, *, take_over: bool) -> None:
    stop = _stop_by_signal()
    configuration = load(path)
    host, port = http_address(http or configuration.file.http)
    if not take_over:
        await _refuse_a_second(configuration)
    with listen(host, port) as socket:

        async def serve(running: Program) -> None:
            secret = running.accounts.local_secret
            kept = local_token.kept(socket.getsockname()[1], secret)
            with kept:
                async with serving(Api(_sources(running)).application(), socket):
                    where = "http://{}:{}".format(*socket.getsockname())
                    logger.info("HTTP is served", extra={"url": where})
                    # What is loaded by now stays: looking through it for garbage took 80 ms.
                    gc.freeze()
                    await _supervised(running)

        await program.run(configuration, serve, stop)
    logger.info("stopped")


async def _supervised(running: Program) -> None:
    """Tell systemd, if it is there, until we are to stop."""
    systemd = Systemd()
    try:
        await systemd.run(lambda: _status(running))
        await asyncio.Event().wait()
    finally:
        systemd.tell("STOPPING=1")


def _status(running: Program) -> str:
    """For `systemctl status`: how many calls there are, and what is missing."""
    live = sum(link.live.is_set() for link in running.links.values())
    words = f"{len(running.state.interactions)} calls, {live} of {len(running.links)} nodes live"
    return words + (", the database is away" if running.writer.away_since is not None else "")


async def _refuse_a_second(configuration: Configuration) -> None:
    store = await open_store(configuration.file.database)
    try:
        await holder.refuse_a_second(store)
    finally:
        await store.close()


def _stop_by_signal() -> asyncio.Event:
    """What SIGTERM and SIGINT set; ending is bounded in time, so a second one changes nothing."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


def _sources(running: Program) -> Sources:
    return Sources(
        ask=running.engine.ask,
        tables=lambda: running.state,
        now=running.clock.now,
        database_away=lambda: running.writer.away_since is not None,
        unwritten=lambda: running.writer.backlog.lines,
        loop_lag=running.lag.counts,
        run=running.run,
        accounts=running.accounts,
    )
