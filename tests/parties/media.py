"""A party's mouth and the socket its ears hang on: RTP with G.711 and RFC 4733 digits.

Own rather than aiortp's session: that one decodes through a jitter buffer (80 ms before the first
sound is seen, and a party with ears then costs several times as much) and sends all packets of a
digit in one burst.
"""

from __future__ import annotations

import asyncio
import random
import struct
from collections import deque
from collections.abc import Iterator
from itertools import cycle

from tests.parties.bell import Bell
from tests.parties.ears import Ears
from tests.parties.tones import WINDOW, WINDOW_S, Law, frames
from tests.parties.wire import Address, Receive, Wire, bound

_HEADER = struct.Struct("!BBHII")
_EVENT = struct.Struct("!BBH")
_DIGITS = "0123456789*#ABCD"
_DIGIT_FRAMES = 6
_PAUSE_FRAMES = 5
_VOLUME = 10
# After a stall longer than this the mouth goes on from now instead of making up for it.
_MOST_LATE_S = 0.2


class Media:
    """One RTP stream each way. Ears listen from the start, the mouth speaks after `aim`."""

    def __init__(self, *, tone: float, host: str, ears: Ears, speaks: bool = True) -> None:
        self.tone = tone
        self.ears = ears
        self.speaks = speaks
        self.packets_sent = 0
        self.packets_received = 0
        self._rtp, self._rtcp = _even_and_odd(host, self._received)
        self._to: Address | None = None
        self._law = Law.MU
        self._event_type = 101
        self._frames: Iterator[bytes] = cycle(frames(tone, Law.MU))
        self._digits: deque[tuple[int, int, int] | None] = deque()
        self._digit_started = 0
        self._last_digit: int | None = None
        self._sequence = random.randrange(1 << 15)
        self._clock = random.randrange(1 << 31)
        self._source = random.randrange(1 << 32)
        self._next = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._bell = Bell()
        self._dead = False

    @property
    def port(self) -> int:
        """The local RTP port: even, RTCP (which is ignored) being the next."""
        return self._rtp.address[1]

    def aim(self, to: Address, law: Law, event_type: int) -> None:
        """Speak to this address in this codec, from now on."""
        self._to, self._event_type = to, event_type
        if law is not self._law:
            self._law, self._frames = law, cycle(frames(self.tone, law))
        if self._timer is None:
            self._next = asyncio.get_running_loop().time()
            self._tick()

    async def send_digits(self, digits: str, within: float = 10.0) -> None:
        """Send RFC 4733 digits, 120 ms each and 100 ms apart; the tone pauses meanwhile.

        Returns once the last is out. Raises ValueError for what is not a digit, TimeoutError if
        the stream does not run.
        """
        for digit in digits:
            self._digits.extend(_digit_steps(_DIGITS.index(digit)))
        if not await self._bell.until(lambda: not self._digits, within):
            raise TimeoutError("the digits were not sent")

    def die(self) -> None:
        """Fall silent and deaf for good, with the ports still bound."""
        if self._timer is not None:
            self._timer.cancel()
        self._to, self._dead = None, True

    def close(self) -> None:
        """Idempotent."""
        if self._timer is not None:
            self._timer.cancel()
        self._rtp.close()
        self._rtcp.close()

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        if now - self._next > _MOST_LATE_S:
            skipped = int((now - self._next) / WINDOW_S)
            self._next += skipped * WINDOW_S
            self._clock += skipped * WINDOW
        while self._next <= now:
            self._speak()
            self._clock += WINDOW
            self._next += WINDOW_S
        self._timer = loop.call_at(self._next, self._tick)

    def _speak(self) -> None:
        if self._digits:
            self._speak_digit(self._digits.popleft())
            return
        if self.speaks:
            self._send(self._law.value, next(self._frames), self._clock)

    def _speak_digit(self, step: tuple[int, int, int] | None) -> None:
        if step is not None:
            event, duration, flags = step
            first = duration == WINDOW
            if first:
                self._digit_started = self._clock
            payload = _EVENT.pack(event, flags | _VOLUME, duration)
            for _ in range(3 if flags else 1):
                self._send(self._event_type | first << 7, payload, self._digit_started)
        if not self._digits:
            self._bell.ring()

    def _send(self, kind: int, payload: bytes, clock: int) -> None:
        if self._to is None:
            return
        header = _HEADER.pack(0x80, kind, self._sequence & 0xFFFF, clock & 0xFFFFFFFF, self._source)
        self._rtp.send(header + payload, self._to)
        self._sequence += 1
        self.packets_sent += 1

    def _received(self, data: bytes, _source: Address, at: float) -> None:
        if self._dead or len(data) <= _HEADER.size or data[0] >> 6 != 2:
            return
        _, kind, _, clock, _ = _HEADER.unpack_from(data)
        kind &= 0x7F
        payload = data[_HEADER.size + 4 * (data[0] & 0x0F) :]
        if kind == self._event_type:
            self._received_event(payload, clock, at)
            return
        if kind in (Law.MU.value, Law.A.value):
            self.packets_received += 1
            self.ears.take(payload, Law(kind), at)

    def _received_event(self, payload: bytes, clock: int, at: float) -> None:
        event, flags, _ = _EVENT.unpack_from(payload)
        if not flags & 0x80 or clock == self._last_digit or event >= len(_DIGITS):
            return
        self._last_digit = clock
        self.ears.take_digit(_DIGITS[event], at)


def _digit_steps(event: int) -> Iterator[tuple[int, int, int] | None]:
    for frame in range(1, _DIGIT_FRAMES):
        yield event, frame * WINDOW, 0
    yield event, _DIGIT_FRAMES * WINDOW, 0x80
    yield from [None] * _PAUSE_FRAMES


def _even_and_odd(host: str, received: Receive) -> tuple[Wire, Wire]:
    """RTP and RTCP. The odd port is held so that RTCP does not reach another party's socket."""
    while True:
        first = bound(host, 0)
        port = first.getsockname()[1]
        if port % 2:
            first.close()
            continue
        try:
            second = bound(host, port + 1)
        except OSError:
            first.close()
            continue
        return Wire(first, received), Wire(second, _ignore)


def _ignore(_data: bytes, _source: Address, _at: float) -> None:
    """RTCP is of no interest to a test."""
