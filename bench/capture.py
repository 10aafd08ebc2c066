"""Every INVITE and BYE on loopback, with the time at which the kernel saw it.

Neither the sender's nor the reader's wait for a core is in these times, as it would be in the logs
of SIPp on a busy machine. Needs CAP_NET_RAW.
"""

from __future__ import annotations

import asyncio
import ctypes
import re
import socket
import struct
from dataclasses import dataclass
from types import TracebackType
from typing import Self

# Linux; the socket module has no names for them.
_SO_ATTACH_FILTER = 26
_SO_RCVBUFFORCE = 33
_SO_TIMESTAMPNS = 35
# Of this type a packet is seen once, when it arrives; of "all types" also when it is sent.
_IPV4 = 0x0800
_ETHERNET = 14
_STAMP = struct.Struct("@qq")
_REQUEST = re.compile(rb"(INVITE|BYE) sips?:(?:([^@>;\s]*)@)?")
_FROM_USER = re.compile(rb"^(?:From|f)\s*:.*?sips?:([^@>;]*)@", re.MULTILINE | re.IGNORECASE)
_CALL_ID = re.compile(rb"^(?:Call-ID|i)\s*:\s*(\S+)", re.MULTILINE | re.IGNORECASE)
# UDP that begins with "INVI" or "BYE ": (code, jump if true, jump if false, operand).
_FILTER = (
    (0x30, 0, 0, _ETHERNET + 9),  # A = protocol
    (0x15, 0, 5, 17),  # UDP?
    (0xB1, 0, 0, _ETHERNET),  # X = length of the IP header
    (0x40, 0, 0, _ETHERNET + 8),  # A = first four bytes after the UDP header
    (0x15, 1, 0, int.from_bytes(b"INVI", "big")),
    (0x15, 0, 1, int.from_bytes(b"BYE ", "big")),
    (0x06, 0, 0, 0xFFFF),  # take it
    (0x06, 0, 0, 0),  # leave it
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One INVITE or BYE datagram: epoch seconds, the port it went to, the users of its request
    line and of its From."""

    at: float
    port: int
    method: str
    called: str
    caller: str
    call_id: str


class Capture:
    """Collects INVITEs and BYEs while it is open: `async with Capture() as capture`."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self._socket: socket.socket | None = None

    async def __aenter__(self) -> Self:
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        _only_requests(sock)
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 4 * 1024 * 1024)
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        sock.setblocking(False)
        sock.bind(("lo", _IPV4))
        asyncio.get_running_loop().add_reader(sock, self._take)
        self._socket = sock
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._socket is not None
        self._take()
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()

    def first_at(self, port: int) -> dict[str, float]:
        """When each caller's first INVITE came to that port: repetitions do not count."""
        times: dict[str, float] = {}
        for seen in self.seen:
            if seen.method == "INVITE" and seen.port == port:
                times.setdefault(seen.caller, seen.at)
        return times

    def firsts(self, method: str, port: int) -> dict[str, Seen]:
        """Of each dialog the first such request that came to that port, by Call-ID, in order."""
        found: dict[str, Seen] = {}
        for seen in self.seen:
            if seen.method == method and seen.port == port:
                found.setdefault(seen.call_id, seen)
        return found

    def _take(self) -> None:
        assert self._socket is not None
        while True:
            try:
                packet, ancillary, _, _ = self._socket.recvmsg(65_536, 64)
            except BlockingIOError:
                return
            if seen := _seen(packet, _stamp(ancillary)):
                self.seen.append(seen)


def _only_requests(sock: socket.socket) -> None:
    code = b"".join(struct.pack("HBBI", *step) for step in _FILTER)
    steps = ctypes.create_string_buffer(code)
    program = struct.pack("HL", len(_FILTER), ctypes.addressof(steps))
    sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)


def _seen(packet: bytes, at: float) -> Seen | None:
    udp = _ETHERNET + 4 * (packet[_ETHERNET] & 0x0F)
    begins = _REQUEST.match(packet, udp + 8)
    if begins is None:
        return None
    return Seen(
        at=at,
        port=int.from_bytes(packet[udp + 2 : udp + 4], "big"),
        method=begins[1].decode(),
        called=(begins[2] or b"").decode(),
        caller=_header(_FROM_USER, packet, udp),
        call_id=_header(_CALL_ID, packet, udp),
    )


def _header(pattern: re.Pattern[bytes], packet: bytes, udp: int) -> str:
    found = pattern.search(packet, udp + 8)
    return found[1].decode() if found else ""


def _stamp(ancillary: list[tuple[int, int, bytes]]) -> float:
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS):
            seconds, nanoseconds = _STAMP.unpack(data[: _STAMP.size])
            return float(seconds + nanoseconds / 1e9)
    raise RuntimeError("the kernel gave no time of arrival")
