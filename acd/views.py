"""What one part shows another: how Asterisk is found, and what the core has made of an input."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from acd.effects import Effect
from acd.facts import CallArrived, Fact
from acd.ids import BridgeId, ChannelId, ExtensionNumber, NodeId
from acd.requests import Request


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


Kind = Literal["fact", "request", "deadline", "quarantine"]
Outcome = Literal["ok", "refused", "bug"]
Input = Fact | Request | str | None
"""A deadline has None for it, a quarantine the id of its owner."""


class Change(Protocol):
    """A row as it is after an input; live: it is still part of the state."""

    @property
    def row(self) -> Any: ...
    @property
    def live(self) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One input of the core, what it led to, and what became of it."""

    at: datetime
    kind: Kind
    input: Input
    effects: tuple[Effect, ...] = ()
    changes: Sequence[Change] = ()
    outcome: Outcome = "ok"
    detail: str = ""
    """Why it was refused, or the bug's traceback."""
