"""A UDP socket whose datagrams carry the kernel's own time of arrival.

The tests' event loop may stall while a test computes; the kernel's stamp does not, so what the ears
report is when the packet came and not when Python found the time to look.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress

Address = tuple[str, int]
Receive = Callable[[bytes, Address, float], None]

# Linux; the socket module has no name for it.
_SO_TIMESTAMPNS = 35
_STAMP = struct.Struct("@qq")


class Wire:
    """One bound UDP socket of the running event loop."""

    def __init__(self, sock: socket.socket, receive: Receive) -> None:
        self._socket = sock
        self._receive = receive
        self.address: Address = sock.getsockname()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(sock, self._readable)

    @classmethod
    def open(cls, receive: Receive, host: str = "127.0.0.1", port: int = 0) -> Wire:
        """Bind to the port, or to a free one. Raises OSError if it is taken."""
        return cls(bound(host, port), receive)

    def send(self, data: bytes, to: Address) -> None:
        """Send now. A full socket buffer loses the datagram, as the network would."""
        with suppress(BlockingIOError):
            self._socket.sendto(data, to)

    def close(self) -> None:
        """Idempotent."""
        if self._socket.fileno() == -1:
            return
        self._loop.remove_reader(self._socket)
        self._socket.close()

    def _readable(self) -> None:
        with suppress(BlockingIOError, ConnectionError):
            while self._socket.fileno() != -1:
                data, ancillary, _, source = self._socket.recvmsg(65_536, 64)
                self._receive(data, source, _arrived(ancillary))


def bound(host: str, port: int) -> socket.socket:
    """A non-blocking UDP socket with arrival stamps. Raises OSError if the port is taken."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        sock.setblocking(False)
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock


def _arrived(ancillary: list[tuple[int, int, bytes]]) -> float:
    now = time.monotonic()
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS):
            seconds: int
            nanoseconds: int
            seconds, nanoseconds = _STAMP.unpack(data[: _STAMP.size])
            return now - max(0.0, time.time() - (seconds + nanoseconds / 1e9))
    return now
