"""A device: one way to ring an agent."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from acd.ids import ChannelId, ExtensionNumber, NodeId
from acd.settings import RingMode

REST = timedelta(milliseconds=500)
"""How long a phone needs to be on hook again after we ended its leg."""


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

    @property
    def usable(self) -> bool:
        return bool(self.endpoints) and not (self.legs or self.rest_until or self.out_until)

    def at(self, now: datetime) -> Self:
        """The device without the rests that are over."""
        return replace(
            self,
            rest_until=None if self.rest_until and self.rest_until <= now else self.rest_until,
            out_until=None if self.out_until and self.out_until <= now else self.out_until,
        )
