"""What is being recorded: calls, talks and ringing phones of which the end is not known yet."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from acd.app.simulating.recording import (
    Call,
    Closing,
    Does,
    Ender,
    Onward,
    Phone,
    Reaction,
    Talk,
    Wait,
)
from acd.facts import CallArrived
from acd.ids import QueueName


@dataclass(slots=True, kw_only=True)
class TalkTrack:
    """A talk, and what the agent does about it afterwards."""

    call: "CallTrack"
    began: datetime
    queue: QueueName | None
    ended: datetime | None = None
    ender: Ender = Ender.CALLER
    cause: int | None = None
    to: Onward | None = None
    closing: list[tuple[timedelta, Closing]] = field(default_factory=list)

    def end(
        self, at: datetime, ender: Ender, cause: int | None = None, to: Onward | None = None
    ) -> None:
        if self.ended is None:
            self.ended, self.ender, self.cause, self.to = at, ender, cause, to

    def talk(self, end: datetime) -> Talk:
        return Talk(
            lasted=(self.ended or end) - self.began,
            queue=self.queue,
            ender=self.ender,
            cause=self.cause,
            to=self.to,
            closing=tuple(self.closing),
            cut=self.ended is None,
        )


@dataclass(slots=True, kw_only=True)
class RingTrack:
    """One ringing of one phone."""

    call: "CallTrack"
    phone: Phone
    asked: datetime
    answered: datetime | None = None
    over: bool = False
    """We have hung up, or it has."""
    seen: Reaction = field(default_factory=Reaction)

    def ring(self, at: datetime) -> None:
        """A phone may say so more than once."""
        if self.seen.rings is None:
            self.seen = replace(self.seen, rings=at - self.asked)

    def answer(self, at: datetime) -> None:
        self.answered = at
        self.seen = replace(self.seen, answers=at - self.asked)

    def accept(self, at: datetime) -> None:
        if self.answered and self.seen.accepts is None:
            self.seen = replace(self.seen, accepts=at - self.answered)

    def end(self, at: datetime, cause: int | None, sip_status: int | None) -> None:
        """By itself."""
        if self.answered and not self.over and not self.call.talked_since(self.answered):
            leaves = at - self.answered
            self.seen = replace(self.seen, leaves=leaves, cause=cause)
        if self.answered is None and not self.over:
            ends = at - self.asked
            self.seen = replace(self.seen, ends=ends, cause=cause, sip_status=sip_status)
        self.over = True

    def take_back(self, at: datetime, *, missed: bool) -> None:
        """By us. missed: it has had its time, so that nothing would have come of it."""
        if self.answered is None and not missed and not self.over:
            self.seen = replace(self.seen, cut=at - self.asked)
        self.over = True

    def reaction(self, end: datetime) -> Reaction:
        self.take_back(end, missed=False)
        return self.seen


@dataclass(slots=True, kw_only=True)
class CallTrack:
    at: datetime
    arrived: CallArrived
    waits_since: datetime | None
    queue: QueueName | None = None
    """In which the caller waits, or waited last."""
    first: QueueName | None = None
    """The first of the present wait."""
    does: list[tuple[timedelta, Does]] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    talks: list[TalkTrack] = field(default_factory=list)
    rings: dict[Phone, list[RingTrack]] = field(default_factory=dict)
    let_go: bool = False
    """It was we who ended the caller's leg."""
    consulted: bool = False
    """From then on the talk is over when the caller leaves."""

    @property
    def talk(self) -> TalkTrack | None:
        """The one that goes on."""
        last = self.talks[-1] if self.talks else None
        return last if last and last.ended is None else None

    def talked_since(self, moment: datetime) -> bool:
        return bool(self.talks) and self.talks[-1].began >= moment

    def ring(self, phone: Phone, at: datetime) -> RingTrack:
        track = RingTrack(call=self, phone=phone, asked=at)
        self.rings.setdefault(phone, []).append(track)
        return track

    def enter(self, queue: QueueName) -> None:
        self.queue, self.first = queue, self.first or queue

    def begin_wait(self, at: datetime) -> None:
        if self.waits_since is None and not self.consulted:
            self.waits_since = at

    def end_wait(self, at: datetime, *, gave_up: bool = False) -> None:
        if self.waits_since is None:
            return
        lasted, does = at - self.waits_since, tuple(self.does)
        self.waits.append(Wait(lasted=lasted, gave_up=gave_up, queue=self.first, does=does))
        self.waits_since, self.first = None, None
        self.does.clear()

    def do(self, does: Does, at: datetime) -> None:
        if self.waits_since is not None:
            self.does.append((at - self.waits_since, does))

    def begin_talk(self, at: datetime) -> None:
        if self.talk is None and not self.consulted:
            self.end_wait(at)
            self.talks.append(TalkTrack(call=self, began=at, queue=self.queue))

    def leave(self, at: datetime) -> None:
        """The caller's leg is gone."""
        self.end_wait(at, gave_up=not self.let_go)
        if self.talk:
            self.talk.end(at, Ender.CALLER)

    def call(self, number: int, end: datetime) -> Call:
        self.end_wait(end)
        return Call(
            number=number,
            at=self.at,
            arrived=self.arrived,
            waits=tuple(self.waits),
            talks=tuple(talk.talk(end) for talk in self.talks),
            reactions={
                phone: tuple(ring.reaction(end) for ring in rings)
                for phone, rings in self.rings.items()
            },
            queued=self.queue is not None,
        )
