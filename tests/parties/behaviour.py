"""What a phone does when it is called, and when the caller gives up."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Ring, and answer after so many seconds. Without `ring` no 180 is sent before the 200."""

    after: float = 0.0
    ring: bool = True

    @property
    def rings(self) -> bool:
        """Whether a 180 is sent."""
        return self.ring


@dataclass(frozen=True, slots=True)
class Ring:
    """Ring until told otherwise (`call.answer()`, `call.reject(486)`) or cancelled."""

    @property
    def rings(self) -> bool:
        """Whether a 180 is sent."""
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """Never say anything final. With `trying` a 100 is sent, without it nothing at all."""

    trying: bool = True

    @property
    def rings(self) -> bool:
        """Whether a 180 is sent."""
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """Refuse with this status: at once, or after having rung so many seconds.

    `contact` goes into a 302, `reason` into a Reason header.
    """

    status: int
    after: float = 0.0
    contact: str | None = None
    reason: str | None = None

    @property
    def rings(self) -> bool:
        """Whether a 180 is sent."""
        return self.after > 0


Behaviour = Answer | Ring | Mute | Reject


class OnCancel(Enum):
    """What a ringing phone does with a CANCEL."""

    OBEY = auto()
    IGNORE = auto()
    """Rings on and does not even answer the CANCEL."""
    ANSWER = auto()
    """Answers the call, as if the 200 had crossed the CANCEL on the wire."""
