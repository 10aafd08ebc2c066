"""The metrics of each queue, written by ourselves: there are many, and few of them change.

Five hundred queues make ten thousand lines, for which a general library takes 100 ms. What has not
changed since the last time is kept as text, and the rest is written a few queues at a time.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import ClassVar

from acd.http.counts import Counts, QueueCount
from acd.ids import QueueGroupName, QueueName
from acd.queues.entry import Entry, EntryOutcome
from acd.settings import QueueSettings

BOUNDS_S = (5, 10, 20, 30, 60, 120, 300, 600)
SLICE = 50
"""Queues whose lines are written in one go."""


class InTime:
    """Of each queue, what its service level is made of: the callers who were answered within
    `service_level_s`, and who hung up before `short_abandon_s`."""

    ANSWERED, SHORT = "acd_queue_answered_in_time_total", "acd_queue_short_abandons_total"
    SAYS: ClassVar = {
        ANSWERED: "Callers answered within the queue's service_level_s",
        SHORT: "Callers who hung up before the queue's short_abandon_s",
    }

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = {name: Counter() for name in self.SAYS}

    def note(self, entry: Entry, queue: QueueSettings | None) -> None:
        """Count an entry that has ended, by the queue's settings of now."""
        if queue is None or entry.ended_at is None:
            return
        seconds = (entry.ended_at - entry.entered_at).total_seconds()
        if entry.outcome is EntryOutcome.ANSWERED and seconds <= queue.service_level_s:
            self._counts[self.ANSWERED][entry.queue] += 1
        if entry.outcome is EntryOutcome.ABANDONED and seconds < queue.short_abandon_s:
            self._counts[self.SHORT][entry.queue] += 1

    def texts(self) -> Iterator[str]:
        for name, counts in self._counts.items():
            lines = (f'{name}{{queue="{escaped(queue)}"}} {n}\n' for queue, n in counts.items())
            yield head(name, self.SAYS[name], "counter") + "".join(lines)


class Waits:
    """How long those waited whose wait has ended, by queue and outcome: a histogram for each."""

    NAME = "acd_queue_wait_seconds"
    SAYS = "Wait of a caller in a queue, until it ended so"

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], list[int]] = {}
        self._sums: dict[tuple[str, str], float] = {}
        self._texts: dict[tuple[str, str], str] = {}

    def note(self, entry: Entry) -> None:
        """Count an entry that has ended."""
        if entry.outcome is None or entry.ended_at is None:
            return
        key = (entry.queue, entry.outcome)
        seconds = (entry.ended_at - entry.entered_at).total_seconds()
        counts = self._counts.setdefault(key, [0] * (len(BOUNDS_S) + 1))
        counts[bisect_left(BOUNDS_S, seconds)] += 1
        self._sums[key] = self._sums.get(key, 0.0) + seconds
        self._texts.pop(key, None)

    def texts(self) -> Iterator[str]:
        """Lines, so many queues at a time."""
        yield head(self.NAME, self.SAYS, "histogram")
        keys = list(self._counts)
        for first in range(0, len(keys), SLICE):
            yield "".join(self._text(key) for key in keys[first : first + SLICE])

    def _text(self, key: tuple[str, str]) -> str:
        if key not in self._texts:
            self._texts[key] = self._write(key)
        return self._texts[key]

    def _write(self, key: tuple[str, str]) -> str:
        queue, outcome = key
        labels = f'queue="{escaped(queue)}",outcome="{escaped(outcome)}"'
        lines, total = [], 0
        for bound, count in zip((*map(float, BOUNDS_S), "+Inf"), self._counts[key], strict=True):
            total += count
            lines.append(f'{self.NAME}_bucket{{{labels},le="{bound}"}} {total}\n')
        lines.append(f"{self.NAME}_sum{{{labels}}} {self._sums[key]!r}\n")
        lines.append(f"{self.NAME}_count{{{labels}}} {total}\n")
        return "".join(lines)


def _longest(count: QueueCount, now: datetime) -> float:
    oldest = count.oldest
    return max(0.0, (now - oldest).total_seconds()) if oldest else 0.0


GAUGES: Mapping[str, tuple[str, Callable[[QueueCount, datetime], float]]] = {
    "acd_queue_waiting": ("Who waits", lambda count, now: len(count.waiting)),
    "acd_queue_longest_wait_seconds": ("How long the longest of them waits", _longest),
    "acd_queue_agents_logged_in": (
        "Members who are logged in to its project",
        lambda count, now: count.logged_in,
    ),
    "acd_queue_agents_ready": (
        "Of them, who can be offered a call",
        lambda count, now: count.ready,
    ),
    "acd_queue_agents_talking": (
        "Of them, who talk with a caller of this queue",
        lambda count, now: count.talking,
    ),
}


def gauges(counts: Counts, now: datetime) -> Iterator[str]:
    """Lines, so many queues at a time."""
    for name, (says, value) in GAUGES.items():
        yield head(name, says, "gauge")
        queues = list(counts.queues.items())
        for first in range(0, len(queues), SLICE):
            yield "".join(
                f'{name}{{queue="{escaped(queue)}"}} {value(count, now)!r}\n'
                for queue, count in queues[first : first + SLICE]
            )


GROUP = "acd_queue_group"


def groups(configured: Mapping[QueueGroupName, Sequence[QueueName]]) -> Iterator[str]:
    """Which queue is in which group: to join with what is told of queues."""
    yield head(GROUP, "1: the queue is in the group", "gauge")
    for group, queues in configured.items():
        begin = f'{GROUP}{{group="{escaped(group)}",queue='
        yield "".join(f'{begin}"{escaped(queue)}"}} 1\n' for queue in queues)


def head(name: str, says: str, kind: str) -> str:
    return f"# HELP {name} {says}\n# TYPE {name} {kind}\n"


@lru_cache(maxsize=10_000)
def escaped(value: str) -> str:
    """As the value of a label is written."""
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
