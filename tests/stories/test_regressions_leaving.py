"""Bugs that the property test has found where callers leave a queue, each as the shortest story."""

from acd.effects import Watch
from acd.ids import AgentId
from acd.requests import Consult
from acd.targets import Target
from acd.waits import Leaving
from tests.stories.acd import SALES, SERVICE, Acd, one_queue, queue_settings, settings


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


def test_a_timeout_put_off_while_the_node_is_away_comes_though_more_was_due_with_it() -> None:
    """The timeout was put off, the exclusion that ended in the same instant was not looked at: its
    deadline was not planned again, and with it the timeout. The caller would have waited for
    ever."""
    about = Leaving(timeout_s=31, timeout_to=Target.of("hangup:normal"))
    acd = Acd(one_queue("ayse", leaving=about))
    acd.at_work("ayse")
    acd.calls("first")
    acd.rings("ayse")
    acd.pass_time(1)
    acd.rejects("ayse", 603)
    [entry] = acd.world.core.state.entries.values()
    assert [each.until for each in entry.excluded] == [entry.timeout_at]
    acd.world.lose_node()
    acd.pass_time(31)
    acd.world.reconnect()
    acd.pass_time(1)
    acd.expect_outcomes("Entry", "queue_timeout")
    assert not acd.is_there("first")
    acd.all_go_home()


def test_a_caller_whom_a_phone_has_answered_and_left_within_one_commit_was_answered() -> None:
    """Nothing of the talk was kept, so the call seemed to be abandoned, and by us."""
    about = Leaving(timeout_s=20, timeout_to=Target.of("extension:1003"))
    acd = Acd(one_queue("ayse", leaving=about))
    acd.calls("first")
    acd.pass_time(20)
    world = acd.world
    [phone] = [on.channel for on in world.asterisk.channels.values() if on.endpoint]
    world.asterisk.answer(phone)
    while world.asterisk.events or world.lanes:
        if world.lanes:
            world.perform(next(iter(world.lanes)))
        else:
            world.deliver()
    world.asterisk.end(phone)
    world.crash()
    world.settle()
    acd.expect_outcomes("Interaction", "answered")
    acd.all_go_home()


def test_an_end_that_could_not_be_watched_for_is_asked_for_again() -> None:
    """Who had picked up a call and hung up was held to be there until the next look."""
    acd = Acd(one_queue("ayse"))
    caller = acd.world.asterisk.call("700")
    acd.world.deliver()
    [lane] = acd.world.lanes
    assert isinstance(acd.world.lanes[lane][0], Watch)
    acd.world.fail(lane, unreachable=False)
    acd.world.settle()
    assert not acd.world.asterisk.channels[caller].watched
    acd.pass_time(10)
    assert acd.world.asterisk.channels[caller].watched
    acd.all_go_home()


def test_who_consults_waits_on_when_the_winner_leaves_before_the_two_are_together() -> None:
    """The consulting agent was held to talk again, with a caller on hold: a second consult could be
    asked for, and its wait outlived the agent."""
    service = queue_settings(SERVICE, "701", "baris", whisper="sound:service")
    acd = Acd(settings(queue_settings(SALES, "700", "ayse"), service))
    acd.at_work("ayse", "baris")
    acd.calls("first")
    acd.takes("ayse")
    acd.ask(Consult(agent=AgentId("ayse"), queue=SERVICE))
    acd.takes("baris")
    acd.expect(ayse="held", baris="reserved")
    acd.agent_hangs_up("baris")
    acd.expect(ayse="held")
    acd.all_go_home()
