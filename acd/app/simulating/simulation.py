"""One simulation: the recorded people, the real core, and a configuration, in virtual time."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from acd.app.simulating.clock import Agenda
from acd.app.simulating.figures import Figures
from acd.app.simulating.people import People
from acd.app.simulating.phones import Phones
from acd.app.simulating.recording import (
    Call,
    Closing,
    Does,
    Ender,
    Onward,
    Reaction,
    Recording,
    Staff,
    Talk,
)
from acd.calls.leg import Leg, Role
from acd.distributor import Decision, Distributor
from acd.effects import Effect, HangUp, Reason, Ring
from acd.facts import ClockStepped, ContactsChanged, DigitPressed, Fact, NodeUp
from acd.ids import (
    HOLDING,
    AgentId,
    BridgeId,
    Channel,
    ExtensionNumber,
    InteractionId,
    NodeId,
    maker_of,
)
from acd.requests import (
    Apply,
    Refused,
    Request,
    RequestCallback,
    SubmitDisposition,
)
from acd.revision import Revision, revision
from acd.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    figures: Figures
    refused: Mapping[str, int]
    """What agents asked for and did not get, by the reason."""
    nowhere: Mapping[str, int]
    """Numbers that lead nowhere now, by how often they were called; they led to a queue."""


@dataclass(slots=True, kw_only=True)
class _Caller:
    """How far the life of one call has come."""

    call: Call
    channel: Channel | None
    waits: int = 0
    """How many times the caller has begun to wait, and to talk."""
    talks: int = 0
    waiting: bool = False
    talking: bool = False


class Simulation:
    """settings: the configuration from the beginning on; None: those that were recorded."""

    def __init__(self, recording: Recording, settings: Settings | None, seed: int) -> None:
        self._people = People(recording, seed)
        self._core = Distributor(run=1)
        self._agenda = Agenda(recording.begins)
        reaction, joined = self._reaction, self._joined
        self._phones = Phones(self._agenda, reaction, joined, recording.sounds)
        self._figures = Figures()
        self._recording = recording
        self._settings = settings
        self._callers: dict[InteractionId, _Caller] = {}
        self._rung: Counter[tuple[InteractionId, str, bool]] = Counter()
        self._contacts: dict[NodeId, dict[ExtensionNumber, tuple[str, ...]]] = {}
        self._refused: Counter[str] = Counter()
        self._nowhere: Counter[str] = Counter()

    def run(self) -> Simulated:
        """Raises Bug, if the core has one."""
        if self._settings is not None:
            self._ask(Apply(revision=revision(Settings(), self._settings)))
        self._plan()
        ends = self._recording.ends
        while (moment := self._next()) is not None and moment <= ends:
            if moment == self._core.next_deadline():
                self._agenda.now = max(moment, self._agenda.now)
                self._take(self._core.handle_timeout(self._agenda.now))
            else:
                self._agenda.do_next()
            self._settle()
        self._figures.end(ends)
        return Simulated(figures=self._figures, refused=self._refused, nowhere=self._nowhere)

    def _plan(self) -> None:
        """What is known beforehand."""
        for at, about in self._recording.staff:
            if self._settings is None or not isinstance(about, Apply):
                self._agenda.at(at, _bound(self._staff, about))
        for call in self._recording.calls:
            self._agenda.at(call.at, _bound(self._arrive, call))

    def _next(self) -> datetime | None:
        moments = (self._agenda.next(), self._core.next_deadline())
        return min((moment for moment in moments if moment), default=None)

    # The core.

    def _tell(self, fact: Fact) -> None:
        self._take(self._core.handle(fact, self._agenda.now))

    def _ask(self, request: Request) -> bool:
        """Whether it was granted."""
        try:
            self._take(self._core.request(request, self._agenda.now))
        except Refused as refused:
            self._refused[str(refused)] += 1
            return False
        return True

    def _take(self, decision: Decision) -> None:
        self._figures.take(decision.changes, self._agenda.now)
        for effect in decision.effects:
            self._phones.perform(effect)

    def _settle(self) -> None:
        while self._phones.told:
            self._tell(self._phones.told.popleft())

    # Agents.

    def _staff(self, about: Staff) -> None:
        match about:
            case NodeUp():
                self._node_up(about)
            case ContactsChanged():
                self._contacts_change(about)
            case ClockStepped():
                self._tell(about)
            case Apply():
                self._apply(about.revision)
            case _:
                self._ask(about)

    def _apply(self, told: Revision) -> None:
        """Of a queue that goes while somebody is in it the next version tells again; here nobody
        may have been in it, and it is gone already."""
        there = self._core.state.settings
        queues = tuple(queue for queue in told.gone_queues if queue in there.queues)
        agents = tuple(agent for agent in told.gone_agents if agent in there.agents)
        self._ask(Apply(revision=replace(told, gone_queues=queues, gone_agents=agents)))

    def _node_up(self, fact: NodeUp) -> None:
        """A second time it has been away, which it is not here: phones may have changed."""
        known = self._contacts.get(fact.node, {})
        if not self._core.state.node_up(fact.node):
            self._contacts[fact.node] = dict(fact.contacts)
            self._tell(fact)
            return
        for extension in sorted(known.keys() | fact.contacts.keys()):
            contacts = fact.contacts.get(extension, ())
            if contacts != known.get(extension, ()):
                changed = ContactsChanged(node=fact.node, extension=extension, contacts=contacts)
                self._contacts_change(changed)

    def _contacts_change(self, fact: ContactsChanged) -> None:
        self._contacts.setdefault(fact.node, {})[fact.extension] = fact.contacts
        self._tell(fact)

    # Callers.

    def _arrive(self, call: Call) -> None:
        self._phones.arrive(call.arrived.channel)
        decision = self._core.handle(call.arrived, self._agenda.now)
        if call.queued and any(map(_is_nowhere, decision.effects)):
            self._nowhere[call.arrived.number] += 1
        leg = self._core.state.legs.get(call.arrived.channel)
        # Who has dialled the code in vain may find something to pick up here.
        if leg and leg.role is Role.CALLER:
            caller = _Caller(call=call, channel=leg.channel)
            self._callers[leg.interaction] = caller
            self._wait(leg.interaction, caller)
        self._take(decision)

    def _wait(self, interaction: InteractionId, caller: _Caller) -> None:
        nth, call, now = caller.waits, caller.call, self._agenda.now
        caller.waits, caller.waiting = nth + 1, True
        patience = self._people.patience(call, nth)
        if patience is not None:
            self._agenda.at(now + patience, lambda: self._give_up(caller, nth))
        for after, does in call.waits[nth].does if nth < len(call.waits) else ():
            act = self._exit if does is Does.EXIT else self._call_back
            self._agenda.at(now + after, _bound(act, (interaction, caller, nth)))

    def _give_up(self, caller: _Caller, nth: int) -> None:
        if caller.waiting and caller.waits == nth + 1 and caller.channel:
            self._phones.end(caller.channel)

    def _exit(self, about: tuple[InteractionId, _Caller, int]) -> None:
        """By the key that leads out now, if one does."""
        interaction, caller, nth = about
        if not caller.waiting or caller.waits != nth + 1 or caller.channel is None:
            return
        for entry in self._core.state.entries_of(interaction):
            announcer = self._core.state.announcers.get(entry.id)
            if announcer:
                digit = announcer.plan.exit_digit
                self._tell(DigitPressed(channel=caller.channel, digit=digit))
                return

    def _call_back(self, about: tuple[InteractionId, _Caller, int]) -> None:
        interaction, caller, nth = about
        if caller.waiting and caller.waits == nth + 1:
            self._ask(RequestCallback(interaction=interaction))

    # Talks.

    def _reaction(self, effect: Ring) -> Reaction:
        interaction, phone = maker_of(effect.channel.id), (effect.endpoint, effect.auto_answer)
        nth = self._rung[interaction, *phone]
        self._rung[interaction, *phone] += 1
        caller = self._callers.get(interaction)
        return self._people.reaction(caller.call, phone, nth) if caller else Reaction()

    def _joined(self, channel: Channel, bridge: BridgeId) -> None:
        leg = self._core.state.legs.get(channel)
        caller = self._callers.get(leg.interaction) if leg and leg.role is Role.CALLER else None
        if leg is None or caller is None:
            return
        caller.channel = channel
        if bridge == HOLDING:
            if not caller.waiting:
                self._wait(leg.interaction, caller)
        elif not caller.talking:
            self._talk(leg, caller)

    def _talk(self, leg: Leg, caller: _Caller) -> None:
        nth, interaction = caller.talks, self._core.state.interactions[leg.interaction]
        caller.talks, caller.talking, caller.waiting = nth + 1, True, False
        talk = self._people.talk(caller.call, nth, interaction.queue)
        now = self._agenda.now
        self._agenda.at(now + talk.lasted, lambda: self._end_talk(leg, caller, talk, nth))
        if talk.closing:
            # Who it is that talks is known when both are in the bridge.
            self._agenda.at(now, lambda: self._close(leg, talk, now))

    def _end_talk(self, leg: Leg, caller: _Caller, talk: Talk, nth: int) -> None:
        if not caller.talking or caller.talks != nth + 1:
            return
        caller.talking = False
        other = self._other(leg.interaction, leg.channel)
        if talk.ender is Ender.AGENT and other:
            self._phones.end(other.channel, talk.cause or 16)
        elif not (talk.to and other and other.agent and self._send_on(other.agent, talk.to)):
            self._phones.end(leg.channel)

    def _send_on(self, agent: AgentId, to: Onward) -> bool:
        return self._ask(replace(to, agent=agent))

    def _close(self, leg: Leg, talk: Talk, began: datetime) -> None:
        """The agent does as was done after this talk, at the same distance from its beginning."""
        other = self._other(leg.interaction, leg.channel)
        if other is None or other.agent is None:
            return
        for after, request in talk.closing:
            mine: Closing = replace(request, agent=other.agent)
            if isinstance(mine, SubmitDisposition):
                mine = replace(mine, interaction=leg.interaction)
            self._agenda.at(began + after, _bound(self._close_at, (leg.interaction, mine)))

    def _close_at(self, about: tuple[InteractionId, Closing]) -> None:
        """Nothing is to be finished where after-call work is over by itself."""
        interaction, request = about
        agent = self._core.state.agents.get(request.agent)
        if agent and agent.assignment(interaction):
            self._ask(request)

    def _other(self, interaction: InteractionId, channel: Channel) -> Leg | None:
        """With whom the caller talks."""
        bridge = self._phones.bridge_of(channel)
        legs = self._core.state.legs_of(interaction)
        others = (each for each in legs if each.channel != channel and each.up)
        return next(
            (each for each in others if bridge == self._phones.bridge_of(each.channel)), None
        )


def _is_nowhere(effect: Effect) -> bool:
    return isinstance(effect, HangUp) and effect.reason is Reason.UNALLOCATED


def _bound(deed: Callable[[Any], None], about: object) -> Callable[[], None]:
    return lambda: deed(about)
