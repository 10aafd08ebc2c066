"""What is compared, by its formulas."""

from datetime import UTC, datetime, timedelta

import pytest

from acd.app.simulating.figures import Waits
from acd.ids import EntryId, InteractionId
from acd.queues.entry import Entry, EntryKind, EntryOutcome
from acd.requests import SetStatus
from acd.settings import AVAILABLE
from tests.stories.acd import SALES, one_queue
from tests.unit.app.simulating.days import Day, recorded
from tests.unit.distributor.scenes import AYSE, LUNCH
from tests.unit.distributor.test_hours import MORNING, hours

THEN = datetime(2026, 1, 5, 9, tzinfo=UTC)


def ended(outcome: EntryOutcome, after_s: float) -> Entry:
    return Entry(
        id=EntryId("1-1-1.1"),
        interaction=InteractionId("1-1"),
        queue=SALES,
        kind=EntryKind.CALLER,
        channel=None,
        order_since=THEN,
        entered_at=THEN,
        outcome=outcome,
        ended_at=THEN + timedelta(seconds=after_s),
    )


def waits(*those: tuple[int, EntryOutcome, float]) -> Waits:
    found = Waits()
    for count, outcome, after_s in those:
        for _ in range(count):
            found.take(ended(outcome, after_s))
    return found


def test_the_golden_vector() -> None:
    """1,000 answered, 860 of them in time; 60 hung up, 30 left by the key, 25 timed out."""
    found = waits(
        (860, EntryOutcome.ANSWERED, 20),
        (140, EntryOutcome.ANSWERED, 20.05),
        (60, EntryOutcome.ABANDONED, 5),
        (30, EntryOutcome.QUEUE_EXIT, 5),
        (25, EntryOutcome.QUEUE_TIMEOUT, 60),
    )
    assert found.in_time(20) / found.counted == pytest.approx(0.7890, abs=0.00005)
    assert found.count == 1115
    assert found.abandon_rate == pytest.approx(90 / 1115)
    assert found.asa_s == pytest.approx((860 * 20 + 140 * 20.05) / 1000)


def test_of_nothing_there_are_no_rates() -> None:
    assert (Waits().asa_s, Waits().abandon_rate, Waits().counted) == (None, None, 0)


def test_several_queues_are_added_up() -> None:
    total = waits((1, EntryOutcome.ANSWERED, 4))
    total.add(waits((1, EntryOutcome.ANSWERED, 6), (1, EntryOutcome.ABANDONED, 1)))
    assert (total.count, total.asa_s, total.in_time(5)) == (3, 5, 1)


def test_ringing_is_idle_and_after_call_work_is_not() -> None:
    """Logged in at 1 s; rings from 12 to 15, talks till 45, ten seconds of work, idle till 65."""
    day = Day(one_queue("ayse"))
    day.at_work("ayse")
    day.pass_time(10)
    day.calls("first")
    day.rings("ayse")
    day.pass_time(3)
    day.answers("ayse")
    day.pass_time(30)
    day.caller_hangs_up("first")
    day.rests(21)
    figures = recorded(day).figures
    assert figures.busy == timedelta(seconds=40)
    assert figures.idle == timedelta(seconds=11 + 3 + 11)
    assert figures.occupancy == pytest.approx(40 / 65)


def test_breaks_and_off_hours_are_neither() -> None:
    """Half an hour to the end of the hours, of which five are a break."""
    day = Day(hours(*MORNING))
    day.at_work("ayse")
    day.pass_time(59)
    day.ask(SetStatus(agent=AYSE, status=LUNCH))
    day.pass_time(300)
    day.ask(SetStatus(agent=AYSE, status=AVAILABLE))
    day.rests(3600)
    figures = recorded(day).figures
    assert figures.idle == timedelta(seconds=1800 - 1 - 300)
    assert figures.occupancy == 0
