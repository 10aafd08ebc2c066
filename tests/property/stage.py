"""The stage of the property test: what the rules of the machine are made of, and how all ends."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, time, timedelta
from typing import TypeVar

from hypothesis.stateful import RuleBasedStateMachine, invariant

from acd.agents.agent import Agent
from acd.agents.assignment import Phase
from acd.facts import CallArrived, ClockStepped, DigitPressed, Fact
from acd.ids import HOLDING, AgentId, Channel, QueueName
from acd.requests import (
    CancelConsult,
    Confer,
    Consult,
    EndCall,
    FinishAcw,
    Listen,
    LogOut,
    Refused,
    Request,
    SetStatus,
    SubmitDisposition,
    Transfer,
    TransferToAgent,
)
from acd.settings import PICKUP_CODE, Route
from tests.property.late_world import LateWorld
from tests.property.worlds import AGENTS, CODES, LUNCH, QUEUES, SUPPORT, WORLDS
from tests.world import oracle
from tests.world.asterisk import ModelChannel
from tests.world.invariants import at_rest, indexes, kept_talks, waiting_callers

T = TypeVar("T")
FAILS, NO_ANSWER, TWICE, OTHERS_FIRST = 9, 10, 11, 12
"""What may happen instead of the next thing of a lane."""
Later = list[int] | None


class Stage(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world = LateWorld(WORLDS[0])
        self.reliable = True

    @invariant()
    def indexes_are_true(self) -> None:
        """Not after every input as the rest is: to compute them all anew takes half of the time."""
        indexes(self.world)

    # What happens later.

    def _waiting_to_keep(self) -> set[Channel]:
        """Who waits, and who has called a queue and is not heard of yet."""
        asterisk, routes = self.world.asterisk, self.world.settings.routes
        callers = {c: on.arrived for c, on in asterisk.channels.items() if on.arrived}
        waiting = waiting_callers(self.world)
        known = {n for n, to in routes.items() if not isinstance(to, Route) and self._lets_in(to)}
        return {c for c in waiting if c in callers and callers[c].number in known}

    def _lets_in(self, queue: QueueName) -> bool:
        """Whether nobody is refused there, or only to go where everybody may."""
        queues = self.world.settings.queues
        refused_to = queues[queue].leaving.full_to
        return refused_to is None or refused_to.name in queues

    def _talks_to_keep(self) -> set[frozenset[Channel]]:
        """Who hears whom, and nobody has decided otherwise."""
        legs = self.world.core.state.legs
        talks = kept_talks(self.world)
        meant = {talk: {legs[c].bridge for c in talk if c in legs} for talk in talks}
        return {talk for talk in talks if len(meant[talk]) == 1 and HOLDING not in meant[talk]}

    def _pairs_to_keep(self) -> set[frozenset[Channel]]:
        """Callers of a queue and the agents' phones they talk with, of whose call nothing is kept,
        where by what is kept the agent is free for it."""
        asterisk, kept = self.world.asterisk, self.world.kept
        pairs = set()
        for on in asterisk.channels.values():
            if on.arrived and on.bridge and ("Leg", on.channel) not in kept:
                [other, *more] = [*(asterisk.members(on.bridge) - {on.channel}), on.channel]
                free = len(more) == 1 and self._is_free_for(asterisk.channels[other], on.arrived)
                if free and self.world.hears(on.channel, other):
                    pairs.add(frozenset((on.channel, other)))
        return pairs

    def _is_free_for(self, phone: ModelChannel, call: CallArrived) -> bool:
        settings = self.world.settings
        rung = phone.endpoint
        if phone.arrived and phone.arrived.number == PICKUP_CODE:
            rung = f"PJSIP/{phone.arrived.extension}"
        owners = [a for a in settings.agents.values() if f"PJSIP/{a.extension}" == rung]
        route = settings.routes.get(call.number)
        if not owners or route is None or isinstance(route, Route):
            return False
        agent = self.world.kept.get(("Agent", owners[0].agent))
        project = settings.queues[route].project
        return isinstance(agent, Agent) and agent.project == project and not agent.assignments

    def _happen(self, later: Later) -> None:
        if later is None:
            self._rest()
        for n in later or ():
            lanes = list(self.world.lanes)
            if n in (FAILS, NO_ANSWER) and lanes and not self.reliable:
                self.world.fail(lanes[0], unreachable=n == NO_ANSWER, done=len(lanes) > 1)
            elif n == TWICE and self.world.delivered and not self.reliable:
                self._tell_again(self.world.delivered[-1])
            elif n == OTHERS_FIRST and self.world.asterisk.events:
                self.world.deliver_other()
            elif lanes or self.world.asterisk.events:
                self._do_next(n % (len(lanes) + bool(self.world.asterisk.events)))

    def _do_next(self, n: int) -> None:
        """Perform in the n-th lane, or deliver the next event."""
        lanes = list(self.world.lanes)
        if n == len(lanes):
            self.world.deliver()
        elif self.world.asterisk.cut_off:
            self.world.fail(lanes[n], unreachable=True)
        else:
            self.world.perform(lanes[n])

    def _tell_again(self, event: Fact) -> None:
        gone = isinstance(event, CallArrived) and event.channel not in self.world.asterisk.channels
        if not gone and not self.world.asterisk.cut_off:
            self.world.in_doubt = True
            self.world.tell(event)

    def _rest(self) -> None:
        self.world.settle()
        if not self.world.in_doubt and not self.world.asterisk.cut_off:
            state = self.world.core.state
            if not any(leg.state == "ending" or leg.doubted for leg in state.legs.values()):
                at_rest(self.world)

    def _ask(self, request: Request) -> None:
        with suppress(Refused):
            self.world.ask(request)

    def _pick(self, of: Sequence[T], pick: int) -> T | None:
        return of[pick % len(of)] if of else None

    def _where(self, which: Callable[[ModelChannel], bool]) -> list[Channel]:
        return [on.channel for on in self.world.asterisk.channels.values() if which(on)]

    def _end(self, pick: int, which: Callable[[ModelChannel], bool], cause: int) -> None:
        channel = self._pick(self._where(which), pick)
        if channel:
            self.world.asterisk.end(channel, cause)

    # What people do.

    def _all_goes_well(self) -> None:
        """What is asked of phones they do, one who is called answers, prompts play to the end."""
        self._rest()
        for phone in self._where(lambda on: bool(on.endpoint) and not on.up):
            self.world.asterisk.ring(phone)
        self._rest()
        for phone in self._where(lambda on: bool(on.endpoint) and not on.up):
            self.world.asterisk.answer(phone)
            self._rest()
        for phone in self._where(lambda on: on.playback is not None and bool(on.endpoint)):
            self._say(DigitPressed(channel=phone, digit="1"))
            self.world.asterisk.end_playback(phone)
        self._rest()

    def _all_win(self) -> None:
        """Every phone that rings is picked up, and nobody has heard the whisper yet."""
        self._rest()
        for phone in self._where(lambda on: bool(on.endpoint) and not on.up):
            self.world.asterisk.ring(phone)
            self.world.asterisk.answer(phone)
        self._rest()

    def _a_call_in_no_time(self, n: int) -> None:
        """Phones that answer by themselves, before any group is committed."""
        if self.world.asterisk.cut_off:
            return
        self._rest()
        self.world.hurried = True
        self.world.asterisk.call(f"70{n % 3}")
        self._all_goes_well()
        self.world.hurried = False

    def _something_is_on_the_way(self, n: int) -> None:
        """If nothing was: a call comes, a phone refuses, or an agent hangs up."""
        if self.world.lanes or self.world.asterisk.cut_off:
            return
        phones = self._where(lambda on: bool(on.endpoint) and on.up is (n % 3 == 2))
        if n % 3 and phones:
            self.world.asterisk.end(phones[n % len(phones)], 44, 503)
        else:
            self.world.asterisk.call(f"70{n % 3}")
        while self.world.asterisk.events:
            self.world.deliver()

    def _step_the_clock(self, left: timedelta) -> None:
        """To two seconds before."""
        ahead = self.world.core.state.ahead + left - timedelta(seconds=2)
        self.world.tell(ClockStepped(ahead=ahead))
        self.world.all_due()

    def _until_hours_begin_or_end(self) -> timedelta:
        """For the next of those who have any."""
        agents = self.world.core.state.agents.values()
        moments = [agent.look_at for agent in agents if agent.look_at]
        return min(moments, default=self.world.now) - self.world.now

    def _until_midnight(self) -> timedelta:
        wall = oracle.wall(self.world.core.state, SUPPORT, self.world.now)
        return datetime.combine(wall + timedelta(days=1), time(), wall.tzinfo) - wall

    def _say(self, event: Fact) -> None:
        if not self.world.asterisk.cut_off:
            self.world.asterisk.events.append(event)

    def _work(self, agent: AgentId, what: int, queue: int) -> Request:
        to = QUEUES[queue % len(QUEUES)]
        match self.world.core.state.agents[agent].phase:
            case Phase.TALKING:
                talk: list[Request] = [
                    Consult(agent=agent, queue=to),
                    Consult(agent=agent, queue=to),
                    Transfer(agent=agent, queue=to),
                    Listen(supervisor=AGENTS[queue % 4], agent=agent),
                    EndCall(agent=agent),
                    Consult(agent=agent, queue=to),
                    self._close(agent, queue),
                    TransferToAgent(agent=agent, colleague=AGENTS[queue % 4]),
                ]
                return talk[what % 8]
            case Phase.HELD:
                return [CancelConsult(agent=agent), Confer(agent=agent)][what % 2]
            case Phase.ACW:
                return self._close(agent, queue) if what % 2 else FinishAcw(agent=agent)
            case _:
                return [SetStatus(agent=agent, status=LUNCH), LogOut(agent=agent)][what % 2]

    def _close(self, agent: AgentId, code: int) -> Request:
        call = self.world.core.state.agents[agent].assignments[0].interaction
        return SubmitDisposition(agent=agent, interaction=call, code=CODES[code % len(CODES)])

    # In the end.

    def teardown(self) -> None:
        """All comes to rest, everybody hangs up, a long time passes: nothing is left."""
        if self.world.asterisk.cut_off:
            self.world.reconnect()
        self._sweep()
        self._people_leave()
        self.world.pass_time(60)
        self._sweep()
        channels = list(self.world.asterisk.channels)
        for channel in channels[:: -1 if self.world.performed % 2 else 1]:
            self.world.asterisk.end(channel)
            self._rest()
        self.world.pass_time(60)
        self._rest()
        for agent in AGENTS:
            self._ask(LogOut(agent=agent))
        self.world.pass_time(13 * 3600)
        at_rest(self.world)
        self._nothing_is_left()

    def _sweep(self) -> None:
        """A look at Asterisk; then every channel has an owner, and belief is right."""
        self.world.settle()
        self.world.wait(10)
        self.world.settle()
        self.world.look()
        self.world.judge()
        self.world.settle()
        self.world.in_doubt = False
        at_rest(self.world)

    def _people_leave(self) -> None:
        """Nobody is called any more, so that what ends stays ended."""
        for agent in AGENTS:
            self._ask(SetStatus(agent=agent, status=LUNCH))

    def _nothing_is_left(self) -> None:
        state, asterisk = self.world.core.state, self.world.asterisk
        assert not state.interactions
        assert not state.legs
        assert not state.entries
        assert not state.offers
        assert not state.attempts
        assert not asterisk.channels
        assert len(asterisk.bridges) == 1
        assert not [agent.id for agent in state.agents.values() if agent.assignments]
