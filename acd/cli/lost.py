"""`acd lost`: the calls of a queue that were lost or missed, and who was called back."""

import json
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import typer
from rich.console import Console
from rich.table import Table

from acd.cli import client
from acd.cli.client import API, HERE, Server
from acd.cli.words import clock
from acd.http.lost import KINDS, LostPicture, Result

Queue = Annotated[str, typer.Argument(help="The queue's name.", metavar="QUEUE")]
Kind = Annotated[str, typer.Option("--kind", help="Of these, separated by commas.")]
Unmarked = Annotated[bool, typer.Option("--unmarked", help="Only whom nobody has called back.")]
Before = Annotated[
    str, typer.Option("--before", help="Go on after the last of a page.", metavar="ENTRY")
]
Most = Annotated[int, typer.Option("--most", help="So many at most are listed.", min=1, max=200)]
Mark = Annotated[
    str | None, typer.Option("--mark", help="Say that this one was called back.", metavar="ENTRY")
]
Came = Annotated[Result, typer.Option("--result", help="What came of calling back.")]
ALL = ",".join(KINDS)
WIDTH = 200
"""Of what is not shown on a terminal."""
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def lost(
    queue: Queue,
    kind: Kind = ALL,
    unmarked: Unmarked = False,
    before: Before = "",
    most: Most = 50,
    mark: Mark = None,
    result: Came = Result.REACHED,
    server: Server = HERE,
    as_json: AsJson = False,
) -> None:
    """List the calls of a queue that were lost or missed, or mark who was called back."""
    path = f"/queues/{quote(queue, safe='')}/lost"
    if mark is not None:
        one = f"{API}{path}/{quote(mark, safe='')}"
        done = client.call(server, "PUT", one, {"result": result})
        print(json.dumps(done) if as_json else f"{mark} is marked: {result}")
        return
    asked = {"kind": kind, "unmarked": unmarked, "before": before, "limit": most}
    found: list[LostPicture] = client.get(server, f"{path}?{urlencode(asked)}")
    if as_json:
        print(json.dumps(found))
        return
    console = Console()
    console.width = console.width if console.is_terminal else WIDTH
    console.print(_table(found))


def _table(found: list[LostPicture]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("AT", "ENTRY", "CALLER", "NUMBER", "WAITED", "#", "OUTCOME", "OFFERS", "BACK"):
        table.add_column(column, no_wrap=True)
    for one in found:
        table.add_row(*_cells(one))
    return table


def _cells(one: LostPicture) -> list[Any]:
    offers = ", ".join(f"{offer['agent']} {offer['outcome'] or ''}" for offer in one["offers"])
    back = one["called_back"]
    return [
        f"{one['entered_at'][:19].replace('T', ' ')}",
        one["entry"],
        one["caller"] or "unknown",
        one["number"],
        clock(one["waited_s"]),
        str(one["place"]),
        f"{one['outcome']}{' (short)' if one['short'] else ''}",
        offers,
        f"{back['result']} by {back['by']}" if back else "",
    ]
