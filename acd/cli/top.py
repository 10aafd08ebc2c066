"""`acd top`: queues and agents, live."""

import time
from typing import Annotated

import typer
from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from acd.cli import client
from acd.cli.client import HERE, NoAnswer, Server
from acd.cli.frame import frame

EVERY_S = 0.2
ROWS = 24
"""Of a frame that is not shown on a terminal."""

Once = Annotated[bool, typer.Option("--once", help="Print one frame and end.")]


def top(server: Server = HERE, once: Once = False) -> None:
    """Show queues and agents, live; ctrl-C ends it."""
    console = Console()
    if once:
        height = console.height if console.is_terminal else ROWS
        console.print(frame(client.get(server, "/live"), height))
        return
    with Live(console=console, screen=True, auto_refresh=False) as live:
        try:
            while True:
                live.update(_now(server, console.height), refresh=True)
                time.sleep(EVERY_S)
        except KeyboardInterrupt:
            return


def _now(server: str, height: int) -> RenderableType:
    """The frame of this moment. A process that is away may come back: that is shown."""
    try:
        return frame(client.get(server, "/live"), height)
    except NoAnswer as error:
        return Text(f"acd top: {error}", "red")
