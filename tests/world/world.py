"""The core in its world: effects happen late and interleaved, a crash loses the last group."""

from collections import deque
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from acd.distributor import Change, Decision, Distributor, Row
from acd.effects import DestroyBridge, Effect
from acd.facts import ContactsChanged, Fact
from acd.ids import AgentId, Channel, ExtensionNumber, Lane
from acd.recovery import after_connect
from acd.requests import Apply, Request
from acd.settings import Settings
from tests.world.asterisk import NODE, Asterisk, ModelChannel

START = datetime(2026, 1, 5, 9, tzinfo=UTC)


class World:
    def __init__(self, settings: Settings) -> None:
        self.now = START
        self.run = 1
        self.asterisk = Asterisk()
        self.contacts: dict[str, tuple[str, ...]] = {}
        self.lanes: dict[Lane, deque[Effect]] = {}
        self.kept: dict[tuple[str, object], Row] = {}
        self.ended: list[Row] = []
        self.group: list[Change] = []
        self.performed = 0
        self.settings = settings
        self.core = Distributor(run=1)

    # Inputs.

    def tell(self, fact: Fact) -> None:
        self._take(self.core.handle(fact, self.now))

    def ask(self, request: Request) -> None:
        """Put a request. Raises Refused. A request is answered only when its group is kept."""
        self._take(self.core.request(request, self.now))
        self.keep()

    def register(self, number: str, *contacts: str) -> None:
        endpoints = contacts or (f"PJSIP/{number}",)
        self.contacts[number] = endpoints
        self.tell(ContactsChanged(node=NODE, extension=ExtensionNumber(number), contacts=endpoints))

    def unregister(self, number: str) -> None:
        self.contacts.pop(number, None)
        self.tell(ContactsChanged(node=NODE, extension=ExtensionNumber(number), contacts=()))

    def pass_time(self, seconds: float) -> None:
        """Let deadlines come in order, and everything happen that follows from each."""
        end = self.now + timedelta(seconds=seconds)
        while (deadline := self.core.next_deadline()) and deadline <= end:
            self.now = max(self.now, deadline)
            self.timeout()
            self.settle()
        self.now = end

    def timeout(self) -> None:
        self._take(self.core.handle_timeout(self.now))

    def _take(self, decision: Decision) -> None:
        self.group += decision.changes
        for effect in decision.effects:
            self.lanes.setdefault(effect.lane, deque()).append(effect)

    # What happens late.

    def perform(self, lane: Lane) -> None:
        """Perform the next effect of the lane; a failure is told at once."""
        effect = self.lanes[lane].popleft()
        if not self.lanes[lane]:
            del self.lanes[lane]
        self.performed += 1
        if isinstance(effect, DestroyBridge):
            members = self.asterisk.members(effect.bridge) & set(self.core.state.legs)
            assert not members, "a bridge goes before its legs"
        fact = self.asterisk.perform(effect)
        if fact:
            self.tell(fact)

    def deliver(self) -> None:
        self.tell(self.asterisk.events.popleft())

    def settle(self) -> None:
        """Let everything happen that can happen without time passing."""
        for _ in range(10_000):
            if self.lanes:
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
        self.group = []
        self.asterisk.events.clear()
        self.asterisk.crashed = True
        self.run += 1
        self.core = Distributor(run=self.run, rows=self.kept.values())
        self._take(self.core.request(Apply(settings=self.settings), self.now))
        self.reconnect()

    def reconnect(self) -> None:
        state = self.core.state
        bridges = {b for i in state.interactions.values() for b in i.bridges}
        snapshot = self.asterisk.snapshot(self.contacts)
        for fact in after_connect(snapshot, list(state.legs.values()), bridges):
            self.tell(fact)

    # Looking.

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
