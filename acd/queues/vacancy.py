"""A queue for which nobody is there, and which those who wait have to leave for that reason."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from acd.ids import QueueName

GRACE = timedelta(seconds=10)
"""So long it must have been so: a phone that registers anew is gone for a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vacancy:
    queue: QueueName
    since: datetime
    due: datetime | None
    """When the next of those who wait have to go."""

    @property
    def key(self) -> QueueName:
        return self.queue
