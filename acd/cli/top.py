"""`acd top`: queues and agents, live."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from time import monotonic
from typing import Annotated, Any
from urllib.parse import urlencode

import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from acd.cli import client
from acd.cli.client import HERE, Server
from acd.cli.following import follow
from acd.cli.frame import frame
from acd.cli.mirror import Mirror

EVERY_S = 1.0
"""Clocks are moved on so often while nothing happens."""
ROWS = 24
"""Of a frame that is not shown on a terminal."""

Group_ = Annotated[
    str, typer.Option("--group", help="Only this queue group, as one.", metavar="NAME")
]
Once = Annotated[bool, typer.Option("--once", help="Print one frame and end.")]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print JSON: the messages of the stream, one a line.")
]


def top(
    server: Server = HERE, group: Group_ = "", once: Once = False, as_json: AsJson = False
) -> None:
    """Show queues and agents, live; ctrl-C ends it."""
    console = Console()
    only = {"group": group} if group else {}
    if once or not (as_json or console.is_terminal):
        _once(console, client.get(server, f"/live?{urlencode(only)}".rstrip("?")), as_json=as_json)
        return
    with suppress(KeyboardInterrupt):
        asyncio.run(_lines(server, only) if as_json else _live(server, only, console))


def _once(console: Console, picture: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(picture))
        return
    watched = Watched()
    watched.take(picture)
    console.print(watched.frame(console.height if console.is_terminal else ROWS))


async def _lines(server: str, only: Mapping[str, str]) -> None:
    mirror = Mirror()

    def take(message: dict[str, Any]) -> None:
        mirror.apply(message)
        print(json.dumps(message), flush=True)

    await follow(server, lambda: (mirror.seq, mirror.stream), take, lambda sentence: None, only)


async def _live(server: str, only: Mapping[str, str], console: Console) -> None:
    """Raises Unwilling."""
    watched = Watched()
    following = asyncio.create_task(
        follow(server, watched.position, watched.take, watched.lost, only)
    )
    with Live(console=console, screen=True, auto_refresh=False) as shown:
        while not following.done():
            shown.update(watched.frame(console.height), refresh=True)
            await watched.something_new()
    await following


class Watched:
    """What is shown, and what time it is by the clock of the process."""

    def __init__(self) -> None:
        self._mirror = Mirror()
        self._heard_at = monotonic()
        self._away = "connecting"
        self._news = asyncio.Event()

    def position(self) -> tuple[int, str]:
        return self._mirror.seq, self._mirror.stream

    def take(self, message: dict[str, Any]) -> None:
        self._mirror.apply(message)
        self._heard_at = monotonic()
        self._away = ""
        self._news.set()

    def lost(self, sentence: str) -> None:
        self._away = sentence
        self._news.set()

    def frame(self, height: int) -> RenderableType:
        """The last that is known; where there is no connection, that is said above it."""
        away = Text(f"acd top: {self._away}", "red")
        if self._mirror.at is None:
            return away
        now = self._mirror.at + timedelta(seconds=monotonic() - self._heard_at)
        if not self._away:
            return frame(self._mirror, now, height)
        return Group(away, frame(self._mirror, now, height - 1))

    async def something_new(self) -> None:
        """Wait for news, or for the clocks to move on."""
        with suppress(TimeoutError):
            async with asyncio.timeout(EVERY_S):
                await self._news.wait()
        self._news.clear()
