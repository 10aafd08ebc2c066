"""Whether the process works, and whether it can serve calls: for supervisors and balancers."""

import os
from collections.abc import Iterator, Mapping
from typing import Any

from typing_extensions import TypedDict

from acd.http.problems import Problem
from acd.http.route import Asked, Nothing, Route
from acd.http.sources import Sources

BEHIND = 5000
"""Lines that may wait to be written: the work of some seconds at the utmost load."""


class HealthPicture(TypedDict):
    """The process works; loop_lag_ms: how often its loop was at most so many ms late."""

    run: int
    pid: int
    loop_lag_ms: Mapping[str, int]


class ReadyPicture(TypedDict):
    """Calls are served on every node, and written down."""

    ready: bool
    nodes: dict[str, bool]


class Health:
    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def routes(self) -> list[Route[Any]]:
        return [
            Route(
                method="GET",
                path="/healthz",
                does=self.healthz,
                says="The process works",
                needs=None,
                sends=Nothing,
                answers=HealthPicture,
            ),
            Route(
                method="GET",
                path="/readyz",
                does=self.readyz,
                says="Every Asterisk is connected, and the database keeps up",
                needs=None,
                sends=Nothing,
                answers=ReadyPicture,
                fails=("not-ready",),
            ),
        ]

    async def healthz(self, asked: Asked[Nothing]) -> HealthPicture:
        sources = self._sources
        return HealthPicture(run=sources.run, pid=os.getpid(), loop_lag_ms=sources.loop_lag())

    async def readyz(self, asked: Asked[Nothing]) -> ReadyPicture:
        nodes = {node.id: node.up for node in self._sources.tables().nodes.values()}
        if reasons := list(self._reasons(nodes)):
            raise Problem("not-ready", "; ".join(reasons), reasons=reasons)
        return ReadyPicture(ready=True, nodes={str(node): up for node, up in nodes.items()})

    def _reasons(self, nodes: Mapping[Any, bool]) -> Iterator[str]:
        """Calls go on without the database; but where another process can serve, it is better."""
        if not nodes:
            yield "no node is known yet"
        yield from (f"node {node} is not connected" for node, up in nodes.items() if not up)
        if self._sources.database_away():
            yield "the database does not answer"
        elif (lines := self._sources.unwritten()) > BEHIND:
            yield f"the database is behind: {lines} lines of the journal wait"
