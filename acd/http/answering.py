"""From a route to an answer: who asks, whether that one may, what is sent, what is answered."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import Any, TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import TypeAdapter, ValidationError

from acd.http.accounts import AccountsAway, Session
from acd.http.live import Tables
from acd.http.problems import Problem, malformed, of_router
from acd.http.route import Asked, Route, Sent
from acd.ids import AgentId
from acd.permissions import allowed
from acd.requests import Refused

logger = logging.getLogger(__name__)

S = TypeVar("S", bound=Sent)
NUL = b"\\u0000"
"""A character that PostgreSQL has not; JSON has it in this spelling only."""
SessionOf = Callable[[str], Awaitable[Session | None]]
"""Whose token it is. May raise AccountsAway."""
AWAY = "the database does not answer, so nobody can be known: calls go on; try again soon"


class Answering:
    """Answers requests of routes."""

    def __init__(self, session_of: SessionOf, tables: Callable[[], Tables]) -> None:
        self._session_of = session_of
        self._tables = tables

    def handler(self, route: Route[Any]) -> Handler:
        """What aiohttp calls."""
        written = _adapter(route.answers)

        async def handle(request: web.Request) -> web.StreamResponse:
            if any("\0" in name for name in request.match_info.values()):
                raise Problem("not-found", "the character NUL is in no name")
            who = await self._permitted(route, request)
            sent = await _sent(route, request)
            asked = Asked(sent=sent, path=request.match_info, request=request, who=who)
            answer = await route.does(asked)
            if isinstance(answer, web.StreamResponse):
                return answer
            if route.answers is None:
                return web.Response(status=204)
            body = written.dump_json(answer)
            return web.Response(body=body, status=route.status, content_type="application/json")

        return handle

    async def _permitted(self, route: Route[Any], request: web.Request) -> Session | None:
        """Who asks. Raises Problem if that one may not, or asks about an agent who is not there."""
        if route.needs is None:
            return None
        session = await self._session(request.headers)
        name = request.match_info.get("agent")
        agent = AgentId(name) if name is not None else None
        check(session, route.needs, agent)
        if agent is not None and agent not in self._tables().agents:
            raise Problem("not-found", f"there is no agent {agent}")
        return session

    async def _session(self, headers: Mapping[str, str]) -> Session:
        scheme, _, secret = headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            raise _unknown("no token was shown: log in, and send it as Authorization: Bearer TOKEN")
        session = await self._session_of(secret.strip())
        if session is None:
            raise _unknown("this token is not, or no longer, valid: log in again")
        return session


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    """Dear to make, and the same for all routes that answer alike."""
    return TypeAdapter(kind)


def check(session: Session, key: Any, agent: AgentId | None = None) -> None:
    """See that it is permitted. Raises Problem."""
    user = session.user
    if allowed(user, key, agent=agent):
        return
    if user.must_change_password:
        detail = f"{user.username} logs in with an initial password: change it first (/password)"
        raise Problem("password-must-change", detail)
    about = f" for {agent}" if agent is not None and agent != user.username else ""
    raise Problem("not-allowed", f"{user.username} has no permission {key}{about}")


def _unknown(detail: str) -> Problem:
    return Problem("not-logged-in", detail, headers={"WWW-Authenticate": "Bearer"})


async def _sent(route: Route[S], request: web.Request) -> S:
    """What is sent. Raises Problem."""
    try:
        if route.in_body:
            return route.sends.model_validate_json(await _body(route, request) or b"{}")
        return route.sends.model_validate(dict(request.query), strict=False)
    except ValidationError as error:
        raise malformed(error, parameters=not route.in_body) from None


async def _body(route: Route[Any], request: web.Request) -> bytes:
    """The body; not one byte more than the route takes is kept. Raises Problem."""
    if encoding := request.headers.get("Content-Encoding"):
        raise Problem("not-json", f"send the body as it is, not as {encoding}")
    body = bytearray()
    async for part in request.content.iter_any():
        body += part
        if len(body) > route.largest:
            raise Problem("too-large", f"a body here has at most {route.largest} bytes")
    # Forms that a page sends without asking first are not JSON either.
    if body and request.content_type != "application/json":
        raise Problem("not-json", f"send application/json, not {request.content_type}")
    if NUL in body:
        raise Problem("malformed", "the character NUL is in no name, and in no text")
    return bytes(body)


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever goes wrong is answered as a problem."""
    try:
        return await handler(request)
    except Problem as problem:
        return problem.answer()
    except Refused as refused:
        return Problem("refused", str(refused)).answer()
    except AccountsAway:
        return Problem("database-away", AWAY, headers={"Retry-After": "2"}).answer()
    except web.HTTPException as error:
        return of_router(error).answer()
    except Exception:
        logger.exception("an HTTP request failed", extra={"path": request.path})
        return Problem("our-fault", "what went wrong is in the log").answer()
