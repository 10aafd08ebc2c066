"""A carrier: the smallest SIP there is, on UDP, TCP or TLS, which may be told to misbehave.

It keeps every request, answers OPTIONS, registers whoever proves the password, and refuses calls
with 486, so that a test may look at the INVITE. With `garbage` it answers everything with that.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import md5

from tests.parties.bell import Bell
from tests.parties.ledger import NotSo
from tests.parties.wire import Address, Wire

_CHALLENGE = 'Digest realm="carrier", nonce="abc", algorithm=MD5'
_FIELD = re.compile(r'(\w+)="?([^",]*)"?')
_MANY = ("Via", "From", "To", "Call-ID", "CSeq", "Record-Route")
Answer = Callable[[bytes], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request: its first line, its headers by small name (the first of each), its body."""

    line: str
    headers: dict[str, str]
    body: str
    text: str

    @property
    def method(self) -> str:
        return self.line.partition(" ")[0]

    def header(self, name: str) -> str:
        return self.headers.get(name.lower(), "")


class Carrier:
    """Open it with `await Carrier.udp()`, or tcp(), and close it."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.user, self.password = "", ""
        self.silent = False
        self.garbage = b""
        self.bell = Bell()
        self.address: Address = ("", 0)
        self._close: Callable[[], None] = lambda: None
        self._writers: set[asyncio.StreamWriter] = set()

    @classmethod
    def udp(cls, host: str = "127.0.0.2", port: int = 0) -> Carrier:
        carrier = cls()
        wire = Wire.open(lambda data, source, _: carrier._came(data, answer_to(source)), host, port)

        def answer_to(source: Address) -> Answer:
            return lambda data: wire.send(data, source)

        carrier.address, carrier._close = wire.address, wire.close
        return carrier

    @classmethod
    async def tcp(cls, context: ssl.SSLContext | None = None, host: str = "127.0.0.2") -> Carrier:
        carrier = cls()
        server = await asyncio.start_server(carrier._connected, host, 0, ssl=context)
        carrier.address, carrier._close = server.sockets[0].getsockname(), server.close
        return carrier

    @property
    def host(self) -> str:
        """HOST:PORT"""
        return f"{self.address[0]}:{self.address[1]}"

    def of(self, method: str, holding: str = "") -> list[Asked]:
        """The requests of that method that hold these words."""
        return [one for one in self.asked if one.method == method and holding in one.text]

    async def sees(
        self, method: str, holding: str = "", *, times: int = 1, within: float = 8.0
    ) -> Asked:
        """Wait until so many requests of the method came that hold the words; the last. Raises
        NotSo."""
        if not await self.bell.until(lambda: len(self.of(method, holding)) >= times, within):
            lines = "\n".join(one.text for one in self.asked)
            raise NotSo(f"no {method} with {holding!r} {times} times within {within} s\n{lines}")
        return self.of(method, holding)[-1]

    async def close(self) -> None:
        self._close()
        for writer in self._writers:
            # Python 3.11.2 fails to abort a TLS connection that is closed already.
            if not writer.is_closing():
                writer.transport.abort()
        # What is aborted is closed in the loop's next round.
        await asyncio.sleep(0)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with suppress(ConnectionError, ssl.SSLError):
            while data := await reader.read(65_536):
                self._came(data, writer.write)
        writer.close()

    def _came(self, data: bytes, answer: Answer) -> None:
        text = data.decode(errors="replace")
        head, _, body = text.partition("\r\n\r\n")
        line, *rest = head.split("\r\n")
        if not line.endswith("SIP/2.0"):
            return
        headers: dict[str, str] = {}
        for name, _, value in (each.partition(":") for each in rest):
            headers.setdefault(name.strip().lower(), value.strip())
        request = Asked(line=line, headers=headers, body=body, text=text)
        self.asked.append(request)
        self.bell.ring()
        if self.garbage:
            answer(self.garbage)
        elif not self.silent and request.method != "ACK":
            answer(self._response(request))

    def _response(self, request: Asked) -> bytes:
        status, more = self._verdict(request)
        kept = [
            line
            for line in request.text.partition("\r\n\r\n")[0].split("\r\n")
            if line.partition(":")[0] in _MANY
        ]
        kept = [f"{line};tag=c" if line.startswith("To:") else line for line in kept]
        lines = [f"SIP/2.0 {status}", *kept, *more, "Content-Length: 0", "", ""]
        return "\r\n".join(lines).encode()

    def _verdict(self, request: Asked) -> tuple[str, list[str]]:
        if request.method == "OPTIONS":
            return "200 OK", []
        if self.password and not self._is_proven(request):
            proven = request.header("Authorization") or request.header("Proxy-Authorization")
            if request.method == "REGISTER":
                challenge = [f"WWW-Authenticate: {_CHALLENGE}"]
                return ("403 Forbidden", []) if proven else ("401 Unauthorized", challenge)
            return "407 Proxy Authentication Required", [f"Proxy-Authenticate: {_CHALLENGE}"]
        if request.method == "REGISTER":
            return "200 OK", [f"Contact: {request.header('Contact')}"]
        return ("486 Busy Here", []) if request.method == "INVITE" else ("200 OK", [])

    def _is_proven(self, request: Asked) -> bool:
        """Whether the request carries the digest of our user and password (RFC 2617)."""
        header = request.header("Authorization") or request.header("Proxy-Authorization")
        fields = dict(_FIELD.findall(header))
        first = _hash(f"{self.user}:carrier:{self.password}")
        second = _hash(f"{request.method}:{fields.get('uri', '')}")
        return fields.get("response") == _hash(f"{first}:abc:{second}")


def _hash(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()
