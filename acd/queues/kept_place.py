"""The place of a caller who has hung up while waiting, and has it again by ringing soon."""

from dataclasses import dataclass
from datetime import datetime

from acd.ids import QueueName


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPlace:
    queue: QueueName
    caller: str
    order_since: datetime
    due: datetime
    """Until then."""

    @property
    def key(self) -> tuple[QueueName, str]:
        return (self.queue, self.caller)
