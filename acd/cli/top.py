"""`acd top`: queues and agents, live."""

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
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
from acd.cli.frame import frame, phones
from acd.cli.mirror import Mirror

Drawn = Callable[[Mirror, datetime, int], RenderableType]
"""What is shown of the picture, at that moment and within that height."""
EVERY_S = 1.0
"""Clocks are moved on so often while nothing happens."""
ROWS = 24
"""Of a frame that is not shown on a terminal."""

Group_ = Annotated[
    str, typer.Option("--group", help="Only this queue group, as one.", metavar="NAME")
]
Extensions = Annotated[
    bool, typer.Option("--extensions", help="The extensions, with their phones and calls.")
]
Once = Annotated[bool, typer.Option("--once", help="Print one frame and end.")]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print JSON: the messages of the stream, one a line.")
]


def top(
    server: Server = HERE,
    group: Group_ = "",
    extensions: Extensions = False,
    once: Once = False,
    as_json: AsJson = False,
) -> None:
    """Show queues and agents, or extensions, live; ctrl-C ends it."""
    console = Console()
    only = _only(group, extensions=extensions, as_json=as_json)
    watched = Watched(phones if extensions else frame)
    if once or not (as_json or console.is_terminal):
        picture = client.get(server, f"/live?{urlencode(only)}".rstrip("?"))
        _once(console, watched, picture, as_json=as_json)
        return
    with suppress(KeyboardInterrupt):
        asyncio.run(_lines(server, only) if as_json else _live(server, only, console, watched))


def _only(group: str, *, extensions: bool, as_json: bool) -> dict[str, str]:
    """What is asked for: no more than people are shown. Raises BadParameter."""
    if extensions and group:
        raise typer.BadParameter("extensions belong to no queue: leave out --group")
    if extensions:
        return {"show": "nodes,extensions"}
    if group:
        return {"group": group}
    return {} if as_json else {"show": "nodes,queues,groups,agents,entries"}


def _once(console: Console, watched: "Watched", picture: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(picture))
        return
    watched.take(picture)
    console.print(watched.frame(console.height if console.is_terminal else ROWS))


async def _lines(server: str, only: Mapping[str, str]) -> None:
    mirror = Mirror()

    def take(message: dict[str, Any]) -> None:
        mirror.apply(message)
        print(json.dumps(message), flush=True)

    await follow(server, lambda: (mirror.seq, mirror.stream), take, lambda sentence: None, only)


async def _live(server: str, only: Mapping[str, str], console: Console, watched: "Watched") -> None:
    """Raises Unwilling."""
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

    def __init__(self, drawn: Drawn = frame) -> None:
        self._drawn = drawn
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
            return self._drawn(self._mirror, now, height)
        return Group(away, self._drawn(self._mirror, now, height - 1))

    async def something_new(self) -> None:
        """Wait for news, or for the clocks to move on."""
        with suppress(TimeoutError):
            async with asyncio.timeout(EVERY_S):
                await self._news.wait()
        self._news.clear()
