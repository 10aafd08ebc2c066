"""What is to be done. Effects are plain data; the edges perform them.

Each names its lane: effects of one lane are performed in order, lanes side by side. All of them
are safe to perform twice, for after a gap what may not have been done is asked for again.
"""

from dataclasses import dataclass
from enum import StrEnum

from acd.ids import BridgeId, Channel, Lane, NodeId, PlaybackId


class Reason(StrEnum):
    """Why a channel is hung up, in ARI's words: it decides what the phone shows."""

    NORMAL = "normal"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    UNALLOCATED = "unallocated"
    CONGESTION = "congestion"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Have the end of an inbound channel reported, with its cause."""

    lane: Lane
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    lane: Lane
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalRinging:
    """Let a caller who is not answered yet hear that a phone rings."""

    lane: Lane
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp:
    lane: Lane
    channel: Channel
    reason: Reason = Reason.NORMAL


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveBack:
    """Return a channel to the dialplan's fallback: we can do nothing more for this caller."""

    lane: Lane
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmDeadMan:
    """Have Asterisk send the channel to the fallback if we do not ask again; 0 s disarms."""

    lane: Lane
    channel: Channel
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """Ring a device: make a channel to it that enters our application when it is answered."""

    lane: Lane
    channel: Channel
    endpoint: str
    caller: str
    caller_name: str
    timeout_s: int
    """Asterisk's own bound, longer than ours: it works when we are gone."""
    auto_answer: bool = False
    """The phone is told to answer by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoLine:
    """Ring nobody: the trunk has all the calls that it may have, and the leg is over at once."""

    lane: Lane
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeBridge:
    """Make a bridge in which people talk."""

    lane: Lane
    node: NodeId
    bridge: BridgeId


@dataclass(frozen=True, slots=True, kw_only=True)
class DestroyBridge:
    lane: Lane
    node: NodeId
    bridge: BridgeId


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Move a channel into a bridge, out of the one it was in."""

    lane: Lane
    channel: Channel
    bridge: BridgeId


@dataclass(frozen=True, slots=True, kw_only=True)
class StartMusic:
    lane: Lane
    channel: Channel
    music: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StopMusic:
    """End the music, out of the bridge in which all wait, if the channel does not talk already."""

    lane: Lane
    channel: Channel
    talks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    lane: Lane
    channel: Channel
    playback: PlaybackId
    media: tuple[str, ...]
    """One after the other."""
    language: str | None = None
    """Whose folder of sounds is looked into first; None is the channel's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopPlay:
    lane: Lane
    node: NodeId
    playback: PlaybackId


@dataclass(frozen=True, slots=True, kw_only=True)
class CountPackets:
    """See how many packets of voice have come by a channel; the answer is a fact."""

    lane: Lane
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Snoop:
    """Make a channel that hears what goes through another one."""

    lane: Lane
    channel: Channel
    of: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Tell the people who run the system of something that only they can mend."""

    lane: Lane
    text: str
    about: str


Effect = (
    Watch
    | Answer
    | SignalRinging
    | HangUp
    | GiveBack
    | ArmDeadMan
    | Ring
    | NoLine
    | MakeBridge
    | DestroyBridge
    | Join
    | StartMusic
    | StopMusic
    | Play
    | StopPlay
    | CountPackets
    | Snoop
    | Alarm
)
