"""The distributor: the whole decision core, and all of its live state.

    facts, requests, deadlines  ->  Distributor  ->  effects, changed rows

It does no I/O, reads no clock, draws no random numbers and starts no tasks. After every input
no entry waits while an agent who could take it is idle.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from acd.agents.agent import Agent
from acd.agents.attempt import Attempt
from acd.calls.leg import Leg
from acd.distributor import (
    admitting,
    adopting,
    announcing,
    applying,
    concluding,
    connecting,
    exiting,
    hours,
    leaving,
    listening,
    matching,
    moving,
    offering,
    picking,
    quarantine,
    staffing,
    taking,
    waiting,
    watching,
)
from acd.distributor.state import KINDS, Change, Row, State
from acd.distributor.turn import Turn
from acd.effects import Effect
from acd.facts import (
    BridgeMissing,
    CallArrived,
    ClockStepped,
    ContactsChanged,
    DigitPressed,
    EffectFailed,
    Fact,
    LegAnswered,
    LegFound,
    LegGone,
    LegJoined,
    LegLeft,
    LegRinging,
    NodeLost,
    NodeRemoved,
    NodeUp,
    PacketsCounted,
    PairFound,
    PlaybackEnded,
    StrayFound,
    TrunkChanged,
)
from acd.ids import AgentId, InteractionId, maker_of
from acd.queues.announcer import Announcer
from acd.queues.entry import Entry
from acd.queues.kept_place import KeptPlace
from acd.queues.offer import Offer
from acd.queues.vacancy import Vacancy
from acd.requests import (
    Apply,
    AssignEntry,
    CancelConsult,
    ChooseQueues,
    Confer,
    Consult,
    EndCall,
    FinishAcw,
    Listen,
    LogIn,
    LogOut,
    OverrideHours,
    Refused,
    Request,
    RequestCallback,
    SetStatus,
    SubmitDisposition,
    TakeEntry,
    Transfer,
    TransferToAgent,
)

FACTS: dict[type, Callable[[Turn, Any], None]] = {
    CallArrived: picking.call_arrived,
    LegRinging: offering.ringing,
    LegAnswered: watching.leg_answered,
    LegJoined: connecting.joined,
    LegLeft: leaving.leg_left,
    LegGone: leaving.leg_gone,
    DigitPressed: exiting.digit_pressed,
    PlaybackEnded: connecting.playback_ended,
    PacketsCounted: connecting.packets_counted,
    ContactsChanged: staffing.contacts_changed,
    TrunkChanged: watching.trunk_changed,
    EffectFailed: watching.effect_failed,
    NodeLost: watching.node_lost,
    NodeRemoved: leaving.node_removed,
    BridgeMissing: watching.bridge_missing,
    LegFound: watching.leg_found,
    PairFound: adopting.pair_found,
    StrayFound: watching.stray_found,
    NodeUp: watching.node_up,
    ClockStepped: hours.clock_stepped,
}
REQUESTS: dict[type, Callable[[Turn, Any], None]] = {
    LogIn: staffing.log_in,
    ChooseQueues: staffing.choose_queues,
    LogOut: staffing.log_out,
    SetStatus: staffing.set_status,
    OverrideHours: staffing.override_hours,
    FinishAcw: staffing.finish_acw,
    SubmitDisposition: concluding.submit,
    EndCall: moving.end_call,
    Transfer: moving.transfer,
    TransferToAgent: moving.transfer_to_agent,
    Consult: moving.consult,
    CancelConsult: moving.cancel_consult,
    Confer: moving.confer,
    Listen: listening.listen,
    RequestCallback: moving.request_callback,
    TakeEntry: taking.take,
    AssignEntry: taking.assign,
    Apply: applying.apply,
}
DEADLINES: dict[type, Callable[[Turn, Any], None]] = {
    Leg: watching.leg_due,
    Entry: exiting.entry_due,
    Announcer: announcing.announcer_due,
    Vacancy: exiting.vacancy_due,
    KeptPlace: waiting.forget_place,
    Offer: watching.offer_due,
    Attempt: watching.attempt_or_gap_due,
    Agent: staffing.agent_due,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What one input leads to: what is to be done, and the rows as they are now."""

    effects: tuple[Effect, ...]
    changes: tuple[Change, ...]


class Bug(Exception):
    """The core has failed on an input and has taken back all that the input changed."""

    def __init__(self, owner: InteractionId | AgentId | None) -> None:
        super().__init__(f"a bug met {owner}")
        self.owner = owner


class Distributor:
    def __init__(self, *, run: int, rows: Iterable[Row] = (), awake: bool = False) -> None:
        """Begin with the rows that an earlier run has left; run is larger than that run's.

        awake: the rows are this run's own, as they were after one of its inputs; to replay.
        """
        self.state = State(run)
        rows = sorted(rows, key=lambda row: (KINDS.index(type(row)), row.key))
        now = rows if awake else list(map(watching.asleep, rows))
        for row in now:
            self.state.put(row)
        self.state.dirty.clear()
        self.state.commit()
        pairs = zip(rows, now, strict=True)
        self.begun = tuple(Change(row=row, live=True) for old, row in pairs if row != old)
        """What the beginning itself has changed: of the nodes nothing is known yet."""

    def handle(self, fact: Fact, now: datetime) -> Decision:
        """Take in a fact. One that no longer matters changes nothing. Raises Bug."""
        return self._turn(FACTS[type(fact)], fact, now)

    def marked(self, fact: Fact) -> Fact:
        """The fact as it may be written down, to be asked for before it is handled: a digit is a
        secret unless we have asked for a key."""
        if isinstance(fact, DigitPressed) and exiting.awaits_key(self.state, fact):
            return replace(fact, secret=False)
        return fact

    def request(self, request: Request, now: datetime) -> Decision:
        """Do what a person asks for. Raises Refused, or Bug."""
        return self._turn(REQUESTS[type(request)], request, now)

    def next_deadline(self) -> datetime | None:
        """When handle_timeout must be called next, if at all."""
        return self.state.next_deadline()

    def handle_timeout(self, now: datetime) -> Decision:
        """Act on the earliest deadline that has passed: call until next_deadline is later."""
        row = self.state.pop_due(now)
        if row is None:
            return Decision(effects=(), changes=())
        return self._turn(DEADLINES[type(row)], row, now)

    def quarantine(self, owner: InteractionId | AgentId, now: datetime) -> Decision:
        """Stop dealing with what a bug has met: the caller goes to the dialplan's fallback, an
        agent is set to Not responding. Raises Bug if even that fails."""
        return self._turn(quarantine.quarantine, owner, now)

    def _turn(self, function: Callable[[Turn, Any], None], about: Any, now: datetime) -> Decision:
        turn = Turn(state=self.state, now=now)
        try:
            function(turn, about)
            admitting.look_for_vacancies(turn)
            matching.hand_out(turn)
            self.state.restaffed.clear()
        except Refused:
            self.state.roll_back()
            raise
        except Exception as error:
            self.state.roll_back()
            raise Bug(owner_of(self.state, about)) from error
        return Decision(effects=tuple(turn.effects), changes=self.state.commit())


def owner_of(state: State, about: Any) -> InteractionId | AgentId | None:
    """Whose input that is: an interaction's, else an agent's, else nobody's."""
    match about:
        case EffectFailed():
            return owner_of(state, about.effect)
        case PlaybackEnded(playback=made) | BridgeMissing(bridge=made):
            return maker_of(made)
        case Agent():
            return about.id
    interaction = getattr(about, "interaction", None)
    if interaction is not None:
        return InteractionId(interaction)
    leg = state.legs.get(getattr(about, "channel", None))  # type: ignore[arg-type]
    return leg.interaction if leg else getattr(about, "agent", None)
