"""A cable between the ACD and Asterisk's HTTP port, which may be cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Cable:
    """Forwards TCP connections to a port of this machine."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._tasks: set[asyncio.Task[None]] = set()
        self._whole = True
        self.port = 0

    @classmethod
    @asynccontextmanager
    async def to(cls, port: int) -> AsyncIterator[Cable]:
        cable = cls(port)
        server = await asyncio.start_server(cable._connected, "127.0.0.1", 0)
        cable.port = server.sockets[0].getsockname()[1]
        try:
            yield cable
        finally:
            server.close()
            cable.cut()
            await asyncio.gather(*cable._tasks, return_exceptions=True)

    def cut(self) -> None:
        """End all connections; new ones are closed at once until it is mended."""
        self._whole = False
        for task in self._tasks:
            task.cancel()

    def mend(self) -> None:
        self._whole = True

    async def _connected(self, ours: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        if not self._whole:
            back.close()
            return
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        try:
            theirs, there = await asyncio.open_connection("127.0.0.1", self._to)
            try:
                ways = (_copy(ours, there), _copy(theirs, back))
                await asyncio.gather(*ways)
            finally:
                there.close()
        except (OSError, asyncio.CancelledError):
            # Cut, or the other side is not there: for who is connected it is the same.
            return
        finally:
            back.close()
            self._tasks.discard(task)


async def _copy(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    while data := await source.read(65_536):
        to.write(data)
        await to.drain()
    with suppress(OSError):
        to.write_eof()
