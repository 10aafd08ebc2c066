"""What has happened. Facts cannot be refused: one that no longer matters changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from acd.effects import Effect
from acd.ids import BridgeId, Channel, ExtensionNumber, NodeId, PlaybackId, TrunkName


@dataclass(frozen=True, slots=True, kw_only=True)
class CallArrived:
    """A channel that we did not make has entered our application."""

    channel: Channel
    number: str
    caller: str
    caller_name: str = ""
    extension: ExtensionNumber | None = None
    """The provisioned phone that calls, if one does."""
    trunk: TrunkName | None = None
    """The carrier whose call it is, if it is one's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRinging:
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class LegAnswered:
    """A channel that we made is up and in our hands."""

    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class LegJoined:
    channel: Channel
    bridge: BridgeId


@dataclass(frozen=True, slots=True, kw_only=True)
class LegLeft:
    """A channel has left our application; it may live on in the dialplan."""

    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class LegGone:
    """A channel has ended: its Q.850 cause, and its SIP status where one came."""

    channel: Channel
    cause: int | None = None
    sip_status: int | None = None
    lost: bool = False
    """It went with its Asterisk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitPressed:
    channel: Channel
    digit: str
    secret: bool = True
    """Not to be written down: it may be of a card's number. Only the core knows better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackEnded:
    node: NodeId
    playback: PlaybackId


@dataclass(frozen=True, slots=True, kw_only=True)
class PacketsCounted:
    """So many packets of voice have come by a channel until now."""

    channel: Channel
    received: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsChanged:
    """The phones that are registered for an extension, and reachable, as dial strings."""

    node: NodeId
    extension: ExtensionNumber
    contacts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkChanged:
    """A carrier answers the question whether it is there, or does so no more."""

    node: NodeId
    trunk: TrunkName
    up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectFailed:
    """Something could not be done; unreachable means that Asterisk itself did not answer."""

    effect: Effect
    reason: str
    unreachable: bool = False


# What recovery finds when a node is reached again: these, and LegGone for what is missing.


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeLost:
    """Events of this node may be missing from here on."""

    node: NodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRemoved:
    """The configuration does not name this node any more: nobody will hear of its calls again."""

    node: NodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeMissing:
    """A bridge of ours is not there: never made, or destroyed and the record of it lost."""

    node: NodeId
    bridge: BridgeId


@dataclass(frozen=True, slots=True, kw_only=True)
class LegFound:
    """A channel of ours is still there: whether it is up, and in which bridge."""

    channel: Channel
    up: bool
    bridge: BridgeId | None
    alone: bool = False
    """Nobody else of ours is in that bridge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairFound:
    """A caller is in a bridge with a phone that we have rung, or that has picked up, and nobody
    knows of it: the crash came right after."""

    arrived: CallArrived
    other: Channel
    extension: ExtensionNumber
    """Whose phone that is, if it is one of ours."""
    picked: CallArrived | None = None
    """How the phone has come to us itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StrayFound:
    """A channel or a bridge in our application that nobody here owns."""

    channel: Channel | None = None
    node: NodeId
    bridge: BridgeId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeUp:
    """The node is reached, all findings are told, and its events come again."""

    node: NodeId
    contacts: Mapping[ExtensionNumber, tuple[str, ...]]
    started: str = ""
    """When this Asterisk was started: another one has lost the calls of the one before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStepped:
    """The clock on the wall was set: so much it is ahead now of ours, by which deadlines go."""

    ahead: timedelta


Fact = (
    CallArrived
    | LegRinging
    | LegAnswered
    | LegJoined
    | LegLeft
    | LegGone
    | DigitPressed
    | PlaybackEnded
    | PacketsCounted
    | ContactsChanged
    | TrunkChanged
    | EffectFailed
    | NodeLost
    | NodeRemoved
    | BridgeMissing
    | LegFound
    | PairFound
    | StrayFound
    | NodeUp
    | ClockStepped
)
