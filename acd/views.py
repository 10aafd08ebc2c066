"""What one part shows another: frozen pictures, neither facts nor decisions."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from acd.facts import CallArrived
from acd.ids import BridgeId, ChannelId, ExtensionNumber, NodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundChannel:
    """A channel in our application, as Asterisk shows it."""

    id: ChannelId
    up: bool
    bridge: BridgeId | None = None
    arrived: CallArrived | None = None
    """It came to us by itself; this is how."""
    extension: ExtensionNumber | None = None
    """Its endpoint, which is one if it is a phone of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a node has of ours, and which phones are registered there."""

    node: NodeId
    channels: Mapping[ChannelId, FoundChannel]
    bridges: frozenset[BridgeId] = frozenset()
    contacts: Mapping[ExtensionNumber, tuple[str, ...]] = field(default_factory=dict)
    started: str = ""
    """When this Asterisk was started."""
