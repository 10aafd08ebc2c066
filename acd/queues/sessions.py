"""How many callers of a queue an agent may have at the same time."""

from acd.settings import QueueType

WHOLE = 100
"""Units of an agent's capacity."""


def sessions(kind: QueueType, weight: int) -> int:
    """Each takes weight units (1 to 100), in a queue of text; one who speaks takes all."""
    return WHOLE // weight if kind is QueueType.TEXT else 1
