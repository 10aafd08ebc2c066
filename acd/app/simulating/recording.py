"""What was recorded of a time: what people and phones did, and when. Spans are counted from the
beginning of what they belong to, so that all of it can happen at another moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from acd.app.simulating.figures import Figures
from acd.facts import CallArrived, ClockStepped, ContactsChanged, NodeUp
from acd.ids import AgentId, QueueName
from acd.requests import (
    Apply,
    ChooseQueues,
    FinishAcw,
    LogIn,
    LogOut,
    OverrideHours,
    SetStatus,
    SubmitDisposition,
    Transfer,
    TransferToAgent,
)

Closing = FinishAcw | SubmitDisposition
Onward = Transfer | TransferToAgent
Staff = (
    LogIn
    | LogOut
    | SetStatus
    | OverrideHours
    | ChooseQueues
    | Apply
    | ContactsChanged
    | ClockStepped
    | NodeUp
)
"""What agents and phones do that belongs to no call, and the configurations."""


class Does(StrEnum):
    """What a caller does who waits."""

    EXIT = "exit"
    """Presses the key that leaves the queue."""
    CALLBACK = "callback"
    """Wants to be called back."""


class Ender(StrEnum):
    CALLER = "caller"
    AGENT = "agent"
    TRANSFER = "transfer"
    """Nobody hangs up: the agent sends the caller to another queue, or to a colleague."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """One stretch of waiting, in one queue or several."""

    lasted: timedelta
    gave_up: bool
    """The caller hung up. If not, nobody knows for how long the caller would have waited."""
    queue: QueueName | None = None
    """The first of the queues."""
    does: tuple[tuple[timedelta, Does], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """From when the caller was brought to somebody until one of them left."""

    lasted: timedelta
    queue: QueueName | None = None
    ender: Ender = Ender.CALLER
    cause: int | None = None
    to: Onward | None = None
    """Of a transfer: where the caller was sent."""
    closing: tuple[tuple[timedelta, Closing], ...] = ()
    """What the agent did about it, counted from the beginning of the talk."""
    cut: bool = False
    """The recording ends before the talk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """What came of the ringing of one phone; counted from when it was asked,
    or where it says so from the answer."""

    rings: timedelta | None = None
    answers: timedelta | None = None
    accepts: timedelta | None = None
    """When the key that accepts was pressed, counted from the answer."""
    prompted: bool = False
    """The phone was asked to press the key."""
    leaves: timedelta | None = None
    """When it was hung up before anybody else was there, counted from the answer."""
    ends: timedelta | None = None
    """When it ended without an answer, by itself."""
    cause: int | None = None
    sip_status: int | None = None
    cut: timedelta | None = None
    """When the ringing was taken back: what would have come of it nobody knows."""


Phone = tuple[str, bool]
"""A dial string, and whether the phone was told to answer by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    number: int
    """Calls are counted from 0."""
    at: datetime
    arrived: CallArrived
    waits: tuple[Wait, ...]
    talks: tuple[Talk, ...]
    reactions: Mapping[Phone, tuple[Reaction, ...]]
    queued: bool
    """It has come into a queue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    begins: datetime
    ends: datetime
    lines: tuple[int, int]
    calls: tuple[Call, ...]
    staff: tuple[tuple[datetime, Staff], ...]
    figures: Figures
    versions: tuple[str, ...]
    """Of the programs that have written the lines."""
    agents: frozenset[AgentId]
    """Who was logged in."""
    sounds: Mapping[tuple[str, ...], timedelta] = field(default_factory=dict)
    """How long what was played to its end has lasted."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """What does not happen again, and how often it was."""
