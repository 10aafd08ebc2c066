"""Bugs that the property test has found where callers leave a queue, each as the shortest story."""

from acd.targets import Target
from acd.waits import Leaving
from tests.stories.acd import Acd, one_queue


def test_a_caller_sent_on_from_a_queue_that_is_gone_by_then_reaches_the_fallback() -> None:
    """The phone did not answer and there was no place to come back to: the call was ended twice,
    and the core failed."""
    about = Leaving(timeout_s=20, timeout_to=Target.of("extension:1003"))
    acd = Acd(one_queue("ayse", leaving=about))
    acd.calls("first")
    acd.pass_time(20)
    acd.applies(queues={}, routes={})
    acd.pass_time(30)
    assert not acd.is_there("first")
    assert len(acd.world.asterisk.given_back) == 1
    acd.expect_outcomes("Interaction", "failed")
    acd.all_go_home()
