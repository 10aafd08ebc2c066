"""What an agent is busy with. Every legal move of an assignment is a row of TRANSITIONS.

docs/agent-states.md is drawn from this table.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from acd.ids import AgentId, InteractionId, OfferId, QueueName, ResultCodeName


class Phase(StrEnum):
    RESERVED = "reserved"
    DIALLING = "dialling"
    TALKING = "talking"
    HELD = "held"
    ACW = "acw"


class Move(StrEnum):
    CONNECT = "connect"
    DIAL = "dial"
    HOLD = "hold"
    RESUME = "resume"
    WRAP_UP = "wrap_up"
    RELEASE = "release"


P, M = Phase, Move
TRANSITIONS: dict[tuple[Phase, Move], Phase | None] = {
    (P.RESERVED, M.CONNECT): P.TALKING,
    (P.RESERVED, M.DIAL): P.DIALLING,
    (P.RESERVED, M.RELEASE): None,
    (P.DIALLING, M.CONNECT): P.TALKING,
    (P.DIALLING, M.RELEASE): None,
    (P.TALKING, M.HOLD): P.HELD,
    (P.TALKING, M.WRAP_UP): P.ACW,
    (P.TALKING, M.RELEASE): None,
    (P.HELD, M.RESUME): P.TALKING,
    (P.HELD, M.WRAP_UP): P.ACW,
    (P.HELD, M.RELEASE): None,
    (P.ACW, M.RELEASE): None,
}


class IllegalMove(Exception):
    """The table has no such row: a bug, for requests are checked before they move anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    interaction: InteractionId
    offer: OfferId | None = None
    phase: Phase = Phase.RESERVED
    units: int = 100
    """Of the agent's 100; voice takes all of them."""
    acw_s: int = 0
    queue: QueueName | None = None
    """Whose call it is."""
    disposition: ResultCodeName | None = None
    """With what the agent has closed it."""

    @property
    def is_call(self) -> bool:
        """Whether the agent has, or has had, the caller: who only listens has no offer."""
        return self.offer is not None and self.phase in (Phase.TALKING, Phase.HELD, Phase.ACW)

    def move(self, move: Move, agent: AgentId) -> Self | None:
        """The assignment after the move; None when it is over."""
        if (self.phase, move) not in TRANSITIONS:
            raise IllegalMove(f"{agent}: {move} in {self.phase}")
        phase = TRANSITIONS[self.phase, move]
        return None if phase is None else replace(self, phase=phase)
