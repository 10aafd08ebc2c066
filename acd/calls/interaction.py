"""An interaction: what is counted and reported as one. Every id we make derives from it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from acd.ids import BridgeId, Channel, InteractionId, NodeId, ProjectName, QueueName
from acd.settings import Language


class InteractionOutcome(StrEnum):
    ANSWERED = "answered"
    ABANDONED = "abandoned"
    CALLBACK = "callback"
    ENDED_IN_FLOW = "ended_in_flow"
    """Sent to where a call ends, as configured."""
    FAILED = "failed"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    id: InteractionId
    node: NodeId
    caller: str
    number: str
    started_at: datetime
    project: ProjectName | None = None
    music: str | None = None
    """That of the route, for queues without one of their own."""
    language: Language | None = None
    """That of the route; None is that of the file."""
    caller_channel: Channel | None = None
    """The caller's channel; in a callback none until the customer is dialled."""
    queue: QueueName | None = None
    order_since: datetime | None = None
    """The queue it was last in, and its place there: what comes back has them again."""
    bridges: tuple[BridgeId, ...] = ()
    made: int = 0
    returned: bool = False
    """An agent's device has died in the talk once: it is not tried a second time."""
    reached: InteractionOutcome = InteractionOutcome.ABANDONED
    """The outcome, if it ended now."""
    outcome: InteractionOutcome | None = None
    ended_at: datetime | None = None

    @property
    def key(self) -> InteractionId:
        return self.id

    @property
    def due(self) -> None:
        return None
