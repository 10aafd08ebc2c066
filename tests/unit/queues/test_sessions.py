"""The weight of a caller, as how many of them an agent may have at the same time."""

import pytest

from acd.queues.sessions import sessions
from acd.settings import QueueType


@pytest.mark.parametrize(
    ("weight", "at_a_time"), [(100, 1), (51, 1), (50, 2), (34, 2), (33, 3), (25, 4), (1, 100)]
)
def test_the_weight_says_how_many_sessions_of_text_there_are(weight: int, at_a_time: int) -> None:
    assert sessions(QueueType.TEXT, weight) == at_a_time
    assert sessions(QueueType.VOICE, weight) == 1
    assert sessions(QueueType.VIDEO, weight) == 1
