"""Ears: what a party hears, as 20 ms windows that may be asked about any tone at any later time.

Windows are kept as they came and analysed only when asked, so that ears cost next to nothing while
nobody asks, and a test may ask for a tone it did not name before. Times are `time.monotonic()`
seconds, taken by the kernel when the packet arrived.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tests.parties.bell import Bell
from tests.parties.tones import ALL, WINDOW, WINDOW_S, Law, power, tone_power

# Ten minutes; the oldest windows are forgotten first.
_REMEMBERED = 30_000
# Below -44 dB of full scale: comfort noise, the tail of a fade, codec noise.
_SILENCE = 200.0**2 / 2
# A tone is heard in a window if it holds this share of the sound there...
_SHARE = 0.05
# ...and in as many windows running: a window in which another tone begins or ends is a click, which
# sounds a little like everything.
_RUN = 2
_STRANGE_SHARE = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """20 ms of sound and when its packet arrived."""

    at: float
    sound: bytes
    law: Law

    def has(self, tone: float) -> bool:
        """Whether the tone is a real part of this sound."""
        strength = tone_power(self.sound, self.law, tone)
        return strength >= _SILENCE and strength >= _SHARE * power(self.sound, self.law)

    def is_silent(self) -> bool:
        """Whether there is nothing to hear."""
        return power(self.sound, self.law) < _SILENCE

    def has_only(self, tones: Iterable[float]) -> bool:
        """Whether these tones explain the sound. Silence is explained by anything."""
        if self.is_silent():
            return True
        explained = sum(tone_power(self.sound, self.law, tone) for tone in tones)
        return explained >= (1 - _STRANGE_SHARE) * power(self.sound, self.law)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A stretch in which something was not heard, in monotonic seconds."""

    start: float
    end: float

    @property
    def length(self) -> float:
        """Seconds."""
        return self.end - self.start


class Ears:
    """Everything one party heard in one call."""

    def __init__(self) -> None:
        self._windows: deque[Window] = deque(maxlen=_REMEMBERED)
        self._rest = b""
        self._bell = Bell()
        self.digits: list[tuple[float, str]] = []

    def take(self, sound: bytes, law: Law, at: float) -> None:
        """A packet's sound. Packets of other lengths than 20 ms are cut and joined."""
        sound = self._rest + sound
        whole = len(sound) - len(sound) % WINDOW
        for start in range(0, whole, WINDOW):
            window = Window(at=at, sound=sound[start : start + WINDOW], law=law)
            self._windows.append(window)
        self._rest = sound[whole:]
        if whole:
            self._bell.ring()

    def take_digit(self, digit: str, at: float) -> None:
        """A digit that was sent to us as an RFC 4733 event."""
        self.digits.append((at, digit))
        self._bell.ring()

    def windows(self, since: float = 0.0, until: float = float("inf")) -> list[Window]:
        """The windows of that time, oldest first."""
        found = []
        for window in reversed(self._windows):
            if window.at < since:
                break
            if window.at <= until:
                found.append(window)
        return found[::-1]

    async def hears(self, tone: float, within: float, *, since: float | None = None) -> bool:
        """Whether the tone is heard (40 ms running) from now, or from `since`, within so many
        seconds from now."""
        start = time.monotonic() if since is None else since
        if since is not None and self.first_heard(tone, since) is not None:
            return True

        def heard() -> bool:
            last = list(self._last(_RUN))
            return len(last) == _RUN and all(w.at >= start and w.has(tone) for w in last)

        return await self._bell.until(heard, within)

    async def hears_digits(self, digits: str, within: float) -> bool:
        """Whether exactly these digits have been sent to us by then."""
        return await self._bell.until(
            lambda: "".join(digit for _, digit in self.digits) == digits, within
        )

    async def falls_silent(self, tone: float, within: float, *, quiet: float = 0.1) -> bool:
        """Whether within so many seconds the tone has been missing for `quiet` seconds. The ears
        hear packets; no packets at all is silence too, so this looks at the clock."""

        def silent() -> bool:
            now = time.monotonic()
            return now - start >= quiet and not any(
                window.has(tone) for window in self.windows(now - quiet)
            )

        start = time.monotonic()
        end = start + within
        while not silent() and time.monotonic() < end:
            await self._bell.until(silent, WINDOW_S)
        return silent()

    def first_heard(self, tone: float, since: float = 0.0) -> float | None:
        """When the tone was first heard (the first window of at least 40 ms), or None."""
        return next(self._heard_at(tone, self.windows(since)), None)

    def heard_since(self, since: float, tone: float) -> bool:
        """Whether the tone was heard since then."""
        return self.first_heard(tone, since) is not None

    def last_heard(self, tone: float, since: float = 0.0) -> float | None:
        """When the tone was last heard, or None."""
        return max(self._heard_at(tone, self.windows(since)), default=None)

    def silence_gaps(
        self, tone: float, since: float, *, longest: float = 0.1, until: float | None = None
    ) -> list[Gap]:
        """The stretches longer than `longest` seconds, from `since` to now (or `until`), in which
        the tone was not heard: no packets, silence, or something else."""
        end = time.monotonic() if until is None else until
        heard = list(self._heard_at(tone, self.windows(since, end)))
        starts = [since, *(at + WINDOW_S for at in heard)]
        gaps = [Gap(start=a, end=b) for a, b in zip(starts, [*heard, end], strict=True)]
        return [gap for gap in gaps if gap.length > longest]

    def hears_only(self, tones: Iterable[float], since: float = 0.0) -> bool:
        """Whether all these tones were heard since then and nothing else, clicks of 20 ms apart."""
        tones = frozenset(tones)
        return not self.strange(tones, since) and all(self.heard_since(since, t) for t in tones)

    def strange(self, tones: Iterable[float], since: float = 0.0) -> list[float]:
        """The times since then at which something other than these tones was heard."""
        tones = frozenset(tones)
        windows = self.windows(since)
        return [window.at for window in _running(windows, [not w.has_only(tones) for w in windows])]

    def summary(self, since: float = 0.0) -> str:
        """What was heard, for the message of a failed test: each known tone with its share."""
        windows = self.windows(since)
        if not windows:
            return "no packets"
        counts = Counter(tone for window in windows for tone in ALL if window.has(tone))
        counts[0.0] = sum(window.is_silent() for window in windows)
        told = [f"{tone or 'silence'}: {n / len(windows):.0%}" for tone, n in counts.items() if n]
        return f"{len(windows)} windows; " + (", ".join(told) or "none of the known tones")

    def _last(self, count: int) -> Iterator[Window]:
        return (self._windows[-n] for n in range(1, min(count, len(self._windows)) + 1))

    @staticmethod
    def _heard_at(tone: float, windows: Sequence[Window]) -> Iterator[float]:
        return (window.at for window in _running(windows, [w.has(tone) for w in windows]))


def _running(windows: Sequence[Window], marks: Sequence[bool]) -> Iterator[Window]:
    """The marked windows that have a marked neighbour."""
    padded = [False, *marks, False]
    for place, window in enumerate(windows, start=1):
        if padded[place] and (padded[place - 1] or padded[place + 1]):
            yield window
