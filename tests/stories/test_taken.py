"""A waiting call that a person has given to an agent; each story also with a crash after every
effect."""

from collections.abc import Callable

from acd.ids import AgentId, InteractionId
from acd.requests import AssignEntry, TakeEntry
from acd.settings import Settings, Strategy
from tests.stories.acd import Acd, one_queue
from tests.stories.telling import Story, told


def call_of(acd: Acd, caller: str) -> InteractionId:
    """The caller's call as it is named now: a crash may have given it another name."""
    legs = acd.world.core.state.legs.values()
    found = [leg.interaction for leg in legs if leg.channel == acd._callers[caller]]
    return found[0] if found else InteractionId("gone")


def takes(acd: Acd, agent: str, caller: str) -> None:
    acd.ask(TakeEntry(agent=AgentId(agent), interaction=call_of(acd, caller)))


def assigns(acd: Acd, agent: str, caller: str) -> None:
    call = call_of(acd, caller)
    acd.ask(AssignEntry(agent=AgentId(agent), interaction=call, by="boss"))


def who_waits_behind_is_taken_by_somebody_else(acd: Acd) -> None:
    acd.at_work("ayse")
    acd.calls("first")
    acd.calls("second")
    acd.at_work("cem")
    takes(acd, "cem", "second")
    acd.takes("cem")
    acd.expect(ayse="ringing", cem="with second")
    acd.expect_waiting("first")
    acd.caller_hangs_up("second")
    acd.pass_time(11)
    acd.expect(cem="idle")


def of_all_who_ring_one_takes_it(acd: Acd) -> None:
    acd.at_work("ayse", "baris")
    acd.calls("first")
    acd.rings("ayse", "baris")
    acd.at_work("cem")
    takes(acd, "cem", "first")
    acd.pass_time(1)
    acd.expect(ayse="idle", baris="idle", cem="ringing")
    acd.rings("cem")
    acd.pass_time(21)
    acd.expect(ayse="ringing", baris="ringing")
    acd.takes("ayse")
    acd.expect(ayse="with first", cem="idle")


def who_is_given_a_call_refuses_it(acd: Acd) -> None:
    acd.calls("first")
    acd.calls("second")
    acd.at_work("cem")
    assigns(acd, "cem", "first")
    acd.rings("cem")
    acd.rejects("cem", 603)
    acd.expect_waiting("first", "second")
    acd.at_work("ayse")
    acd.takes("ayse")
    acd.expect(ayse="with first")


def who_leaves_is_taken_by_nobody(acd: Acd) -> None:
    acd.calls("first")
    acd.at_work("cem")
    assigns(acd, "cem", "first")
    acd.caller_hangs_up("first")
    acd.pass_time(1)
    acd.expect(cem="idle")
    acd.expect_outcomes("Offer", "caller_left")


STORIES: list[tuple[Story, Settings]] = [
    (who_waits_behind_is_taken_by_somebody_else, one_queue("ayse")),
    (of_all_who_ring_one_takes_it, one_queue("ayse", "baris", strategy=Strategy.RING_ALL)),
    (who_is_given_a_call_refuses_it, one_queue("ayse")),
    (who_leaves_is_taken_by_nobody, one_queue("ayse")),
]


@told(STORIES)
def test_story(tell: Callable[[], None]) -> None:
    tell()
