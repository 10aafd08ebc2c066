"""One subscriber of the event stream: a websocket that is only written to.

It costs at most one message and a little room, however slowly it reads: what it has missed comes as
one message when there is room again. Who does not read at all is cut.
"""

import asyncio
import socket
from collections.abc import Awaitable
from dataclasses import dataclass

from aiohttp import ClientConnectionResetError, WSMsgType, web

from acd.http.frames import Audience
from acd.http.stream import Stream

PING_S = 30.0
LARGEST_SENT = 4096
"""Bytes of a message from the subscriber, who has nothing to say."""
LOOK_S = 0.05
"""How often a slow subscriber is looked at."""
SLACK_S = 0.02
"""Frames come that much earlier than the clock says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Why the stream is over: the websocket's close code, and a sentence."""

    code: int
    reason: str


GONE = Ending(code=1000, reason="")
STOPPED = Ending(code=1001, reason="the process ends: connect again")
SPOKE = Ending(code=1003, reason="this stream is only read")
LOGGED_OUT = Ending(code=4001, reason="the token is no longer valid: log in again")
TOO_SLOW = Ending(code=4008, reason="nothing was read for too long: connect again")


class Subscriber:
    def __init__(self, stream: Stream, audience: Audience, since: int | None) -> None:
        """since: the frame up to which everything is known already."""
        self._stream = stream
        self._limits = stream.limits
        self._audience = audience
        self._since = since
        self._sent_at = 0.0
        self._socket = web.WebSocketResponse(
            compress=False,
            heartbeat=PING_S,
            max_msg_size=LARGEST_SENT,
            timeout=stream.limits.grace_s,
            writer_limit=2**31,  # we wait by ourselves, to see whether anything moves
        )

    async def serve(
        self, request: web.Request, logged_out: Awaitable[None]
    ) -> web.WebSocketResponse:
        """Tell all that changes until one side has enough; logged_out: when the token ends."""
        await self._socket.prepare(request)
        transport = request.transport
        if transport is None:
            return self._socket
        _bound(transport, self._limits.kernel_room)
        with self._stream.following() as news:
            ending = await _first(
                self._read(), self._write(transport, news), _when(logged_out, LOGGED_OUT)
            )
        if ending is TOO_SLOW:
            self._stream.cut += 1
        # Draining would wait for ever for one that does not read.
        await self._socket.close(code=ending.code, message=ending.reason.encode(), drain=False)
        if transport.get_write_buffer_size():
            # To one that does not read, closing would try to send the rest for ever.
            transport.abort()
        return self._socket

    async def _read(self) -> Ending:
        async for message in self._socket:
            if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                return SPOKE
        return GONE

    async def _write(self, transport: asyncio.Transport, news: asyncio.Event) -> Ending:
        try:
            await self._send(await self._beginning())
            while await self._room(transport):
                await self._next(news)
                if self._stream.over:
                    return STOPPED
        except ClientConnectionResetError:
            return GONE
        return TOO_SLOW

    async def _beginning(self) -> bytes:
        """What was missed, or everything."""
        if self._since is None or not self._stream.holds(self._since):
            return await self._everything()
        return self._missed() or self._stream.beat()

    async def _next(self, news: asyncio.Event) -> None:
        """Wait for something to tell, and tell it."""
        try:
            async with asyncio.timeout(self._limits.beat_s):
                await news.wait()
        except TimeoutError:
            await self._send(self._stream.beat())
            return
        await self._pause()
        news.clear()
        if self._since is None or not self._stream.holds(self._since):
            await self._send(await self._everything())
        elif message := self._missed():
            await self._send(message)

    async def _pause(self) -> None:
        """Who was behind is not told more often than others."""
        early = self._sent_at + self._limits.every_s - asyncio.get_running_loop().time()
        if early > SLACK_S:
            await asyncio.sleep(early)

    async def _everything(self) -> bytes:
        text, self._since = await self._stream.snapshot(self._audience)
        return text

    def _missed(self) -> bytes | None:
        assert self._since is not None
        message = self._stream.news(self._audience, self._since)
        self._since = self._stream.seq
        return message

    async def _send(self, message: bytes) -> None:
        await self._socket.send_frame(message, WSMsgType.TEXT)
        self._stream.messages += 1
        self._sent_at = asyncio.get_running_loop().time()

    async def _room(self, transport: asyncio.Transport) -> bool:
        """Wait until there is room for more; False if nothing moves for too long."""
        loop = asyncio.get_running_loop()
        unsent, moved_at = transport.get_write_buffer_size(), loop.time()
        while unsent > self._limits.room and not transport.is_closing():
            await asyncio.sleep(LOOK_S)
            left = transport.get_write_buffer_size()
            if left < unsent:
                unsent, moved_at = left, loop.time()
            elif loop.time() - moved_at > self._limits.stalled_s:
                return False
        return True


def _bound(transport: asyncio.Transport, room: int) -> None:
    """Let the kernel keep no more for us than that."""
    found = transport.get_extra_info("socket")
    if found is not None:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, room)


async def _when(ended: Awaitable[None], ending: Ending) -> Ending:
    await ended
    return ending


async def _first(*waits: Awaitable[Ending]) -> Ending:
    """The first of them; the others are given up."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return next(task for task in tasks if task in done).result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
