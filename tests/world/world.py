"""The core in its world: effects happen late and interleaved, a crash loses the last group."""

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from acd.calls.leg import Leg, LegState
from acd.distributor import Change, Decision, Distributor, Row
from acd.effects import DestroyBridge, Effect
from acd.facts import ContactsChanged, EffectFailed, Fact, NodeLost, PairFound
from acd.ids import AgentId, BridgeId, Channel, ExtensionNumber, Lane, OfferId, QueueName, maker_of
from acd.recovery import after_connect, sweep
from acd.requests import Apply, Request
from acd.revision import revision
from acd.settings import Settings
from acd.views import Snapshot
from tests.world.asterisk import NODE, Asterisk, ModelChannel

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
Moment = tuple[datetime, int, int]
"""It is another where time has passed, the process is another, or rows have changed."""


class World:
    def __init__(self, settings: Settings) -> None:
        self.now = START
        self.run = 1
        self.asterisk = Asterisk()
        self.contacts: dict[str, tuple[str, ...]] = {}
        self.lanes: dict[Lane, deque[Effect]] = {}
        self.kept: dict[tuple[str, object], Row] = {}
        self.ended: list[Row] = []
        self.open_parts: dict[int, dict[OfferId, tuple[AgentId, QueueName]]] = {}
        """By run: the parts of calls that were not closed at the last look (closings.py)."""
        self.group: list[Change] = []
        self.changes = 0
        """How many there were so far, of all processes."""
        self.judged: dict[str, Moment] = {}
        """When something was last judged that only time and changes of rows can change."""
        self.performed = 0
        self.settings = settings
        self.core = Distributor(run=1)
        self.in_doubt = False
        """Something has failed or was missed: until the next look, belief may be wrong."""
        self.found_together: set[Channel] = set()
        """Phones of which nothing was known, and of which one had perhaps ended for us."""
        self._looked: tuple[Snapshot, list[Leg], set[BridgeId]] | None = None

    # Inputs.

    def tell(self, fact: Fact) -> None:
        self._input(lambda: self.core.handle(fact, self.now))

    def ask(self, request: Request) -> None:
        """Put a request. Raises Refused. A request is answered only when its group is kept."""
        self._input(lambda: self.core.request(request, self.now))
        self.keep()

    def apply(self, settings: Settings) -> None:
        """Make these the settings."""
        self.settings = settings
        self.ask(self._revision())

    def _revision(self) -> Apply:
        return Apply(revision=revision(self.core.state.settings, self.settings))

    def register(self, number: str, *contacts: str) -> None:
        self._contacts_change(number, contacts or (f"PJSIP/{number}",))

    def unregister(self, number: str) -> None:
        self._contacts_change(number, ())

    def _contacts_change(self, number: str, contacts: tuple[str, ...]) -> None:
        self.contacts[number] = contacts
        if not self.asterisk.cut_off:
            extension = ExtensionNumber(number)
            self.tell(ContactsChanged(node=NODE, extension=extension, contacts=contacts))

    def pass_time(self, seconds: float) -> None:
        """Let deadlines come in order, and everything happen that follows from each."""
        end = self.now + timedelta(seconds=seconds)
        while (deadline := self.core.next_deadline()) and deadline <= end:
            self.now = max(self.now, deadline)
            self.timeout()
            self.settle()
        self.now = end

    def timeout(self) -> None:
        self._input(lambda: self.core.handle_timeout(self.now))

    def _input(self, decide: Callable[[], Decision]) -> None:
        self._take(decide())

    def _take(self, decision: Decision) -> None:
        self.group += decision.changes
        self.changes += len(decision.changes)
        for effect in decision.effects:
            self.lanes.setdefault(effect.lane, deque()).append(effect)

    # What happens late.

    def perform(self, lane: Lane) -> None:
        """Perform the next effect of the lane; a failure is told at once."""
        effect = self._next_of(lane)
        self.performed += 1
        if isinstance(effect, DestroyBridge):
            left = [leg for leg in self._legs() if self._is_left_in(leg, effect.bridge)]
            assert self.in_doubt or not left, "a bridge goes before its legs"
        fact = self.asterisk.perform(effect)
        if fact:
            self.tell(fact)

    def _is_left_in(self, leg: Leg, bridge: BridgeId) -> bool:
        """Also one that ends is, but where a gap has kept it from moving out before its end. A
        caller who was given up and has been found again is another interaction's."""
        if leg.channel not in self.asterisk.members(bridge) or leg.interaction != maker_of(bridge):
            return False
        return leg.bridge == bridge or leg.state is not LegState.ENDING

    def fail(self, lane: Lane, *, unreachable: bool, done: bool = False) -> None:
        """Fail at the next effect of the lane. One that got no answer may have been done."""
        effect = self._next_of(lane)
        self.in_doubt = True
        self.asterisk.crashed = True
        if done:
            self.asterisk.perform(effect)
        self.tell(EffectFailed(effect=effect, reason="failed", unreachable=unreachable))

    def _next_of(self, lane: Lane) -> Effect:
        effect = self.lanes[lane].popleft()
        if not self.lanes[lane]:
            del self.lanes[lane]
        return effect

    def deliver(self) -> None:
        self.tell(self.asterisk.events.popleft())

    def settle(self) -> None:
        """Let everything happen that can happen without time passing."""
        for _ in range(10_000):
            if self.lanes and self.asterisk.cut_off:
                self.fail(next(iter(self.lanes)), unreachable=True)
            elif self.lanes:
                self.perform(next(iter(self.lanes)))
            elif self.asterisk.events:
                self.deliver()
            else:
                self.keep()
                return
        raise AssertionError("it never comes to rest")

    # Journal and crash.

    def keep(self) -> None:
        """Commit the group: what it says survives."""
        for change in self.group:
            key = (type(change.row).__name__, change.row.key)
            if change.live:
                self.kept[key] = change.row
            else:
                self.kept.pop(key, None)
                self.ended.append(change.row)
        self.group = []

    def crash(self) -> None:
        """The process dies: its lanes, the group not yet committed and all events on the way are
        lost. The next one starts from what was kept, and finds out."""
        self.lanes.clear()
        self._looked = None
        self.asterisk.events.clear()
        self.asterisk.crashed = True
        self.run += 1
        self.core = Distributor(run=self.run, rows=self.kept.values())
        self.group = list(self.core.begun)
        self._take(self.core.request(self._revision(), self.now))
        self.reconnect()

    # Gaps and looks.

    def lose_node(self) -> None:
        """The event socket breaks: what it carried is lost, and nothing comes any more."""
        self.in_doubt = True
        self.asterisk.cut_off = True
        self.asterisk.crashed = True
        self.asterisk.events.clear()
        self._looked = None
        self.tell(NodeLost(node=NODE))

    def reconnect(self, *, restarted: bool = False) -> None:
        """The node is reached (again). What waited in the lanes has failed by then."""
        while self.lanes:
            self.fail(next(iter(self.lanes)), unreachable=True)
        if restarted:
            self.asterisk.lose_everything()
        self.asterisk.cut_off = False
        snapshot = self.asterisk.snapshot(self.contacts)
        facts = after_connect(snapshot, self._legs(), self._bridges(), restarted=restarted)
        self.found_together |= {fact.other for fact in facts if isinstance(fact, PairFound)}
        for fact in facts:
            self.tell(fact)
        self.in_doubt = False

    def look(self) -> None:
        """Ask Asterisk what it has; the answer is judged later."""
        self._looked = (self.asterisk.snapshot(self.contacts), self._legs(), self._bridges())

    def judge(self) -> None:
        """Tell what the last look has found."""
        if self._looked is None:
            return
        snapshot, before, bridges = self._looked
        self._looked = None
        now = self._bridges()
        for fact in sweep(snapshot, before, self._legs(), bridges | now):
            self.tell(fact)

    def _legs(self) -> list[Leg]:
        return list(self.core.state.legs.values())

    def _bridges(self) -> set[BridgeId]:
        return {b for i in self.core.state.interactions.values() for b in i.bridges}

    # Looking.

    @property
    def moment(self) -> Moment:
        return self.now, self.run, self.changes

    def ringing(self, agent: AgentId | None = None) -> list[ModelChannel]:
        """The phones that ring, or are off hook but have not won."""
        attempts = self.core.state.attempts.values()
        mine = {a.channel for a in attempts if agent is None or a.agent == agent}
        return [c for c in self.asterisk.channels.values() if c.channel in mine]

    def hears(self, one: Channel, other: Channel) -> bool:
        """Whether the two can talk: one bridge, both up, no music in between."""
        a, b = self.asterisk.channels.get(one), self.asterisk.channels.get(other)
        if a is None or b is None or a.bridge is None:
            return False
        return a.bridge == b.bridge and not (a.music or b.music)


def changed(settings: Settings, **changes: object) -> Settings:
    return replace(settings, version=settings.version + 1, **changes)  # type: ignore[arg-type]
