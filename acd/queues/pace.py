"""How fast a queue moves: the times between its last answers, while somebody waited all along.

A time in which nobody waited says nothing of how long it takes when somebody does.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from acd.ids import QueueName

SAMPLES = 20
"""So many of the last times count,"""
OLDEST = timedelta(hours=1)
"""of those that are not older than this."""
FLOOR = 5
"""With fewer nothing is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """An answer, and for how long after the one before it came."""

    at: datetime
    after: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    queue: QueueName
    samples: tuple[Sample, ...] = ()
    since: datetime | None = None
    """The last answer, if somebody has waited ever since."""

    @property
    def key(self) -> QueueName:
        return self.queue

    @property
    def due(self) -> None:
        return None

    def answered(self, now: datetime, *, others_wait: bool) -> Self:
        """Somebody has been put through."""
        since = now if others_wait else None
        if self.since is None:
            return replace(self, since=since)
        kept = (*self.samples, Sample(at=now, after=now - self.since))[-SAMPLES:]
        return replace(self, samples=kept, since=since)

    def estimate(self, place: int, now: datetime) -> timedelta | None:
        """How long the one at that place will wait; None if too little is known."""
        fresh = [sample.after for sample in self.samples if sample.at > now - OLDEST]
        if len(fresh) < FLOOR:
            return None
        return place * sum(fresh, timedelta()) / len(fresh)
