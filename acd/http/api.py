"""The HTTP API: what agents ask for, and the live picture.

    POST /agents/{agent}/login       {"project": "support"}
    POST /agents/{agent}/logout
    POST /agents/{agent}/status      {"status": "Available"}
    POST /agents/{agent}/acw/finish
    GET  /live     the picture (acd/http/pictures.py)
    GET  /healthz  200 while the process works; its id; how often its loop was late, by ms at most
    GET  /readyz   200 while it can serve calls on every node, else 503

Answers are JSON. To a request: {"durable": true, "agent": {...}}; durable says whether it is
already committed. What is wrong: {"error": "a sentence"} with 400 (malformed), 403 (a web page
asks), 404 (no such agent), 409 (makes no sense now), 500 (our fault).
"""

import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, ConfigDict, ValidationError

from acd.http import live
from acd.http.guard import from_here_only
from acd.http.live import Tables
from acd.ids import AgentId, ProjectName, StatusName
from acd.requests import FinishAcw, LogIn, LogOut, Refused, Request, SetStatus

logger = logging.getLogger(__name__)

Ask = Callable[[Request], Awaitable[bool]]
"""Puts a request to the core; gives whether it is committed. Raises Refused."""


class _NoSuchAgent(Exception):
    pass


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Empty(_Body):
    pass


class _LogIn(_Body):
    project: str


class _Status(_Body):
    status: str


B = TypeVar("B", bound=_Body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What the API is made from; tables and now are read anew at every request."""

    ask: Ask
    tables: Callable[[], Tables]
    now: Callable[[], datetime]
    database_away: Callable[[], bool]
    loop_lag: Callable[[], Mapping[str, int]]
    run: int


class Api:
    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def application(self) -> web.Application:
        application = web.Application(middlewares=[from_here_only, _as_json])
        application.add_routes(
            [
                web.post("/agents/{agent}/login", self.log_in),
                web.post("/agents/{agent}/logout", self.log_out),
                web.post("/agents/{agent}/status", self.set_status),
                web.post("/agents/{agent}/acw/finish", self.finish_acw),
                web.get("/live", self.live),
                web.get("/healthz", self.healthz),
                web.get("/readyz", self.readyz),
            ]
        )
        return application

    async def log_in(self, request: web.Request) -> web.Response:
        agent, body = self._agent(request), await _body(request, _LogIn)
        return await self._do(LogIn(agent=agent, project=ProjectName(body.project)))

    async def log_out(self, request: web.Request) -> web.Response:
        agent, _ = self._agent(request), await _body(request, _Empty)
        return await self._do(LogOut(agent=agent))

    async def set_status(self, request: web.Request) -> web.Response:
        agent, body = self._agent(request), await _body(request, _Status)
        return await self._do(SetStatus(agent=agent, status=StatusName(body.status)))

    async def finish_acw(self, request: web.Request) -> web.Response:
        agent, _ = self._agent(request), await _body(request, _Empty)
        return await self._do(FinishAcw(agent=agent))

    async def live(self, request: web.Request) -> web.Response:
        sources = self._sources
        return web.json_response(live.picture(sources.tables(), sources.run, sources.now()))

    async def healthz(self, request: web.Request) -> web.Response:
        sources = self._sources
        lag = dict(sources.loop_lag())
        return web.json_response({"run": sources.run, "pid": os.getpid(), "loop_lag_ms": lag})

    async def readyz(self, request: web.Request) -> web.Response:
        """Calls go on without the database, so that does not count."""
        nodes = {node.id: node.up for node in self._sources.tables().nodes.values()}
        ready = bool(nodes) and all(nodes.values())
        told = {"ready": ready, "nodes": nodes, "database": not self._sources.database_away()}
        return web.json_response(told, status=200 if ready else 503)

    def _agent(self, request: web.Request) -> AgentId:
        agent = AgentId(request.match_info["agent"])
        if agent not in self._sources.tables().agents:
            raise _NoSuchAgent(f"there is no agent {agent}")
        return agent

    async def _do(self, request: LogIn | LogOut | SetStatus | FinishAcw) -> web.Response:
        sources = self._sources
        durable = await sources.ask(request)
        agent = live.agent(sources.tables(), request.agent, sources.now())
        return web.json_response({"durable": durable, "agent": agent})


async def _body(request: web.Request, kind: type[B]) -> B:
    """The body; an empty one is {}. Raises ValidationError."""
    return kind.model_validate_json(await request.read() or b"{}")


@web.middleware
async def _as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except _NoSuchAgent as error:
        return _error(404, str(error))
    except Refused as refused:
        return _error(409, str(refused))
    except ValidationError as error:
        return _error(400, "; ".join(_mistake(e["loc"], e["msg"]) for e in error.errors()))
    except web.HTTPException as error:
        return _error(error.status, error.reason)
    except Exception:
        logger.exception("an HTTP request failed", extra={"path": request.path})
        return _error(500, "this is our fault, and is in the log")


def _mistake(location: tuple[int | str, ...], message: str) -> str:
    return ": ".join([*map(str, location), message])


def _error(status: int, sentence: str) -> web.Response:
    return web.json_response({"error": sentence}, status=status)
