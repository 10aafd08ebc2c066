"""The event stream: one clock cuts frames, and messages are made once for all who see the same.

Nothing runs while nothing changes. The first change makes a frame at once, the next ones wait for
each other until a tenth of a second is over; or a second, while nobody follows.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from acd.http import frames, live
from acd.http.frames import Audience, Held
from acd.http.view import LiveView
from acd.views import Change

SLICE = 50
"""Pictures drawn in one go, which takes a millisecond or two."""
WOKEN = 20
"""Subscribers woken in one go: sending 40 kB to each takes a millisecond or two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds and bytes. every_s: the least time between two messages to one subscriber."""

    every_s: float = 0.1
    unwatched_s: float = 1.0
    """The least time between two frames while nobody follows."""
    beat_s: float = 10.0
    """After so long without news a subscriber is told that all is well."""
    stalled_s: float = 10.0
    """Who has read nothing for so long, with more than the room unread, is cut."""
    grace_s: float = 2.0
    """So long a close may take before the connection is dropped."""
    room: int = 64 * 1024
    """Bytes that may wait to be sent before a subscriber counts as behind."""
    kernel_room: int = 128 * 1024
    """Of them the kernel keeps so many for us."""
    subscribers: int = 1000
    fresh_s: float = 1.0
    """So long a snapshot is given to others if nothing changes."""


class Stream:
    """Have one task run run(); tell it of every change."""

    def __init__(
        self,
        view: LiveView,
        *,
        run: int,
        now: Callable[[], datetime],
        limits: Limits | None = None,
        held: Held | None = None,
    ) -> None:
        self.view = view
        self.limits = limits or Limits()
        self.run_number = run
        self.over = False
        """The process ends, and no subscriber is served any more."""
        self.frames = 0
        self.messages = 0
        self.cut = 0
        """Subscribers that were cut because they did not read."""
        self._now = now
        self._held = held or Held()
        self._stirred = asyncio.Event()
        self._stirred.set()
        self._joined = asyncio.Event()
        self._followers: dict[asyncio.Event, None] = {}
        self._deltas: dict[tuple[Audience, int], bytes | None] = {}
        self._snapshots: dict[Audience, tuple[int, float, bytes]] = {}

    @property
    def seq(self) -> int:
        """Of the newest frame."""
        return self._held.seq

    @property
    def subscribers(self) -> int:
        return len(self._followers)

    def changed(self, changes: Iterable[Change]) -> None:
        """The rows of one input, which are in the tables already. Returns at once."""
        self.view.changed(changes)
        self._stirred.set()

    async def run(self) -> None:
        """Cut frames for ever."""
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            await self.draw()
            if self._cut():
                await self._wake()
            await self._pause()

    async def close(self) -> None:
        """Let every subscriber go; they are told that the process ends."""
        self.over = True
        await self._wake()

    @contextmanager
    def following(self) -> Iterator[asyncio.Event]:
        """One more subscriber: the event is set whenever there is a frame."""
        event = asyncio.Event()
        self._followers[event] = None
        self._joined.set()
        try:
            yield event
        finally:
            del self._followers[event]

    # What is told.

    async def snapshot(self, audience: Audience) -> tuple[bytes, int]:
        """All that the audience sees, true to the latest change; and the frame it ends with."""
        await self.draw()
        # What is shown now must be the end of a frame: something that changes back before the next
        # one would be in none, and this snapshot would never be put right.
        is_new = self._cut()
        text, seq = self._snapshot(audience), self.seq
        if is_new:
            await self._wake()
        return text, seq

    def _snapshot(self, audience: Audience) -> bytes:
        drawn, at, text = self._snapshots.get(audience, (-1, 0.0, b""))
        loop = asyncio.get_running_loop()
        if drawn != self.view.drawn or loop.time() - at > self.limits.fresh_s:
            told = {"run": self.run_number, "seq": self.seq, "at": self._at()}
            text = frames.snapshot(self.view, audience, **told)  # type: ignore[arg-type]
            self._snapshots[audience] = (self.view.drawn, loop.time(), text)
        return text

    def holds(self, seq: int) -> bool:
        """Whether all that came after that frame is known."""
        return self._held.holds(seq)

    def news(self, audience: Audience, since: int) -> bytes | None:
        """What the audience is to know of the frames after that one, which must be held; None if
        nothing."""
        key = (audience, since)
        if key not in self._deltas:
            changed = self._held.since(since)
            self._deltas[key] = frames.delta(changed, audience, self.seq, self._at())
        return self._deltas[key]

    def beat(self) -> bytes:
        return frames.beat(self.seq, self._at())

    def _cut(self) -> bool:
        """Make a frame of what has come out different; gives whether there is anything."""
        changed = self.view.take()
        if not changed:
            return False
        self._held.add(changed)
        self.frames += 1
        self._deltas.clear()
        self._snapshots.clear()
        return True

    def _at(self) -> str:
        return live.moment(self._now())

    async def draw(self) -> None:
        """Until nothing is out of date, and never for long in one go."""
        while self.view.stale:
            self.view.draw(SLICE)
            if self.view.stale:
                await asyncio.sleep(0)

    async def _pause(self) -> None:
        """Until the next frame may be cut."""
        await asyncio.sleep(self.limits.every_s)
        if not self._followers:
            self._joined.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(self.limits.unwatched_s - self.limits.every_s):
                    await self._joined.wait()

    async def _wake(self) -> None:
        for number, event in enumerate(list(self._followers), start=1):
            event.set()
            if number % WOKEN == 0:
                await asyncio.sleep(0)
