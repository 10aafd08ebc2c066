"""Making a recording of the journal: its lines are decided once more, and what people and phones
did is noted beside what was decided."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast, get_args

from acd.app.replaying import Replay
from acd.app.simulating.figures import Figures
from acd.app.simulating.recording import Does, Ender, Recording, Staff
from acd.app.simulating.tracks import CallTrack, RingTrack, TalkTrack
from acd.calls.interaction import Interaction
from acd.calls.leg import Role
from acd.db import JournalLine
from acd.distributor import Change, State
from acd.effects import Effect, GiveBack, HangUp, Join, Play, Reason, Ring, StopPlay
from acd.facts import (
    CallArrived,
    DigitPressed,
    Fact,
    LegAnswered,
    LegGone,
    LegLeft,
    LegRinging,
    NodeLost,
    NodeUp,
    PairFound,
    PlaybackEnded,
)
from acd.ids import HOLDING, AgentId, Channel, InteractionId, PlaybackId, maker_of
from acd.ivr.speaking import is_ours
from acd.queues.entry import Entry, EntryKind, EntryOutcome
from acd.queues.offer import Offer, OfferOutcome
from acd.requests import (
    Apply,
    AssignEntry,
    CancelConsult,
    Confer,
    Consult,
    EndCall,
    FinishAcw,
    Listen,
    LogIn,
    OverrideHours,
    RequestCallback,
    SetStatus,
    SubmitDisposition,
    TakeEntry,
    Transfer,
    TransferToAgent,
)
from acd.revision import revision
from acd.settings import AVAILABLE, Settings

FOLLOWED = (
    Consult,
    EndCall,
    FinishAcw,
    RequestCallback,
    SubmitDisposition,
    Transfer,
    TransferToAgent,
)
NOT_FOLLOWED: dict[type, str] = {
    PairFound: "calls that were found",
    NodeLost: "outages",
    Listen: "supervisors who listened",
    TakeEntry: "calls that an agent took",
    AssignEntry: "calls that a supervisor assigned",
}
PICKED_UP = "calls that were picked up"
WITH_A_CONSULTATION = (CancelConsult, Confer)
"""What follows from one, which is counted already."""
PHONES = frozenset({Role.AGENT, Role.CALLER, Role.TARGET})
"""Whose phones belong to the call itself."""
STAFF: tuple[type, ...] = get_args(Staff)


class Differs(Exception):
    """A line is decided differently by this program: what it led to is not what was recorded."""

    def __init__(self, seq: int) -> None:
        super().__init__(f"line {seq} of the journal is decided differently by this program")
        self.seq = seq


class Reader:
    """Take in the lines in order, beginning with the one after `seq`; then recording()."""

    def __init__(self, *, seq: int = 0, run: int = 0, rows: Iterable[Any] = ()) -> None:
        self._replay = Replay(seq=seq, run=run, rows=rows)
        self._figures = Figures()
        self._calls: list[CallTrack] = []
        self._of: dict[InteractionId, CallTrack] = {}
        self._callers: dict[Channel, CallTrack] = {}
        self._rings: dict[Channel, RingTrack] = {}
        self._talks: dict[AgentId, TalkTrack] = {}
        """The last one of each agent."""
        self._staff: list[tuple[datetime, Staff]] = []
        self._agents: dict[AgentId, None] = {}
        self._left_out: Counter[str] = Counter()
        self._playing: dict[PlaybackId, tuple[tuple[str, ...], datetime]] = {}
        self._sounds: dict[tuple[str, ...], timedelta] = {}
        self._begins: datetime | None = None
        self._ends: datetime | None = None
        self._first = seq + 1
        self._earlier: frozenset[InteractionId] = frozenset()

    @property
    def seq(self) -> int:
        """The last line that was taken in."""
        return self._replay.seq

    def take(self, line: JournalLine) -> None:
        """Raises Gap, Differs."""
        if self._begins is None:
            self._begin(line.at)
        if self._replay.take(line) is not None:
            raise Differs(line.seq)
        self._ends = line.at
        # What is explained anew nobody compares here.
        self._replay.explained.clear()
        if line.outcome == "ok":
            self._input(line.input, line.at)
        elif line.outcome == "bug":
            self._left_out["faults of the program"] += 1
        for change in self._replay.changes:
            self._row(change, line.input, line.at)
        self._figures.take(self._counted(self._replay.changes), line.at)
        for effect in line.effects:
            self._effect(effect, line.at)

    def recording(self, versions: tuple[str, ...] = ()) -> Recording | None:
        """All that was taken in; None if nothing was. versions: of the programs that wrote it."""
        if self._begins is None or self._ends is None:
            return None
        self._figures.end(self._ends)
        tracks = enumerate(self._calls)
        return Recording(
            begins=self._begins,
            ends=self._ends,
            lines=(self._first, self._replay.seq),
            calls=tuple(track.call(number, self._ends) for number, track in tracks),
            staff=tuple(self._staff),
            figures=self._figures,
            versions=versions,
            agents=frozenset(self._agents),
            sounds=self._sounds,
            left_out=dict(self._left_out),
        )

    def _begin(self, at: datetime) -> None:
        """What a snapshot says of the agents is done at the beginning. Calls are not taken over:
        nobody knows for how long they had lasted."""
        self._begins, state = at, self._replay.state
        if self._first == 1:
            return
        self._staff += ((at, each) for each in _beginning(state))
        self._agents |= dict.fromkeys(a.id for a in state.agents.values() if a.project)
        self._figures.take((Change(row=a, live=True) for a in state.agents.values()), at)
        self._earlier = frozenset(state.interactions)
        if self._earlier:
            self._left_out["calls that had begun before"] = len(self._earlier)

    def _counted(self, changes: Iterable[Change]) -> Iterator[Change]:
        """But for the waits of calls that had begun before."""
        for change in changes:
            if not isinstance(change.row, Entry) or change.row.interaction not in self._earlier:
                yield change

    # What people and phones did.

    def _input(self, about: Any, at: datetime) -> None:
        self._on_the_line(about, at)
        if isinstance(about, STAFF):
            self._staff.append((at, cast(Staff, about)))
            if isinstance(about, LogIn):
                self._agents[about.agent] = None
        elif isinstance(about, FOLLOWED):
            self._about_call(about, at)
        elif type(about) in NOT_FOLLOWED:
            self._left_out[NOT_FOLLOWED[type(about)]] += 1
        elif isinstance(about, CallArrived) and self._picks_up(about, at):
            self._left_out[PICKED_UP] += 1

    def _picks_up(self, about: CallArrived, at: datetime) -> bool:
        """Whether it has become part of another's call just now."""
        leg = self._replay.state.legs.get(about.channel)
        return leg is not None and leg.role is not Role.CALLER and leg.asked_at == at

    def _on_the_line(self, about: Any, at: datetime) -> None:
        channel = getattr(about, "channel", None)
        if channel in self._rings:
            self._phone(self._rings[channel], about, at)
        if channel in self._callers and isinstance(about, LegLeft | LegGone):
            self._callers[channel].leave(at)
        if isinstance(about, LegGone):
            self._rings.pop(about.channel, None)
            self._callers.pop(about.channel, None)
        elif isinstance(about, PlaybackEnded):
            self._played(about.playback, at)

    def _played(self, playback: PlaybackId, at: datetime) -> None:
        """One that ends with its channel was shorter than the sound is."""
        if playing := self._playing.pop(playback, None):
            media, since = playing
            self._sounds[media] = max(at - since, self._sounds.get(media, timedelta()))

    def _phone(self, ring: RingTrack, about: Fact, at: datetime) -> None:
        match about:
            case LegRinging():
                ring.ring(at)
            case LegAnswered():
                ring.answer(at)
            case DigitPressed(secret=False):
                ring.accept(at)
            case LegGone(channel=channel):
                talk = ring.call.talk if channel not in self._callers else None
                if ring.answered and not ring.over and talk and not ring.call.consulted:
                    talk.end(at, Ender.AGENT, about.cause)
                ring.end(at, about.cause, about.sip_status)

    def _about_call(self, request: Any, at: datetime) -> None:
        if isinstance(request, RequestCallback):
            if call := self._of.get(request.interaction):
                call.do(Does.CALLBACK, at)
            return
        talk = self._talks.get(request.agent)
        if talk is None:
            return
        match request:
            case Transfer() | TransferToAgent():
                talk.end(at, Ender.TRANSFER, to=request)
            case EndCall():
                talk.end(at, Ender.AGENT)
            case Consult():
                talk.call.consulted = True
                self._left_out["consultations"] += 1
            case _:
                talk.closing.append((at - talk.began, request))

    # What was decided.

    def _row(self, change: Change, about: Any, at: datetime) -> None:
        match change.row:
            case Interaction() as row:
                self._interaction(row, about, at, live=change.live)
            case Entry(kind=EntryKind.CALLER) as row if row.interaction in self._of:
                call = self._of[row.interaction]
                if change.live:
                    call.enter(row.queue)
                elif row.outcome is EntryOutcome.QUEUE_EXIT:
                    call.do(Does.EXIT, at)
            case Offer(outcome=OfferOutcome.ANSWERED) as row if row.interaction in self._of:
                if talk := self._of[row.interaction].talk:
                    self._talks[row.agent] = talk

    def _interaction(self, row: Interaction, about: Any, at: datetime, *, live: bool) -> None:
        # Who picks up arrives, too, in a call of somebody else.
        begins = isinstance(about, CallArrived) and about.channel == row.caller_channel
        if row.id not in self._of and begins and live:
            call = CallTrack(at=at, arrived=about, waits_since=at)
            self._calls.append(call)
            self._of[row.id] = call
        if row.id in self._of and row.caller_channel and row.caller_channel not in self._callers:
            # Also of one who is called back.
            self._callers[row.caller_channel] = self._of[row.id]
            self._of[row.id].let_go = False
        if not live:
            self._of.pop(row.id, None)

    def _effect(self, effect: Effect, at: datetime) -> None:
        channel = getattr(effect, "channel", None)
        match effect:
            case Ring(channel=channel):
                call, leg = self._of.get(maker_of(channel.id)), self._replay.state.legs.get(channel)
                if call and leg and leg.role in PHONES:
                    phone = (effect.endpoint, effect.auto_answer)
                    self._rings[channel] = call.ring(phone, at)
            case StopPlay():
                # What is cut does not say how long it is.
                self._playing.pop(effect.playback, None)
            case Play(media=media) if not is_ours(media):
                self._playing[effect.playback] = (media, at)
            case _ if channel in self._callers:
                _caller_does(self._callers[channel], effect, at)
        if channel in self._rings:
            _phone_does(self._rings[channel], effect, at)


def _caller_does(call: CallTrack, effect: Effect, at: datetime) -> None:
    match effect:
        case HangUp() | GiveBack():
            call.let_go = True
        case Join(bridge=bridge) if bridge == HOLDING:
            call.begin_wait(at)
        case Join():
            call.begin_talk(at)


def _phone_does(ring: RingTrack, effect: Effect, at: datetime) -> None:
    match effect:
        case HangUp():
            ring.take_back(at, missed=effect.reason is Reason.NO_ANSWER)
        case Play():
            ring.seen = replace(ring.seen, prompted=True)


def _beginning(state: State) -> Iterator[Staff]:
    """What leads to the agents as they are."""
    yield Apply(revision=revision(Settings(), state.settings))
    for node in state.nodes.values():
        phones = (phone for phone in state.phones.values() if phone.node == node.id)
        contacts = {phone.extension: phone.contacts for phone in phones}
        yield NodeUp(node=node.id, contacts=contacts, started=node.started)
    for agent in state.agents.values():
        if agent.project is None:
            continue
        yield LogIn(agent=agent.id, project=agent.project, queues=agent.chosen)
        if agent.status and agent.status != AVAILABLE:
            yield SetStatus(agent=agent.id, status=agent.status)
        if agent.override:
            yield OverrideHours(agent=agent.id)
