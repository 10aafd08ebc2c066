"""A device: one way to ring an agent."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from acd.ids import ChannelId, ExtensionNumber, NodeId
from acd.settings import RingMode

REST = timedelta(milliseconds=500)
"""How long a phone needs to be on hook again after we ended its leg."""
HANGING_UP = timedelta(seconds=2)
"""Some need longer, and say so long that they are busy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """What is registered for an extension, whether or not an agent has it just now."""

    node: NodeId
    extension: ExtensionNumber
    contacts: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[NodeId, ExtensionNumber]:
        return (self.node, self.extension)

    @property
    def due(self) -> None:
        return None


class DeviceKind(StrEnum):
    EXTENSION = "extension"
    MOBILE = "mobile"


class Trouble(StrEnum):
    """Why a device is left alone, in words for the agent."""

    DEAD = "did not ring"
    BUSY = "was busy"
    DO_NOT_DISTURB = "wants not to be disturbed"
    FORWARDING = "is forwarded to another number"
    NO_CODEC = "has no codec in common with us"
    EMPTY_CHAIR = "answered by itself, and nobody spoke"


STAGES: dict[RingMode, tuple[tuple[DeviceKind, ...], ...]] = {
    RingMode.EXTENSION: ((DeviceKind.EXTENSION,),),
    RingMode.MOBILE: ((DeviceKind.MOBILE,),),
    RingMode.SIMULTANEOUS: ((DeviceKind.EXTENSION, DeviceKind.MOBILE),),
    RingMode.EXTENSION_THEN_MOBILE: ((DeviceKind.EXTENSION,), (DeviceKind.MOBILE,)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    kind: DeviceKind
    endpoints: tuple[str, ...] = ()
    """What to dial, all at once; none while nothing is reachable."""
    legs: tuple[ChannelId, ...] = ()
    rest_until: datetime | None = None
    out_until: datetime | None = None
    """It failed, or said it was busy: left alone until then or until it registers anew."""
    trouble: Trouble | None = None
    """What of the two it was."""
    ended_at: datetime | None = None
    """When a leg was last gone there that we had ended."""

    @property
    def usable(self) -> bool:
        return bool(self.endpoints) and not (self.legs or self.rest_until or self.out_until)

    def at(self, now: datetime) -> Self:
        """The device without the rests that are over."""
        device = self if self.out_until is None or self.out_until > now else self.tried_again()
        rests = self.rest_until and self.rest_until > now
        return replace(device, rest_until=self.rest_until if rests else None)

    def left_alone(self, until: datetime, trouble: Trouble) -> Self:
        return replace(self, out_until=until, trouble=trouble)

    def tried_again(self) -> Self:
        """No longer left alone."""
        return replace(self, out_until=None, trouble=None)

    def still_hangs_up(self, now: datetime) -> bool:
        """Whether it may say it is busy with what we have just ended."""
        return self.ended_at is not None and now - self.ended_at <= HANGING_UP
