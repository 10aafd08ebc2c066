"""Who picks up arrives like a caller, and is none."""

from dataclasses import replace
from datetime import timedelta

from tests.stories.acd import SALES, queue_settings
from tests.stories.test_groups import house, phones
from tests.unit.app.simulating.days import Day, again, ends, recorded


def ringing() -> Day:
    """At Ayşe's."""
    day = Day(house())
    day.at_work("ayse", "baris", "cem")
    day.calls("first")
    day.rings("ayse")
    return day


def picked_up(day: Day) -> None:
    """By Barış, who talks for 20 s."""
    phones(day, "baris", "*8")
    day.pass_time(20)
    day.caller_hangs_up("first")
    day.rests(60)


def test_a_call_that_was_picked_up_is_one_call_and_that_it_was_is_left_out() -> None:
    day = ringing()
    picked_up(day)
    recording = recorded(day)
    [call] = recording.calls
    assert call.arrived.number == "700"
    assert [talk.lasted for talk in call.talks] == [timedelta(seconds=20)]
    assert recording.left_out == {"calls that were picked up": 1}


def test_who_picks_up_a_call_that_had_begun_before_is_no_caller() -> None:
    day = ringing()
    reader = day.snapshot()
    picked_up(day)
    recording = recorded(day, reader)
    assert recording.calls == ()
    assert recording.left_out == {"calls that had begun before": 1, "calls that were picked up": 1}


def test_who_dialled_in_vain_may_pick_up_now_and_the_caller_stays_the_caller() -> None:
    """Cem, who is in the queue now, is rung for the second one when Barış dials: they talk as long
    as the first one did, and not until the second one gave up."""
    day = ringing()
    day.pass_time(5)
    day.answers("ayse")
    day.pass_time(3)
    day.calls("second")
    day.pass_time(1)
    phones(day, "baris", "*8")
    day.pass_time(20)
    day.caller_hangs_up("second")
    day.pass_time(30)
    day.caller_hangs_up("first")
    day.rests(100)
    recording = recorded(day)
    assert ends(recording) == {"answered": 1, "after 5.0": 1, "abandoned": 1}
    assert recording.left_out == {}
    more = {SALES: queue_settings(SALES, "700", "ayse", "cem")}
    found = again(recording, replace(house(), queues=more))
    assert ends(found) == {"answered": 2, "after 5.0": 1, "after 2.0": 1}
    assert found.figures.busy == 2 * recording.figures.busy
