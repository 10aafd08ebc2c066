"""The world of the stories, with a judge beside it: every input and every offer is looked at."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from acd.agents.agent import Agent
from acd.agents.attempt import Attempt, AttemptOutcome
from acd.calls.interaction import Interaction
from acd.calls.leg import Role
from acd.distributor import Bug, Change, Decision, State, matching
from acd.distributor.turn import Turn
from acd.effects import HangUp
from acd.facts import CallArrived, Fact
from acd.ids import AgentId, EntryId, OfferId, QueueName, maker_of
from acd.queues.entry import Entry, EntryKind
from acd.queues.offer import Explanation, Offer, OfferOutcome
from acd.requests import Consult, Refused, Request, Transfer
from acd.settings import PICKUP_CODE, Strategy
from tests.world import oracle, queued
from tests.world.books import Books
from tests.world.invariants import always, indexed
from tests.world.world import World

PAUSES = {OfferOutcome.MISSED: 5, OfferOutcome.REJECTED: 30}
"""How long an agent is not asked again, by how the offer has ended."""
UNSEEN = {"withdrawn", "caller_left", "lost_race", "answered", "rejected"}
"""How an offer may end that was open across a gap: nobody knows what its phone did."""


class Sabotage(Exception):
    """A bug that we put into the core."""


class LateWorld(World):
    def __init__(self, settings: Any) -> None:
        super().__init__(settings)
        self.sabotage_at: int | None = None
        """The change of a row at which the core fails on its next input."""
        self.delivered: list[Fact] = []
        self._named: set[Hashable] = set()
        self._lost: set[Hashable] = set()
        self._unseen: set[OfferId] = set()
        self._tried: dict[tuple[EntryId, AgentId], datetime] = {}
        """Until when the agent is left alone with the entry."""
        self._places: dict[EntryId, datetime] = {}
        self._waiting: dict[EntryId, Entry] = {}
        self.books = Books()
        self._kept_books = Books()
        self._rung: dict[Hashable, tuple[OfferId, str]] = {}
        """What was rung for which offer."""
        self.asking = False
        """What comes in now may be refused."""
        self.moving = False
        """What is asked for now may give a caller a new place."""
        self.hurried = False
        """All that happens now is in one group, and not committed yet."""

    # Inputs.

    def ask(self, request: Request) -> None:
        self.moving = isinstance(request, Transfer | Consult)
        self.asking = True
        try:
            super().ask(request)
        finally:
            self.moving = self.asking = False

    def tell(self, fact: Fact) -> None:
        picks = isinstance(fact, CallArrived) and fact.number == PICKUP_CODE
        if not picks or self.sabotage_at or fact.channel in self.core.state.legs:
            super().tell(fact)
            return
        assert fact.extension
        expected = oracle.to_pick_up(self.core.state, fact.channel.node, fact.extension)
        super().tell(fact)
        leg = self.core.state.legs[fact.channel]
        took = leg.interaction if leg.role is not Role.CALLER else None
        assert took == expected, f"{fact.extension} has picked up {took}, not {expected}"

    def deliver(self) -> None:
        self.delivered.append(self.asterisk.events[0])
        super().deliver()

    def deliver_other(self) -> None:
        """Deliver what is told of another channel than the next event: only the events of one
        channel have an order."""
        events = self.asterisk.events
        first = getattr(events[0], "channel", None)
        others = (e for e in events if getattr(e, "channel", first) != first)
        if other := next(others, None):
            events.remove(other)
            events.appendleft(other)
        self.deliver()

    def lose_node(self) -> None:
        self._unseen |= {o.id for o in self.core.state.offers.values() if not o.won_by}
        super().lose_node()

    def crash(self) -> None:
        self._unseen |= {row.id for row in self.kept.values() if isinstance(row, Offer)}
        self._tried.clear()
        self.books = self._kept_books.copy()
        self._lost |= self._named - {key for _, key in self.kept}
        super().crash()

    def keep(self) -> None:
        if not self.group or self.hurried:
            return
        super().keep()
        self._kept_books = self.books.copy()
        rows = {(type(row).__name__, row.key): row for row in rows_of(self.core.state)}
        if ("General", "general") not in self.kept:
            del rows["General", "general"]
        assert self.kept == rows, "what is kept is not what is believed"

    def judge(self) -> None:
        then = {leg.channel for leg in self._looked[1]} if self._looked else set()
        known = set(self.core.state.legs)
        super().judge()
        again = (set(self.core.state.legs) - known) & then
        assert not again, "who has just left is taken for a new caller"

    def wait(self, seconds: float) -> None:
        """Let time pass, and nothing happen but the deadlines."""
        end = self.now + timedelta(seconds=seconds)
        while (deadline := self.core.next_deadline()) and deadline <= end:
            self.now = max(self.now, deadline)
            self.all_due()
        self.now = end

    def all_due(self) -> None:
        for _ in range(200):
            if (due := self.core.next_deadline()) is None or due > self.now:
                dues = [row.due for row in rows_of(self.core.state) if row.due]
                dues += [a.look_at for a in self.core.state.agents.values() if a.look_at]
                assert all(due > self.now for due in dues), "a deadline that has passed"
                return
            self.timeout()
        raise AssertionError("a deadline that does not go away")

    def _input(self, decide: Callable[[], Decision]) -> None:
        state, before = self.core.state, self._before()
        try:
            decision = self._sabotaged(decide) if self.sabotage_at else decide()
        except Refused:
            assert snapshot(state) == before, "a refusal has changed something"
            raise
        except Bug as bug:
            if not isinstance(bug.__cause__, Sabotage):
                raise
            assert snapshot(state) == before, "a bug has left something changed"
            indexed(state)
            self.in_doubt = True
            if bug.owner:
                self._take(self.core.quarantine(bug.owner, self.now))
        else:
            self._take(decision)

    def _before(self) -> dict[str, Any] | None:
        """All of the state, where the input may be refused or fail: to copy it takes time."""
        return snapshot(self.core.state) if self.asking or self.sabotage_at else None

    def _sabotaged(self, decide: Callable[[], Decision]) -> Decision:
        """Decide with a core that fails at the n-th change of a row, or after the last."""
        state, left = self.core.state, self.sabotage_at
        self.sabotage_at = None
        honest = state._set

        def failing(kind: type, key: Any, row: Any) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise Sabotage
            honest(kind, key, row)

        state._set = failing  # type: ignore[method-assign]
        try:
            return decide()
        finally:
            del state._set

    def _take(self, decision: Decision) -> None:
        super()._take(decision)
        for effect in decision.effects:
            if isinstance(effect, HangUp):
                queued.hung_up(self.core.state, effect.channel)
        self._judge_memory(decision)
        for change in decision.changes:
            self._judge(change)
            self._judge_status(change)
        self.books.balance(self.core.state)
        always(self)

    def _judge_memory(self, decision: Decision) -> None:
        """Whom a queue has asked last is remembered, for the agents of each priority."""
        state, last = self.core.state, dict[tuple[QueueName, int], AgentId]()
        rows = [change.row for change in decision.changes]
        made = [row for row in rows if isinstance(row, Offer) and row.id not in self._named]
        for offer in made:
            entry = state.entries.get(offer.entry)
            if entry and offer.explanation.strategy in (Strategy.ROUND_ROBIN, Strategy.RANDOM):
                last[entry.queue, state.settings.agents[offer.agent].priority] = offer.agent
        for (queue, priority), agent in last.items():
            assert state.memory(queue).last_of(priority) == agent, f"{queue} forgets {agent}"

    # Rows that change.

    def _judge(self, change: Change) -> None:
        row = change.row
        if isinstance(row, Interaction | Entry | Offer):
            assert row.key not in self._lost, f"{row.key} was something else before the crash"
            if row.key not in self._named:
                self._judge_new(row)
            self._named.add(row.key)
        match row:
            case Entry():
                self.books.write(row, live=change.live)
                self._judge_entry(row, live=change.live)
            case Attempt():
                self._judge_attempt(row)
            case Offer() if not change.live:
                self._judge_end(row)
            case _:
                pass

    def _judge_entry(self, entry: Entry, *, live: bool) -> None:
        if live:
            self._places[entry.id] = entry.order_since
            self._waiting[entry.id] = entry
        else:
            queued.left(entry, self._waiting.get(entry.id))

    def _judge_attempt(self, row: Attempt) -> None:
        if row.outcome is AttemptOutcome.MISSED:
            assert row.channel in self.asterisk.sounded, "missed what never rang"
        self._rung[row.key] = (row.offer, row.endpoint)
        times = Counter(self._rung.values())[row.offer, row.endpoint]
        assert times <= 2, f"{row.endpoint} is rung a third time for one offer"

    def _judge_status(self, change: Change) -> None:
        """A change of status is an activity, however it came about."""
        row = change.row
        if isinstance(row, Agent) and change.live and row.status and row.since == self.now:
            assert row.active_at == self.now, f"{row.id} has changed the status unseen"

    def _judge_new(self, row: Interaction | Entry | Offer) -> None:
        match row:
            case Offer() if row.explanation.strategy not in oracle.BY_PEOPLE:
                until = self._tried.get((row.entry, row.agent), self.now)
                assert self.now >= until, f"{row.agent} is asked again at once"
            case Entry() if row.kind is not EntryKind.CONSULT and not self.moving:
                places = [p for key, p in self._places.items() if maker_of(key) == row.interaction]
                assert not places or row.order_since in places, "who comes back has lost the place"
            case _:
                pass

    def _judge_end(self, offer: Offer) -> None:
        if offer.id in self._unseen and not offer.won_by:
            assert offer.outcome in UNSEEN, f"{offer.outcome} across a gap"
        if offer.outcome is OfferOutcome.MISSED:
            idle_since = self.core.state.agents[offer.agent].idle_since
            assert idle_since == self.now, f"{offer.agent} has missed a call and stays in front"
        if offer.outcome in PAUSES:
            until = self.now + timedelta(seconds=PAUSES[offer.outcome])
            self._tried[offer.entry, offer.agent] = until


def rows_of(state: State) -> Iterator[Any]:
    for table in state._tables.values():
        yield from table.values()


def snapshot(state: State) -> dict[str, Any]:
    """All of the state as it is: every table and every index."""
    return {
        "tables": {kind: dict(table) for kind, table in state._tables.items()},
        "lines": {queue: list(line) for queue, line in state.lines.items()},
        "pools": {queue: (list(p), +p.kept_out) for queue, p in state.pools.items()},
        "legs": {i: set(keys) for i, keys in state.indexes.legs_of.items()},
        "entries": {i: set(keys) for i, keys in state.indexes.entries_of.items()},
        "queues": {agent: dict(q) for agent, q in state.indexes.queues_of.items() if q},
        "choosers": {queue: set(names) for queue, names in state.indexes.choosers.items() if names},
        "phones": dict(state.indexes.agent_on),
        "dirty": list(state.dirty),
        "changed": (dict(state._before), dict(state._ended)),
    }


@contextmanager
def witness() -> Iterator[None]:
    """See every offer at the moment in which it is decided, and decide it again by the rows."""
    honest = matching.offer

    def watched(turn: Turn, entry: Entry, agent: AgentId, explanation: Explanation) -> None:
        expected = oracle.next_match(turn.state)
        assert expected == (entry.id, agent), f"offered {entry.id} to {agent}, not {expected}"
        assert explanation == oracle.explanation(turn.state, entry)
        honest(turn, entry, agent, explanation)

    matching.offer = watched
    try:
        yield
    finally:
        matching.offer = honest
