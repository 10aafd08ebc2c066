"""HTTP/1.1 to one server over connections that are kept open: as much of it as ARI speaks.

A call takes fourteen commands, and a general client's work for a request is five times this one's
(docs/performance.md).
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

# Asterisk closes an idle connection after http.conf's session_keep_alive, 15 s by default. A
# connection it has just closed fails the request that was sent on it, so ours are closed earlier.
KEEPALIVE_S = 10.0
# Far below http.conf's sessionlimit (100 by default), which the event sockets share.
CONNECTIONS = 50
# Asterisk lets ten connections wait to be accepted (main/tcptls.c: listen(…, 10)). The kernel drops
# the first packet of the others, which is repeated after a whole second.
OPENING = 8
LARGEST_HEAD = 64 * 1024
Answer = tuple[int, bytes]
"""Status and body."""


class NotSent(ConnectionError):
    """There is no connection: the server knows nothing of the request."""


class Lost(ConnectionError):
    """The connection ended before the whole answer had come: the request may have been performed,
    or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What comes before an answer's body; length None: the body lasts until the connection ends."""

    status: int
    length: int | None
    last: bool

    @classmethod
    def read(cls, text: bytes) -> Head:
        """Raises ValueError for what is no HTTP, or of a kind that Asterisk does not send."""
        first, *lines = text.decode("latin-1").split("\r\n")
        version, status, *_ = first.split(" ", 2)
        if not version.startswith("HTTP/1.") or not status.isdecimal():
            raise ValueError("the answer is not HTTP/1")
        fields = {}
        for line in lines:
            name, _, value = line.partition(":")
            fields[name.strip().lower()] = value.strip()
        if "transfer-encoding" in fields:
            raise ValueError("the answer's body comes in chunks")
        return cls(
            status=int(status),
            length=_length(int(status), fields),
            last=version == "HTTP/1.0" or fields.get("connection", "").lower() == "close",
        )


def _length(status: int, fields: Mapping[str, str]) -> int | None:
    if status in (204, 304):
        return 0
    return int(fields["content-length"]) if "content-length" in fields else None


class Connection(asyncio.Protocol):
    """One connection, with at most one request on its way."""

    def __init__(self) -> None:
        self.free_since = 0.0
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Answer] | None = None
        self._received = bytearray()
        self._head: Head | None = None

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    async def ask(self, request: bytes) -> Answer:
        """Send the request and wait for its answer. Raises Lost. A wait that is cancelled ends the
        connection: the answer would be taken for the next request's."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        try:
            return await self._answer
        except BaseException:
            self._transport.abort()
            raise
        finally:
            self._answer = None

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._answer is None or self._answer.done():
            self.close()  # nobody has asked
            return
        try:
            self._read()
        except ValueError as error:
            self._fail(str(error))

    def connection_lost(self, error: Exception | None) -> None:
        if self._head is not None and self._head.length is None and error is None:
            self._finish(self._head.status, len(self._received))
        else:
            self._fail(str(error) if error else "the server closed the connection")

    # An answer.

    def _read(self) -> None:
        if self._head is None:
            end = self._received.find(b"\r\n\r\n")
            if end < 0:
                if len(self._received) > LARGEST_HEAD:
                    raise ValueError("the answer's head is too long")
                return
            self._head = Head.read(bytes(self._received[:end]))
            del self._received[: end + 4]
        if self._head.length is not None and len(self._received) >= self._head.length:
            self._finish(self._head.status, self._head.length)

    def _finish(self, status: int, length: int) -> None:
        body = bytes(self._received[:length])
        del self._received[:length]
        over = self._head is None or self._head.last or self._received
        self._head = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((status, body))
        if over:
            self.close()

    def _fail(self, reason: str) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(Lost(reason))
        self.close()


class Connections:
    """Requests to the server at this URL, as this user. Needs no opening; end with close()."""

    def __init__(self, url: str, user: str, password: str) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._secure = parts.scheme == "https"
        self._port = parts.port or (443 if self._secure else 80)
        self._path = parts.path.rstrip("/")
        login = b64encode(f"{user}:{password}".encode()).decode()
        self._fields = (
            f"Host: {parts.netloc.rpartition('@')[2]}\r\nAuthorization: Basic {login}\r\n"
        )
        self._free: list[Connection] = []
        self._places = asyncio.Semaphore(CONNECTIONS)
        self._opening = asyncio.Semaphore(OPENING)

    async def ask(self, method: str, target: str, body: bytes | None) -> Answer:
        """Send one request, and wait for its answer for ever. Raises NotSent, Lost."""
        request = self._request(method, target, body)
        async with self._places:
            connection = self._kept()
            if connection is None:
                async with self._opening:
                    connection = self._kept()
                    if connection is None:
                        # That it has been accepted shows only in its first answer.
                        return await self._ask(await self._connect(), request)
            return await self._ask(connection, request)

    async def _ask(self, connection: Connection, request: bytes) -> Answer:
        answer = await connection.ask(request)
        if connection.is_open:
            connection.free_since = asyncio.get_running_loop().time()
            self._free.append(connection)
        return answer

    def close(self) -> None:
        while self._free:
            self._free.pop().close()

    def _request(self, method: str, target: str, body: bytes | None) -> bytes:
        head = f"{method} {self._path}{target} HTTP/1.1\r\n{self._fields}"
        if body is None:
            return f"{head}Content-Length: 0\r\n\r\n".encode()
        kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        return f"{head}{kind}".encode() + body

    def _kept(self) -> Connection | None:
        """The connection that was used last, if it is still good."""
        oldest = asyncio.get_running_loop().time() - KEEPALIVE_S
        while self._free:
            connection = self._free.pop()
            if connection.is_open and connection.free_since > oldest:
                return connection
            connection.close()
        return None

    async def _connect(self) -> Connection:
        loop = asyncio.get_running_loop()
        try:
            _, connection = await loop.create_connection(
                Connection, self._host, self._port, ssl=True if self._secure else None
            )
        except OSError as error:
            raise NotSent(str(error) or type(error).__name__) from error
        return connection
