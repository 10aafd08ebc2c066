"""Where a call can be sent: written kind:name everywhere."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class TargetKind(StrEnum):
    QUEUE = "queue"
    CALLBACK = "callback"
    """The caller hangs up, keeps the place and is called back; the name is a queue's."""
    EXTENSION = "extension"
    GROUP = "group"
    """A call group, all of whose extensions ring."""
    HANGUP = "hangup"


class HangupHow(StrEnum):
    """What a caller who is hung up on hears, where the call is not answered yet."""

    NORMAL = "normal"
    BUSY = "busy"
    CONGESTION = "congestion"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    kind: TargetKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"

    @classmethod
    def of(cls, text: str) -> Self:
        """queue:sales and the like. Raises ValueError."""
        kind, _, name = text.partition(":")
        return cls(kind=TargetKind(kind), name=name)
