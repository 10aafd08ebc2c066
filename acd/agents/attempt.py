"""An attempt: one ringing of one device, and how its end is to be read."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from acd.agents.device import DeviceKind, Trouble
from acd.ids import AgentId, Channel, InteractionId, OfferId, PlaybackId

NO_RINGING = {
    DeviceKind.EXTENSION: timedelta(seconds=4),
    DeviceKind.MOBILE: timedelta(seconds=12),
}
"""A device that has not rung by then is dead."""
ACCEPT = timedelta(seconds=6)
"""An answered mobile may be the operator's voicemail: so long after it has been asked to press the
key it must have."""
ACCEPT_KEY = "1"
OUT = timedelta(seconds=30)
"""How long a device that failed is left alone."""

BUSY = timedelta(seconds=5)
"""How long a device that is merely busy is left alone."""

BUSY_STATUSES = (486, 600)


class AttemptOutcome(StrEnum):
    ANSWERED = "answered"
    MISSED = "missed"
    REJECTED = "rejected"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    CANCELLED = "cancelled"


WEIGHT = tuple(
    {
        AttemptOutcome.REJECTED: "a person said no",
        AttemptOutcome.MISSED: "a person could have answered",
        AttemptOutcome.BUSY: "the phone said no",
        AttemptOutcome.UNREACHABLE: "there was no phone",
    }
)
"""Of several attempts of one offer the first of these says how the offer ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    channel: Channel
    interaction: InteractionId
    offer: OfferId
    agent: AgentId
    device: DeviceKind
    endpoint: str = ""
    """What was dialled."""
    again: bool = False
    """For the second time: it was busy with what we had just ended."""
    auto_answer: bool = False
    """It was told to answer by itself."""
    ring_for: timedelta
    asked_at: datetime
    rang_at: datetime | None = None
    up_at: datetime | None = None
    prompt: PlaybackId | None = None
    due: datetime | None
    outcome: AttemptOutcome | None = None
    ended_at: datetime | None = None

    @property
    def key(self) -> Channel:
        return self.channel


def outcome_of_end(
    kind: DeviceKind, sip_status: int | None, rang_for: timedelta | None, *, answered: bool
) -> AttemptOutcome:
    """How to read a leg that ended by itself. The cause alone does not tell: rung out, dead and
    480 look identical in it. Of a mobile 480 is the carrier's word for one that is switched off."""
    if answered:
        return AttemptOutcome.MISSED
    if sip_status == 603:
        return AttemptOutcome.REJECTED
    if sip_status in BUSY_STATUSES:
        by_hand = rang_for is not None and rang_for >= timedelta(seconds=1)
        return AttemptOutcome.REJECTED if by_hand else AttemptOutcome.BUSY
    if sip_status == 480 and kind is DeviceKind.EXTENSION:
        return AttemptOutcome.BUSY
    if sip_status is not None and 300 <= sip_status < 400:
        return AttemptOutcome.BUSY
    return AttemptOutcome.UNREACHABLE


def outcome_of_deadline(attempt: Attempt) -> AttemptOutcome:
    if attempt.rang_at or attempt.up_at:
        return AttemptOutcome.MISSED
    return AttemptOutcome.UNREACHABLE


def trouble_of(outcome: AttemptOutcome, sip_status: int | None) -> Trouble:
    """What the agent is told of a device that is left alone after such an end."""
    if sip_status == 488:
        return Trouble.NO_CODEC
    if outcome is AttemptOutcome.UNREACHABLE:
        return Trouble.DEAD
    if sip_status == 480:
        return Trouble.DO_NOT_DISTURB
    return Trouble.BUSY if sip_status in BUSY_STATUSES else Trouble.FORWARDING


def out_for(outcome: AttemptOutcome, sip_status: int | None) -> timedelta | None:
    """How long the device is left alone after such an end; None: it may ring at once."""
    if outcome is AttemptOutcome.UNREACHABLE:
        return OUT
    if outcome is AttemptOutcome.BUSY:
        return BUSY if sip_status in BUSY_STATUSES else OUT
    return None
