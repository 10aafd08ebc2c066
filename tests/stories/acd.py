"""Words in which a story is told.

A story may be disturbed: by a crash after its n-th effect, or by another call that wants the same
agent. What people do then goes on as far as it makes sense, and what the story expects of its own
course is not asked any more; that all ends well is.
"""

from collections.abc import Callable

from acd.agents.assignment import Phase
from acd.facts import DigitPressed
from acd.ids import AgentId, Channel, ExtensionNumber, ProjectName, QueueName, TrunkName
from acd.requests import LogIn, Refused, Request
from acd.settings import AgentSettings, OutboundRoute, QueueSettings, RingMode, Settings, Strategy
from tests.world.asterisk import NODE, ModelChannel
from tests.world.invariants import at_rest, kept_talks, waiting_callers
from tests.world.world import World, changed

SUPPORT = ProjectName("support")
SALES, SERVICE = QueueName("sales"), QueueName("service")
TO_ALL = (OutboundRoute(pattern="*", trunk=TrunkName("carrier"), caller_id="+902120000700"),)
EXTENSIONS = {"ayse": "1001", "baris": "1002", "cem": "1003", "defne": "1004"}


def agent_settings(name: str, ring: RingMode = RingMode.EXTENSION) -> AgentSettings:
    return AgentSettings(
        agent=AgentId(name),
        name=name.title(),
        node=NODE,
        extension=ExtensionNumber(EXTENSIONS[name]),
        mobile=f"+9055500{EXTENSIONS[name]}",
        ring=ring,
        extension_ring_s=12,
        projects=(SUPPORT,),
    )


def queue_settings(name: QueueName, number: str, *agents: str, **more: object) -> QueueSettings:
    return QueueSettings(
        queue=name,
        project=SUPPORT,
        number=number,
        agents=tuple(map(AgentId, agents)),
        acw_s=10,
        **more,  # type: ignore[arg-type]
    )


def settings(*queues: QueueSettings, ring: RingMode = RingMode.EXTENSION) -> Settings:
    return Settings(
        version=1,
        queues={queue.queue: queue for queue in queues},
        agents={AgentId(name): agent_settings(name, ring) for name in EXTENSIONS},
        routes={queue.number: queue.queue for queue in queues},
        outbound_routes=TO_ALL,
    )


def one_queue(*agents: str, strategy: Strategy = Strategy.LONGEST_IDLE, **more: object) -> Settings:
    return settings(queue_settings(SALES, "700", *agents, strategy=strategy, **more))


class Crashing(World):
    """A world in which the process dies after its n-th effect."""

    def __init__(self, settings: Settings, crash_at: int | None) -> None:
        self.crash_at = crash_at
        self.disturbed = False
        super().__init__(settings)

    def perform(self, lane: object) -> None:
        super().perform(lane)  # type: ignore[arg-type]
        if self.performed != self.crash_at:
            return
        self.disturbed = True
        waiting, talks = waiting_callers(self), kept_talks(self)
        self.crash()
        self.settle()
        assert waiting <= set(self.asterisk.channels), "a waiting caller is lost"
        assert talks <= kept_talks(self), "a talk is cut"


class Acd:
    """One story: who is at work, who calls, what phones do, what is expected."""

    def __init__(
        self, settings: Settings, *, crash_at: int | None = None, second_call: bool = False
    ) -> None:
        self.world = Crashing(settings, crash_at)
        self._second_call = second_call
        self._callers: dict[str, Channel] = {}
        self.world.apply(settings)
        self.world.reconnect()
        for number in EXTENSIONS.values():
            self.world.register(number)
        self._started = False

    @property
    def disturbed(self) -> bool:
        return self.world.disturbed or self._second_call

    # What people do.

    def ask(self, request: Request) -> None:
        try:
            self.world.ask(request)
        except Refused:
            if not self.disturbed:
                raise
        self.world.settle()

    def at_work(self, *agents: str) -> None:
        for agent in agents:
            self.pass_time(1)
            self.ask(LogIn(agent=AgentId(agent), project=SUPPORT))

    def calls(self, caller: str, number: str = "700", **about: object) -> None:
        self.pass_time(1)
        self._callers[caller] = self.world.asterisk.call(number, caller=f"+90212{caller}", **about)
        self.world.settle()
        if self._second_call and not self._started:
            self._started = True
            self._callers["the second"] = self.world.asterisk.call("700")
            self.world.settle()

    def caller_hangs_up(self, caller: str) -> None:
        self.world.asterisk.end(self._callers[caller])
        self.world.settle()

    def caller_presses(self, caller: str, digit: str) -> None:
        self.world.tell(DigitPressed(channel=self._callers[caller], digit=digit))
        self.world.settle()

    def told(self, caller: str) -> list[str]:
        """What the caller has been told so far: each time one text."""
        mine = [p for p in self.world.asterisk.played if p.channel == self._callers[caller]]
        return [" ".join(part.removeprefix("sound:acd/") for part in p.media) for p in mine]

    def hears_it_to_the_end(self, caller: str) -> None:
        self.world.asterisk.end_playback(self._callers[caller])
        self.world.settle()

    def is_there(self, caller: str) -> bool:
        return self._callers[caller] in self.world.asterisk.channels

    def rings(self, *agents: str, mobile: bool = False) -> None:
        for agent in agents:
            for phone in self._ringing(agent, mobile):
                self.world.asterisk.ring(phone.channel)
        self.world.settle()

    def answers(self, *agents: str, mobile: bool = False) -> None:
        """The phones are picked up: those of several agents in one instant."""
        for agent in agents:
            for phone in self._ringing(agent, mobile):
                self.world.asterisk.answer(phone.channel)
        self.world.settle()

    def rejects(self, agent: str, sip_status: int, *, mobile: bool = False) -> None:
        for phone in self._ringing(agent, mobile):
            self.world.asterisk.end(phone.channel, 21, sip_status)
        self.world.settle()

    def takes(self, agent: str) -> None:
        """The agent's phone rings and is answered."""
        self.rings(agent)
        self.answers(agent)

    def presses(self, agent: str, digit: str) -> None:
        for phone in self._ringing(agent, mobile=True):
            self.world.tell(DigitPressed(channel=phone.channel, digit=digit))
        self.world.settle()

    def agent_hangs_up(self, agent: str, cause: int = 16) -> None:
        for leg in list(self.world.core.state.legs.values()):
            if leg.agent == agent and leg.role == "agent":
                self.world.asterisk.end(leg.channel, cause)
        self.world.settle()

    def supervisor_answers(self, agent: str) -> None:
        for leg in list(self.world.core.state.legs.values()):
            if leg.agent == agent and leg.role == "supervisor":
                self.world.asterisk.answer(leg.channel)
        self.world.settle()

    def customer(self, does: Callable[[Channel], None]) -> None:
        """The customer of a callback, whose phone rings, does something."""
        for leg in list(self.world.core.state.legs.values()):
            if leg.role == "caller" and leg.made:
                does(leg.channel)
        self.world.settle()

    def customer_of(self, number: str, does: Callable[[Channel], None]) -> None:
        """A phone of ours that is called, but not as an agent's, does something."""
        for phone in list(self.world.asterisk.channels.values()):
            if phone.endpoint == f"PJSIP/{number}":
                does(phone.channel)
        self.world.settle()

    def expect_talking(self, caller: str, number: str) -> None:
        """The caller and one of our phones hear each other."""
        if self.disturbed:
            return
        phones = self.world.asterisk.channels.values()
        [phone] = [phone.channel for phone in phones if phone.endpoint == f"PJSIP/{number}"]
        assert self.world.hears(self._callers[caller], phone)

    def applies(self, **changes: object) -> None:
        self.world.apply(changed(self.world.settings, **changes))
        self.world.settle()

    def pass_time(self, seconds: float) -> None:
        self.world.settle()
        self.world.pass_time(seconds)

    def _ringing(self, agent: str, mobile: bool) -> list[ModelChannel]:
        ringing = self.world.ringing(AgentId(agent))
        return [phone for phone in ringing if phone.endpoint.endswith("@carrier") == mobile]

    # What is expected, if nothing has disturbed the story.

    def expect(self, **expected: object) -> None:
        """For each agent named: who is talked to, or what else the agent is doing."""
        if self.disturbed:
            return
        assert {name: self.doing(name) for name in expected} == expected

    def doing(self, name: str) -> str:
        """'with CALLER', 'ringing', 'reserved', 'held', 'acw', 'idle', or why not ready."""
        agent = self.world.core.state.agents[AgentId(name)]
        if agent.phase in (None, Phase.ACW):
            return agent.phase or agent.not_ready or "idle"
        legs = self.world.core.state.legs_of(agent.assignments[0].interaction)
        for leg in legs:
            for caller, channel in self._callers.items():
                if leg.agent == name and self.world.hears(leg.channel, channel):
                    return f"with {caller}"
        return "ringing" if self.world.ringing(AgentId(name)) else str(agent.phase)

    def waiting(self) -> list[str]:
        """Who waits, in the order of the queue."""
        entries = sorted(self.world.core.state.entries.values(), key=lambda e: e.order_since)
        names = {channel: name for name, channel in self._callers.items()}
        return [names[e.channel] for e in entries if e.channel in names and not e.winner]

    def expect_waiting(self, *callers: str) -> None:
        if not self.disturbed:
            assert self.waiting() == list(callers)

    def outcomes(self, kind: str) -> list[str]:
        """How the rows of that kind have ended, in order."""
        return [
            str(row.outcome)  # type: ignore[union-attr]
            for row in self.world.ended
            if type(row).__name__ == kind
        ]

    def expect_outcomes(self, kind: str, *outcomes: str) -> None:
        if not self.disturbed:
            assert self.outcomes(kind) == list(outcomes)

    # However it went: all ends well.

    def all_go_home(self) -> None:
        """Everybody hangs up and every clock runs out: nothing may be left anywhere."""
        self.world.settle()
        at_rest(self.world)
        self.world.pass_time(60)
        at_rest(self.world)
        for channel in list(self.world.asterisk.channels):
            self.world.asterisk.end(channel)
            self.world.settle()
            at_rest(self.world)
        self.world.pass_time(60)
        at_rest(self.world)
        for number in EXTENSIONS.values():
            self.world.unregister(number)
        self.world.pass_time(13 * 3600)
        at_rest(self.world)
        state = self.world.core.state
        assert not state.interactions
        assert not state.legs
        assert not self.world.asterisk.channels
        assert not [agent.id for agent in state.agents.values() if agent.assignments]
