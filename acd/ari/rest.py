"""Commands and questions to one Asterisk by HTTP: a connection pool, timeouts, typed errors."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import aiohttp
from pydantic_core import from_json
from yarl import URL

from acd.ari.commands import (
    Applications,
    AsteriskItself,
    Bridges,
    Channels,
    Endpoints,
    Playbacks,
    Recordings,
)
from acd.ari.connections import Answer, Connections, Lost
from acd.ari.encode import Encoded, encode
from acd.ari.errors import AriGarbled, AriSilent, AriUnreachable, refused
from acd.ari.models import OPERATIONS

OnCall = Callable[[str, float, int], None]
"""Told of every request: operation, seconds until its answer, HTTP status (0: no answer)."""

# What has been done once changes nothing when it is done again.
SAFE_METHODS = frozenset({"GET", "PUT", "DELETE"})
# Asterisk answers these with 409 when the id is taken, so that sending one twice is safe. Playing
# and snooping under a chosen id are not among them: the first is queued a second time, the
# second is a 500 that looks like any other.
SAFE_TO_REPEAT = frozenset({"channels.originateWithId", "bridges.createWithId"})
NOT_OPEN = "the ARI client is not open: use `async with`"
LONGEST_REASON = 200
# An event is a few kilobytes; lists go by HTTP. The bound only keeps a fault from eating memory.
LARGEST_FRAME = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class AriAddress:
    """Where ARI is and as whom to log in: `url` is like http://127.0.0.1:8088/ari."""

    url: str
    user: str
    password: str = field(repr=False)


class RestClient:
    """ARI's commands, by name through `call` or typed through `channels`, `bridges` and so on.

    Open it with `async with`. Every request raises AriUnreachable without an answer within its
    timeout, an AriRefused (by status: AriNotFound, AriConflict …) for an error status, and
    TypeError at once for an operation or parameter that ARI does not have. A success means that
    Asterisk has accepted the command; that something has happened is told by events.
    """

    def __init__(
        self,
        address: AriAddress,
        *,
        timeout_s: float = 5.0,
        on_call: OnCall = lambda operation, seconds, status: None,
    ) -> None:
        self._address = address
        self._timeout_s = timeout_s
        self._on_call = on_call
        self._session: aiohttp.ClientSession | None = None
        self._connections: Connections | None = None
        self.channels = Channels(self.call)
        self.bridges = Bridges(self.call)
        self.playbacks = Playbacks(self.call)
        self.recordings = Recordings(self.call)
        self.applications = Applications(self.call)
        self.asterisk = AsteriskItself(self.call)
        self.endpoints = Endpoints(self.call)

    async def __aenter__(self) -> Self:
        address = self._address
        login = aiohttp.encode_basic_auth(address.user, address.password, "utf-8")
        self._connections = Connections(address.url, address.user, address.password)
        self._session = aiohttp.ClientSession(
            headers={"Authorization": login},
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),  # ours are around each request as a whole
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._connections is not None:
            self._connections.close()
        if self._session is not None:
            await self._session.close()

    async def call(
        self, operation: str, /, *, timeout_s: float | None = None, **parameters: Any
    ) -> Any:
        """Do one operation, named as in OPERATIONS; the decoded JSON of the answer, or None.

        `timeout_s` replaces the client's own for this request.
        """
        request = encode(operation, parameters)
        started = time.perf_counter()
        status, body = 0, b""
        try:
            async with asyncio.timeout(timeout_s or self._timeout_s):
                status, body = await self._send(operation, request)
        except TimeoutError:
            raise AriSilent(operation, "no answer in time") from None
        except OSError as error:
            raise AriUnreachable(operation, str(error) or type(error).__name__) from error
        finally:
            self._on_call(operation, time.perf_counter() - started, status)
        return _answer(operation, status, body)

    async def _send(self, operation: str, request: Encoded) -> Answer:
        if self._connections is None:
            raise RuntimeError(NOT_OPEN)
        ask = partial(self._connections.ask, request.method, request.target, request.body)
        try:
            return await ask()
        except Lost:
            if operation not in SAFE_TO_REPEAT and request.method not in SAFE_METHODS:
                raise
        status, body = await ask()
        if status == 409 and operation in SAFE_TO_REPEAT:
            return 204, b""  # the first attempt has done it; only its answer was lost
        return status, body

    async def open_events(
        self, applications: Iterable[str], *, heartbeat_s: float
    ) -> aiohttp.ClientWebSocketResponse:
        """The websocket with the events of these Stasis applications.

        Raises aiohttp.WSServerHandshakeError with Asterisk's status if it refuses, and other
        aiohttp.ClientError or OSError if it cannot be reached. There is no timeout.
        """
        names = quote(",".join(applications), safe=",")
        return await self._open.ws_connect(
            # Never subscribeAll: it loses events after a reconnect and can deadlock Asterisk.
            self._url(f"/events?app={names}"),
            heartbeat=heartbeat_s,
            max_msg_size=LARGEST_FRAME,
            timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
        )

    @property
    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError(NOT_OPEN)
        return self._session

    def _url(self, target: str) -> URL:
        return URL(self._address.url.rstrip("/") + target, encoded=True)


def _answer(operation: str, status: int, body: bytes) -> Any:
    if status >= 300:
        raise refused(operation, status, _reason(body))
    if not body:
        return None
    if OPERATIONS[operation].response == "bytes":
        return body
    try:
        return from_json(body)
    except ValueError as error:
        raise AriGarbled(operation, "the answer is not JSON") from error


def _reason(body: bytes) -> str:
    """Asterisk's own words: its errors are JSON with a message, those of its web server HTML."""
    try:
        decoded = from_json(body)
    except ValueError:
        return body[:LONGEST_REASON].decode(errors="replace")
    if not isinstance(decoded, dict):
        return str(decoded)[:LONGEST_REASON]
    return str(decoded.get("message", decoded.get("error", "")))[:LONGEST_REASON]
