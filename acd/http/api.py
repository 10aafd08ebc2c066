"""The HTTP API: all of its routes. docs/api.md says how it is used; route.py what a route is.

Answers and what is sent are JSON; what goes wrong is a problem (problems.py). A request for an
agent is answered with {"durable": true, "agent": {...}}: durable says whether it is committed.
"""

import asyncio
from importlib.metadata import version
from typing import Any

from aiohttp import web

from acd.http import openapi
from acd.http.agents import Agents
from acd.http.answering import Answering, problems
from acd.http.configuration import ConfigurationRoutes
from acd.http.guard import not_from_pages
from acd.http.health import Health
from acd.http.lost import LostRoutes
from acd.http.route import Asked, Nothing, Route
from acd.http.sessions import Sessions
from acd.http.sources import Ask, Sources
from acd.http.watch import Watch

__all__ = ["Api", "Ask", "Sources"]


class Api:
    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._document: dict[str, Any] = {}

    def application(self) -> web.Application:
        application = web.Application(middlewares=[problems, not_from_pages])
        answering = Answering(self._sources.accounts.session, self._sources.tables)
        for route in self.routes():
            application.router.add_route(route.method, route.path, answering.handler(route))
        application.on_shutdown.append(self._close_stream)
        return application

    def routes(self) -> list[Route[Any]]:
        """All that can be asked."""
        return [
            *Sessions(self._sources.accounts).routes(),
            *Agents(self._sources).routes(),
            *Health(self._sources).routes(),
            *ConfigurationRoutes(self._sources.configuration).routes(),
            *LostRoutes(self._sources.lost, self._sources.tables, self._sources.now).routes(),
            *Watch(self._sources.stream, self._sources.accounts).routes(),
            *self._sources.metrics.routes(),
            Route(
                method="GET",
                path="/openapi.json",
                does=self.described,
                says="This description",
                needs=None,
                sends=Nothing,
                answers=dict[str, Any],
            ),
        ]

    async def _close_stream(self, _: web.Application) -> None:
        await self._sources.stream.close()

    async def described(self, asked: Asked[Nothing]) -> dict[str, Any]:
        if not self._document:
            # Made once, which takes 50 ms: too long for the loop, and for every start.
            self._document = await asyncio.to_thread(self.document)
        return self._document

    def document(self) -> dict[str, Any]:
        """All routes as OpenAPI has them."""
        return openapi.document(self.routes(), version("acd"))
