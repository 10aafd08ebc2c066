"""The phones of all agents at one port, signalling only: they answer at once, and hang up after a
while, together on a word, or never."""

from __future__ import annotations

import asyncio
import random
import re
import secrets
import socket
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from tests.parties.sipp import HOST, SippFactory, free_ports
from tests.parties.wire import Address

_HEADER = re.compile(r"^([\w-]+)\s*:\s*(.*?)\s*$", re.MULTILINE)
_URI = re.compile(r"<([^>]+)>")
_COPIED = ("From", "Call-ID", "CSeq")


class Phones(asyncio.DatagramProtocol):
    """Make it with registered(). Who is rung answers; a talk is known by its Call-ID."""

    def __init__(self, port: int, server: Address) -> None:
        self.port = port
        self._talk_s: tuple[float, float] | None = None
        self._ring_s = 0.0
        self._lot = random.Random(1)
        self._server = server
        self._tag = secrets.token_hex(4)
        self._ringing: dict[str, str] = {}
        """The INVITE of each call that rings."""
        self._talks: dict[str, str] = {}
        """The BYE that will end each talk."""
        self._media = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._media.bind((HOST, 0))
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.DatagramTransport

    @classmethod
    async def registered(
        cls, sipp: SippFactory, users: Sequence[tuple[str, str]], server: Address
    ) -> Self:
        """Phones of all these (number, password), at a free port. Raises NotSo."""
        port = free_ports(1)[0]
        await sipp.register(users, server, port=port)
        return cls(port, server)

    async def __aenter__(self) -> Self:
        place = (HOST, self.port)
        self._transport, _ = await self._loop.create_datagram_endpoint(lambda: self, place)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._transport.close()
        self._media.close()

    def behave(self, *, talk_s: tuple[float, float] | None, ring_s: float = 0.0) -> None:
        """From now on: how long a phone rings before it is answered, and how long an agent talks
        before hanging up, by lot between these; None: for ever."""
        self._talk_s, self._ring_s = talk_s, ring_s

    @property
    def talking(self) -> int:
        """How many talk."""
        return len(self._talks)

    def hang_up(self) -> None:
        """All who talk hang up in the same moment."""
        for call_id in list(self._talks):
            self._bye(call_id)

    def datagram_received(self, data: bytes, _: object) -> None:
        text = data.decode(errors="replace")
        method = text.partition(" ")[0]
        match method:
            case "INVITE":
                self._invited(text)
            case "CANCEL":
                self._cancelled(text)
            case "SIP/2.0" | "ACK":
                return
            case _:
                if method == "BYE":
                    self._talks.pop(_headers(text)["Call-ID"], None)
                self._answer(text, "200 OK")

    def _invited(self, text: str) -> None:
        headers = _headers(text)
        call_id = headers["Call-ID"]
        if "tag=" in headers["To"]:
            self._answer(text, "200 OK", self._sdp())
            return
        if call_id in self._talks or call_id in self._ringing:
            return  # A repetition: the answer is on its way.
        self._answer(text, "180 Ringing")
        self._ringing[call_id] = text
        self._loop.call_later(self._ring_s, self._pick_up, call_id)

    def _cancelled(self, text: str) -> None:
        self._answer(text, "200 OK")
        if invite := self._ringing.pop(_headers(text)["Call-ID"], None):
            self._answer(invite, "487 Request Terminated")

    def _pick_up(self, call_id: str) -> None:
        invite = self._ringing.pop(call_id, None)
        if invite is None:
            return  # Cancelled meanwhile.
        self._answer(invite, "200 OK", self._sdp())
        self._talks[call_id] = self._goodbye(_headers(invite))
        if self._talk_s is not None:
            self._loop.call_later(self._lot.uniform(*self._talk_s), self._bye, call_id)

    def _bye(self, call_id: str) -> None:
        if bye := self._talks.pop(call_id, None):
            self._send(bye)

    def _goodbye(self, headers: dict[str, str]) -> str:
        """The BYE that will end the call of this INVITE."""
        them = _URI.search(headers["Contact"])
        assert them
        return _message(
            f"BYE {them[1]} SIP/2.0",
            f"Via: SIP/2.0/UDP {HOST}:{self.port};branch=z9hG4bK{secrets.token_hex(6)}",
            f"From: {headers['To']};tag={self._tag}",
            f"To: {headers['From']}",
            f"Call-ID: {headers['Call-ID']}",
            "CSeq: 1 BYE",
            "Max-Forwards: 70",
        )

    def _answer(self, text: str, status: str, sdp: str = "") -> None:
        headers = _headers(text)
        vias = re.findall(r"^Via\s*:.*?$", text, re.MULTILINE)
        to = headers["To"] if "tag=" in headers["To"] else f"{headers['To']};tag={self._tag}"
        copied = [f"{name}: {headers[name]}" for name in _COPIED]
        contact = [f"Contact: <sip:phones@{HOST}:{self.port}>"]
        kind = ["Content-Type: application/sdp"] if sdp else []
        lines = [*(via.strip() for via in vias), f"To: {to}", *copied, *contact, *kind]
        self._send(_message(f"SIP/2.0 {status}", *lines, body=sdp))

    def _sdp(self) -> str:
        lines = [
            "v=0",
            f"o=- 1 1 IN IP4 {HOST}",
            "s=-",
            f"c=IN IP4 {HOST}",
            "t=0 0",
            f"m=audio {self._media.getsockname()[1]} RTP/AVP 0 101",
            "a=rtpmap:0 PCMU/8000",
            "a=rtpmap:101 telephone-event/8000",
        ]
        return "".join(f"{line}\r\n" for line in lines)

    def _send(self, message: str) -> None:
        self._transport.sendto(message.encode(), self._server)


def _headers(text: str) -> dict[str, str]:
    return dict(_HEADER.findall(text))


def _message(*lines: str, body: str = "") -> str:
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", body])
