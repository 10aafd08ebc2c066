"""Versions of the configuration that were applied while calls went on."""

from tests.stories.acd import SERVICE, one_queue
from tests.unit.app.simulating.days import Day, again, ends, recorded
from tests.unit.distributor.scenes import TWO_QUEUES


def test_a_removed_queue_of_which_a_later_version_tells_again_may_be_gone_already() -> None:
    """Who was in it had come before the snapshot, and is left out."""
    day = Day(TWO_QUEUES)
    day.at_work("ayse")
    day.calls("first", "701")
    day.world.apply(one_queue("ayse"))
    reader = day.snapshot()
    day.calls("second")
    day.takes("ayse")
    day.world.apply(one_queue("ayse", "baris"))
    day.pass_time(7)
    day.caller_hangs_up("second")
    day.rests(60)
    recording = recorded(day, reader)
    assert ends(again(recording)) == ends(recording) == {"answered": 1, "after 0.0": 1}
    assert ends(again(recording), SERVICE) == {}
