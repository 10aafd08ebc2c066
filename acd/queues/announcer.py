"""What one who waits is told: one thing at a time, each a while after the end of the one before."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from acd.ids import Channel, EntryId, InteractionId, PlaybackId
from acd.waits import Announcing

PAUSE = timedelta(seconds=2)
"""So much music there is between two announcements."""
BOUND = timedelta(seconds=2)
"""So long after its duration a playback is over, whether Asterisk has said so or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcer:
    """plan: as it was configured when the wait began."""

    entry: EntryId
    interaction: InteractionId
    channel: Channel
    plan: Announcing
    announce_at: datetime | None = None
    comfort_at: datetime | None = None
    quiet_until: datetime | None = None
    told: int | None = None
    """The position told last."""
    playback: PlaybackId | None = None
    """What plays now."""
    over_by: datetime | None = None
    """When it surely does no more."""
    silent: bool = False
    """An agent has won the caller: nothing more is told, unless that comes to nothing."""

    @property
    def key(self) -> EntryId:
        return self.entry

    @property
    def due(self) -> datetime | None:
        """When what plays must be over, else when the next is to be told."""
        if self.playback:
            return self.over_by
        wanted = min((at for at in (self.announce_at, self.comfort_at) if at), default=None)
        if self.silent or wanted is None:
            return None
        return max(wanted, self.quiet_until or wanted)

    def begun(self, now: datetime) -> Self:
        """The wait begins, or goes on."""
        plan = self.plan
        first = now + timedelta(seconds=plan.first_s)
        comfort = now + timedelta(seconds=plan.comfort_every_s)
        return replace(
            self,
            announce_at=first if plan.announce != "none" else None,
            comfort_at=comfort if plan.comfort else None,
        )

    def announces(self, now: datetime) -> bool:
        """Whether it is the announcement that is due, not the comfort."""
        return self.announce_at is not None and self.announce_at <= now

    def past(self, now: datetime) -> Self:
        """What is due has had its turn: the next one of its kind is planned."""
        if self.announces(now):
            return replace(self, announce_at=now + timedelta(seconds=self.plan.every_s))
        return replace(self, comfort_at=now + timedelta(seconds=self.plan.comfort_every_s))

    def playing(self, playback: PlaybackId, over_by: datetime) -> Self:
        return replace(self, playback=playback, over_by=over_by)

    def over(self, now: datetime) -> Self:
        """Nothing plays any more."""
        return replace(self, playback=None, over_by=None, quiet_until=now + PAUSE)
