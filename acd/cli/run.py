"""`acd run`: the process that serves."""

import asyncio
import gc
import logging
import signal
from pathlib import Path
from typing import Annotated

import typer

from acd.app import local_token, logs, program
from acd.app.exits import HeldByAnother
from acd.app.logs import LogStyle
from acd.app.program import Program
from acd.app.systemd import Systemd
from acd.app.turn import Start, turn
from acd.cli.options import SAMPLE, Config
from acd.config import Configuration, http_address, load
from acd.db import DatabaseUnavailable
from acd.http.api import Api, Sources
from acd.http.serving import listen, serving

logger = logging.getLogger(__name__)

_Http = Annotated[str | None, typer.Option(help="Instead of `http:`.", metavar="HOST:PORT")]
_Log = Annotated[LogStyle, typer.Option(help="How the log looks.")]
_TakeOver = Annotated[bool, typer.Option("--take-over", help="Even if another run is alive.")]
_Standby = Annotated[bool, typer.Option("--standby", help="When no other run is alive any more.")]
AGAIN_S = 1.0


def run(
    config: Config = SAMPLE,
    http: _Http = None,
    log: _Log = LogStyle.HUMAN,
    take_over: _TakeOver = False,
    standby: _Standby = False,
) -> None:
    """Serve calls until SIGTERM or SIGINT; those in progress live on in Asterisk."""
    logs.set_up(log)
    if take_over and standby:
        raise typer.BadParameter("--take-over does not wait, --standby does: give one of them")
    asyncio.run(_stand_by(config, http) if standby else _begin(config, http, take_over=take_over))


async def _begin(path: Path, http: str | None, *, take_over: bool) -> None:
    stop = _stop_by_signal()
    start = Start.TAKE_OVER if take_over else Start.ALONE
    replaces = await turn(load(path).file.database, start, stop)
    await _serve(path, http, stop, replaces)


async def _stand_by(path: Path, http: str | None) -> None:
    """Wait for our turn, and serve; another one that stands by may be quicker."""
    stop = _stop_by_signal()
    # Else the port would be found taken only when it is needed.
    listen(*_address(load(path), http)).close()
    while not stop.is_set():
        replaces = await turn(load(path).file.database, Start.STANDBY, stop)
        if stop.is_set():
            break
        try:
            await _serve(path, http, stop, replaces)
        # What ends a process that serves comes in a group: here nothing has begun.
        except (HeldByAnother, DatabaseUnavailable) as error:
            logger.warning("our turn is put off", extra={"reason": str(error)})
            await asyncio.sleep(AGAIN_S)


def _address(configuration: Configuration, http: str | None) -> tuple[str, int]:
    return http_address(http or configuration.file.http)


async def _serve(path: Path, http: str | None, stop: asyncio.Event, replaces: int | None) -> None:
    configuration = load(path)
    host, port = _address(configuration, http)
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

        await program.run(configuration, serve, stop, replaces=replaces)
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
