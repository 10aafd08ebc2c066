"""An offer: one entry to one agent. It ends once, with one outcome, and says why it was made."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from acd.ids import AgentId, Channel, EntryId, InteractionId, OfferId, PlaybackId


class OfferOutcome(StrEnum):
    ANSWERED = "answered"
    MISSED = "missed"
    REJECTED = "rejected"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    CALLER_LEFT = "caller_left"
    WITHDRAWN = "withdrawn"
    LOST_RACE = "lost_race"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why this agent: what decided, who came next, and what kept the others out."""

    strategy: str
    key: tuple[str, ...]
    """In words, what the agent was ranked by."""
    runners_up: tuple[AgentId, ...]
    runners_up_keys: tuple[tuple[str, ...], ...] = ()
    """What each of them was ranked by."""
    excluded: tuple[tuple[str, int], ...]
    """For each reason how many members were passed over."""
    asked: tuple[tuple[str, int], ...] = ()
    """The skills that were asked for at that moment, and the levels."""
    lifted: bool = False
    """The entry went before all others, as it had waited for longer than the queue's bound."""
    settings_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    id: OfferId
    interaction: InteractionId
    entry: EntryId
    agent: AgentId
    offered_at: datetime
    explanation: Explanation
    attempts: tuple[Channel, ...] = ()
    """The open ones."""
    stages: tuple[tuple[str, ...], ...] = ()
    """The kinds of device still to be tried, after those that ring."""
    seen: tuple[str, ...] = ()
    """How the attempts ended that are over."""
    again: tuple[str, ...] = ()
    """Endpoints that will be rung once more, when the offer is due."""
    won_by: Channel | None = None
    whisper: PlaybackId | None = None
    """What the agent hears before the caller does; none once it is over."""
    silent_until: datetime | None = None
    """The winner has answered by itself, and somebody must be heard there by then."""
    due: datetime | None = None
    outcome: OfferOutcome | None = None
    ended_at: datetime | None = None

    @property
    def key(self) -> OfferId:
        return self.id
