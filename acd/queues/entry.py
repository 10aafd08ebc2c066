"""An entry: one wait in one queue. It ends once, with one outcome."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from acd.ids import (
    AgentId,
    BridgeId,
    Channel,
    EntryId,
    InteractionId,
    OfferId,
    QueueName,
)
from acd.queues.skills import moments, stage_at
from acd.settings import QueueSettings


class EntryKind(StrEnum):
    CALLER = "caller"
    CONSULT = "consult"
    CALLBACK = "callback"


class EntryOutcome(StrEnum):
    ANSWERED = "answered"
    ABANDONED = "abandoned"
    QUEUE_EXIT = "queue_exit"
    """The caller has pressed the exit key: counted as abandoned, and marked."""
    QUEUE_TIMEOUT = "queue_timeout"
    FULL = "full"
    NO_AGENTS = "no_agents"
    MOVED = "moved"
    CALLBACK = "callback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """An agent who is not offered the entry again until then."""

    agent: AgentId
    until: datetime | None
    """None: until whoever is being asked now has been."""
    others_first: bool = False
    """Nor after that, while somebody else is being asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    id: EntryId
    interaction: InteractionId
    queue: QueueName
    kind: EntryKind
    channel: Channel | None
    """The leg that waits: the caller's, the consulting agent's, in a callback none."""
    priority: int = 0
    order_since: datetime
    """For the order alone; what counts and reports goes by entered_at."""
    entered_at: datetime
    offers: tuple[OfferId, ...] = ()
    """The open ones."""
    only: OfferId | None = None
    """The one of them that a person has asked for: nobody else is asked meanwhile."""
    winner: OfferId | None = None
    bridge: BridgeId | None = None
    """Where the two will talk; made with the first offer, off the critical path."""
    excluded: tuple[Exclusion, ...] = ()
    not_before: datetime | None = None
    expires_at: datetime | None = None
    """A callback that nobody could make by then is given up."""
    timeout_at: datetime | None = None
    """Who still waits then goes elsewhere; whom an agent has won does not."""
    tries: int = 0
    """How often a callback's customer was dialled."""
    stage: int = 0
    """How much of the queue's skills is still asked: acd/queues/skills.py."""
    lifted: bool = False
    """It has waited for too long, and goes before all others."""
    ages_at: datetime | None = None
    """When less is asked next, or it is lifted."""
    outcome: EntryOutcome | None = None
    ended_at: datetime | None = None

    @property
    def key(self) -> EntryId:
        return self.id

    @property
    def due(self) -> datetime | None:
        """When an exclusion or a callback's pause ends, or its life, or the wait has its effect."""
        waits = [*(e.until for e in self.excluded), self.not_before, self.expires_at, self.ages_at]
        waits.append(None if self.winner else self.timeout_at)
        return min((wait for wait in waits if wait), default=None)

    @property
    def excluded_agents(self) -> frozenset[AgentId]:
        return frozenset(exclusion.agent for exclusion in self.excluded)

    def exclude(self, agent: AgentId, until: datetime, *, others_first: bool = False) -> Self:
        others = tuple(e for e in self.excluded if e.agent != agent)
        added = Exclusion(agent=agent, until=until, others_first=others_first)
        return replace(self, excluded=(*others, added))

    def without(self, offer: OfferId, now: datetime) -> Self:
        """The entry without this open offer. Whoever is held back for it is so no longer, if by
        then nobody else has been found."""
        offers = tuple(other for other in self.offers if other != offer)
        only = None if self.only == offer else self.only
        winner = None if self.winner == offer else self.winner
        excluded = self.excluded
        if not offers:
            excluded = tuple(replace(e, until=e.until or now) for e in excluded)
        return replace(self, offers=offers, only=only, winner=winner, excluded=excluded)

    def at(self, now: datetime) -> Self:
        """The entry without the exclusions and the pause that are over."""
        return replace(
            self,
            excluded=tuple(self._still_excluded(now)),
            not_before=None if self.not_before and self.not_before <= now else self.not_before,
        )

    def _still_excluded(self, now: datetime) -> Iterator[Exclusion]:
        for each in self.excluded:
            if each.until is None or each.until > now:
                yield each
            elif each.others_first and self.offers:
                yield replace(each, until=None)

    def aged(self, queue: QueueSettings, now: datetime) -> Self:
        """The entry after so long a wait: less is asked of agents, or it is lifted. The wait is
        counted from order_since: who comes back has waited before."""
        since, lift_s = self.order_since, queue.starvation_s
        times = [*moments(queue), *([] if lift_s is None else [lift_s])]
        ahead = [at for s in times if (at := since + timedelta(seconds=s)) > now]
        lifted = lift_s is not None and since + timedelta(seconds=lift_s) <= now
        ages_at, stage = min(ahead, default=None), stage_at(queue, since, now)
        return replace(self, stage=stage, lifted=lifted, ages_at=ages_at)

    @property
    def waits(self) -> bool:
        """Whether it is in the queue still, also while it is being offered."""
        return self.outcome is None and self.winner is None

    def wants(self, *, many: bool) -> bool:
        """Whether it should be offered to an agent; many: also while it is being offered."""
        if self.outcome or self.winner or self.only or self.not_before:
            return False
        return many or not self.offers
