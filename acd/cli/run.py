"""`acd run`: the process that serves."""

import asyncio
import gc
import logging
import signal
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from acd.app import local_token, logs, program
from acd.app.desk import ConfigurationDesk
from acd.app.exits import HeldByAnother
from acd.app.logs import LogStyle
from acd.app.lost import LostDesk
from acd.app.program import Program
from acd.app.starting import configuration_at_start, database_of
from acd.app.systemd import Systemd
from acd.app.turn import Start, turn
from acd.cli.options import SAMPLE, Config
from acd.config import Configuration, http_address
from acd.db import DatabaseUnavailable
from acd.http.api import Api, Sources
from acd.http.serving import listen, serving

logger = logging.getLogger(__name__)

_Http = Annotated[str | None, typer.Option(help="Instead of `http:`.", metavar="HOST:PORT")]
_Log = Annotated[LogStyle, typer.Option(help="How the log looks.")]
_TakeOver = Annotated[bool, typer.Option("--take-over", help="Even if another run is alive.")]
_Standby = Annotated[bool, typer.Option("--standby", help="When no other run is alive any more.")]
_Apply = Annotated[bool, typer.Option("--apply", help="Apply the files first, as `acd apply`.")]
AGAIN_S = 1.0
GARBAGE = 10_000
"""So many new objects are looked through for cycles at once; of calls that end nearly none is in
one, and Python's own 700 cost a call a twentieth of its processor time where many come together."""
_At = Callable[[], Awaitable[Configuration]]
"""Gives the configuration to begin with."""


def run(
    config: Config = SAMPLE,
    http: _Http = None,
    log: _Log = LogStyle.HUMAN,
    take_over: _TakeOver = False,
    standby: _Standby = False,
    apply: _Apply = False,
) -> None:
    """Serve calls until SIGTERM or SIGINT; those in progress live on in Asterisk."""
    logs.set_up(log)
    if take_over and standby:
        raise typer.BadParameter("--take-over does not wait, --standby does: give one of them")
    begin = partial(configuration_at_start, config, apply=apply)
    start = Start.TAKE_OVER if take_over else Start.ALONE
    asyncio.run(_stand_by(config, begin, http) if standby else _begin(config, begin, http, start))


async def _begin(path: Path, begin: _At, http: str | None, start: Start) -> None:
    stop = _stop_by_signal()
    replaces = await turn(database_of(path), start, stop)
    await _serve(begin, http, stop, replaces)


async def _stand_by(path: Path, begin: _At, http: str | None) -> None:
    """Wait for our turn, and serve; another one that stands by may be quicker."""
    stop = _stop_by_signal()
    # Else the port would be found taken only when it is needed.
    listen(*_address(await begin(), http)).close()
    while not stop.is_set():
        replaces = await _our_turn(path, stop)
        if stop.is_set():
            break
        try:
            await _serve(begin, http, stop, replaces)
        # What ends a process that serves comes in a group: here nothing has begun.
        except (HeldByAnother, DatabaseUnavailable) as error:
            logger.warning("our turn is put off", extra={"reason": str(error)})
            await asyncio.sleep(AGAIN_S)


async def _our_turn(path: Path, stop: asyncio.Event) -> int | None:
    """Wait for it; to systemd one that waits is up, and hangs if its loop does not turn."""
    telling = asyncio.create_task(Systemd().run(lambda: "standing by"), name="systemd")
    try:
        return await turn(database_of(path), Start.STANDBY, stop)
    finally:
        telling.cancel()


def _address(configuration: Configuration, http: str | None) -> tuple[str, int]:
    return http_address(http or configuration.file.http)


async def _serve(begin: _At, http: str | None, stop: asyncio.Event, replaces: int | None) -> None:
    configuration = await begin()
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
                    gc.set_threshold(GARBAGE)
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
        configuration=ConfigurationDesk(running.configuring, lambda: running.state),
        stream=running.observing.stream,
        metrics=running.observing.metrics,
        lost=LostDesk(running.lost),
    )
