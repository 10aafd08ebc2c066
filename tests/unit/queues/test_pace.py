"""How long a wait will be, by how long those before it have been."""

from datetime import UTC, datetime, timedelta

from acd.ids import QueueName
from acd.queues.pace import FLOOR, OLDEST, SAMPLES, Pace

BEGIN = datetime(2026, 1, 5, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def answered(times: int, every: timedelta = MINUTE) -> tuple[Pace, datetime]:
    """So many answers, and somebody waits all along; and when the last was."""
    pace, now = Pace(queue=QueueName("sales")), BEGIN
    for _ in range(times):
        now += every
        pace = pace.answered(now, others_wait=True)
    return pace, now


def test_it_is_the_place_times_the_mean_time_between_answers() -> None:
    pace, now = answered(7)
    assert [pace.estimate(place, now) for place in (1, 2, 5)] == [MINUTE, 2 * MINUTE, 5 * MINUTE]


def test_of_few_nothing_is_said() -> None:
    assert answered(FLOOR)[0].estimate(1, answered(FLOOR)[1]) is None
    assert answered(FLOOR + 1)[0].estimate(1, answered(FLOOR + 1)[1]) == MINUTE


def test_a_time_in_which_nobody_waited_does_not_count() -> None:
    pace, now = answered(7)
    pace = pace.answered(now + MINUTE, others_wait=False)
    late = now + 30 * MINUTE
    pace = pace.answered(late, others_wait=True)
    assert max(sample.after for sample in pace.samples) == MINUTE
    pace = pace.answered(late + MINUTE, others_wait=True)
    assert pace.estimate(1, late + MINUTE) == MINUTE


def test_only_the_last_count_and_not_for_ever() -> None:
    pace, now = answered(100)
    assert len(pace.samples) == SAMPLES
    assert pace.estimate(1, now + OLDEST) is None
    assert (pace.key, pace.due) == ("sales", None)
