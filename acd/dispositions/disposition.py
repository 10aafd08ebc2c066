"""A disposition: the closing of a call by the agent who had it. It is made once and kept for
reports; nothing about it changes."""

from dataclasses import dataclass
from datetime import datetime

from acd.ids import AgentId, InteractionId, OfferId, ProjectName, QueueName, ResultCodeName
from acd.settings import CodeCategory


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    offer: OfferId
    """By which the agent got the call: one may get it twice, and closes it each time."""
    interaction: InteractionId
    agent: AgentId
    project: ProjectName | None
    queue: QueueName | None
    code: ResultCodeName
    category: CodeCategory
    """What the code meant then; a later version of the configuration may say otherwise."""
    note: str = ""
    tags: tuple[str, ...] = ()
    automatic: bool = False
    """The queue's default code: nobody has chosen one."""
    at: datetime

    @property
    def key(self) -> OfferId:
        return self.offer

    @property
    def due(self) -> None:
        return None
