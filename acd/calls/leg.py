"""A leg: one channel of an interaction, from the moment we ask for it until it is gone."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from acd.ids import AgentId, BridgeId, Channel, ExtensionNumber, InteractionId, TrunkName


class Role(StrEnum):
    CALLER = "caller"
    AGENT = "agent"
    TARGET = "target"
    SUPERVISOR = "supervisor"
    SNOOP = "snoop"


class LegState(StrEnum):
    ASKED = "asked"
    RINGING = "ringing"
    UP = "up"
    ENDING = "ending"


class LegMove(StrEnum):
    RING = "ring"
    ANSWER = "answer"
    HANG_UP = "hang_up"


L, M = LegState, LegMove
TRANSITIONS: dict[tuple[LegState, LegMove], LegState] = {
    (L.ASKED, M.RING): L.RINGING,
    (L.ASKED, M.ANSWER): L.UP,
    (L.RINGING, M.ANSWER): L.UP,
    (L.ASKED, M.HANG_UP): L.ENDING,
    (L.RINGING, M.HANG_UP): L.ENDING,
    (L.UP, M.HANG_UP): L.ENDING,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    channel: Channel
    interaction: InteractionId
    role: Role
    agent: AgentId | None = None
    state: LegState = LegState.ASKED
    bridge: BridgeId | None = None
    """Where we have put it, or asked to."""
    doubted: bool = False
    """Something of that has failed: when the leg is due it is put there again."""
    made: bool = True
    """We asked for the channel; else it came to us."""
    listens_to: Channel | None = None
    trunk: TrunkName | None = None
    """The carrier over whom it goes."""
    extension: ExtensionNumber | None = None
    """Whose phone it is on, if it is one of ours; None in rows of a time when that was not kept."""
    asked_at: datetime
    up_at: datetime | None = None
    ended_at: datetime | None = None
    due: datetime | None = None
    cause: int | None = None
    sip_status: int | None = None

    @property
    def key(self) -> Channel:
        return self.channel

    @property
    def up(self) -> bool:
        return self.state is LegState.UP

    def move(self, move: LegMove) -> Self | None:
        """The leg after the move; None where the move means nothing any more."""
        state = TRANSITIONS.get((self.state, move))
        return None if state is None else replace(self, state=state)
