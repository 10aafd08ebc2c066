"""Groups of phones: all ring for one number, or one takes what rings at another; each story also
with a crash after every effect."""

from collections.abc import Callable
from dataclasses import replace

from acd.ids import AgentId, CallGroupName, ExtensionNumber, PickupGroupName
from acd.requests import SetStatus
from acd.settings import NOT_RESPONDING, CallGroup, Route, Settings
from acd.targets import Target
from acd.waits import Leaving
from tests.stories.acd import EXTENSIONS, SALES, Acd, queue_settings, settings
from tests.stories.telling import Story, told

RECEPTION = CallGroupName("reception")
PHONES = tuple(map(ExtensionNumber, ("1002", "1003", "1005")))
"""Of Barış, of Cem, and of nobody."""


def house(**sales: object) -> Settings:
    """Ayşe serves sales. A group rings at 600; all but Defne take each other's calls."""
    base = settings(queue_settings(SALES, "700", "ayse", **sales))
    group = CallGroup(name=RECEPTION, extensions=PHONES, ring_s=20)
    return replace(
        base,
        call_groups={RECEPTION: group},
        pickup_groups={PickupGroupName("office"): (ExtensionNumber("1001"), *PHONES)},
        routes={**base.routes, "600": Route(to=Target.of("group:reception"))},
    )


def phones(acd: Acd, who: str, number: str) -> None:
    acd.calls(who, number, extension=ExtensionNumber(EXTENSIONS.get(who, who)))


def phone(acd: Acd, number: str, does: str, *more: object) -> None:
    """The phones of that number, as far as they have been called, do something."""
    for on in list(acd.world.asterisk.channels.values()):
        if on.endpoint == f"PJSIP/{number}":
            getattr(acd.world.asterisk, does)(on.channel, *more)
    acd.world.settle()


def rings_at(acd: Acd, *numbers: str) -> None:
    if not acd.disturbed:
        found = [on.endpoint for on in acd.world.asterisk.channels.values() if on.endpoint]
        assert found == [f"PJSIP/{number}" for number in numbers]


def talk(acd: Acd, one: str, other: str) -> None:
    if not acd.disturbed:
        assert acd.world.hears(acd._callers[one], acd._callers[other])


# Call groups.


def all_phones_of_a_group_ring_and_the_first_has_the_call(acd: Acd) -> None:
    acd.world.register("1005")
    acd.calls("first", "600")
    rings_at(acd, *PHONES)
    phone(acd, "1002", "ring")
    phone(acd, "1003", "ring")
    phone(acd, "1003", "answer")
    acd.expect_talking("first", "1003")
    rings_at(acd, "1003")
    ended = [on for on in acd.world.asterisk.rung if on.endpoint != "PJSIP/1003"]
    assert acd.disturbed or all(on.answered_elsewhere for on in ended)
    acd.caller_hangs_up("first")
    acd.expect_outcomes("Interaction", "answered")


def two_of_a_group_answer_in_one_instant_and_one_has_the_call(acd: Acd) -> None:
    acd.calls("first", "600")
    for on in list(acd.world.asterisk.channels.values()):
        if on.endpoint:
            acd.world.asterisk.answer(on.channel)
    acd.world.settle()
    acd.expect_talking("first", "1002")
    rings_at(acd, "1002")


def who_is_on_a_call_is_left_out_of_the_group(acd: Acd) -> None:
    acd.world.register("1005")
    phones(acd, "1005", "1004")
    phone(acd, "1004", "answer")
    phones(acd, "baris", "600")
    rings_at(acd, "1004", "1003")
    phone(acd, "1003", "answer")
    acd.expect_talking("baris", "1003")


def a_group_whose_phones_are_all_in_use_is_busy(acd: Acd) -> None:
    phones(acd, "baris", "1003")
    phone(acd, "1003", "answer")
    acd.calls("first", "600")
    assert acd.disturbed or not acd.is_there("first")
    acd.expect_outcomes("Interaction", "failed")


def a_group_that_does_not_answer_is_given_up(acd: Acd) -> None:
    acd.calls("first", "600")
    phone(acd, "1002", "ring")
    acd.pass_time(21)
    assert acd.disturbed or not acd.is_there("first")


def who_has_waited_too_long_and_reaches_nobody_of_the_group_waits_on(acd: Acd) -> None:
    acd.calls("first")
    acd.pass_time(11)
    rings_at(acd, "1002", "1003")
    acd.pass_time(25)
    acd.expect_waiting("first")
    acd.at_work("ayse")
    acd.takes("ayse")
    acd.expect(ayse="with first")


def where_nobody_of_the_group_is_there_the_place_is_kept(acd: Acd) -> None:
    acd.world.unregister("1002")
    acd.world.unregister("1003")
    acd.calls("first")
    acd.pass_time(11)
    acd.expect_waiting("first")


def a_group_that_is_not_there_any_more_is_busy(acd: Acd) -> None:
    acd.applies(call_groups={})
    acd.calls("first", "600")
    assert acd.disturbed or not acd.is_there("first")
    acd.expect_outcomes("Interaction", "failed")


# Pickup groups.


def a_private_call_is_taken_at_a_colleagues_phone(acd: Acd) -> None:
    phones(acd, "ayse", "1002")
    phone(acd, "1002", "ring")
    phones(acd, "cem", "*8")
    talk(acd, "ayse", "cem")
    rings_at(acd)
    acd.expect(ayse="logged out", baris="logged out")
    acd.caller_hangs_up("cem")
    assert acd.disturbed or not acd.is_there("ayse")
    acd.expect_outcomes("Interaction", "answered")


def a_phone_of_nobody_takes_a_call_of_a_group(acd: Acd) -> None:
    acd.calls("first", "600")
    acd.world.register("1005")
    phones(acd, "1005", "*8")
    talk(acd, "first", "1005")
    rings_at(acd)


def an_offer_becomes_that_of_who_picks_it_up(acd: Acd) -> None:
    acd.at_work("ayse", "baris")
    acd.calls("first")
    acd.rings("ayse")
    phones(acd, "baris", "*8")
    acd.expect(baris="with first")
    acd.pass_time(1)
    acd.expect(ayse="idle")
    acd.expect_outcomes("Offer", "lost_race", "answered")
    acd.caller_hangs_up("first")
    acd.expect(baris="acw")
    acd.pass_time(11)
    acd.expect(baris="idle")
    assert acd.world.core.state.agents[AgentId("ayse")].misses == 0


def who_picks_up_and_hangs_up_ends_the_call(acd: Acd) -> None:
    acd.at_work("ayse", "baris")
    acd.calls("first")
    phones(acd, "baris", "*8")
    acd.caller_hangs_up("baris")
    acd.expect(baris="acw")
    assert acd.disturbed or not acd.is_there("first")
    acd.expect_outcomes("Interaction", "answered")


def what_has_rung_for_longest_is_taken_first(acd: Acd) -> None:
    acd.at_work("ayse", "cem")
    phones(acd, "defne", "1002")
    acd.calls("first")
    phones(acd, "cem", "*8")
    talk(acd, "defne", "cem")
    acd.expect(ayse="ringing")


def who_may_not_have_what_rings_first_gets_what_comes_next(acd: Acd) -> None:
    acd.at_work("ayse")
    acd.calls("first")
    phones(acd, "defne", "1002")
    phones(acd, "cem", "*8")
    talk(acd, "defne", "cem")
    acd.expect(ayse="ringing")


def who_is_not_available_takes_no_offer(acd: Acd) -> None:
    acd.at_work("ayse", "baris")
    acd.ask(SetStatus(agent=AgentId("baris"), status=NOT_RESPONDING))
    acd.calls("first")
    phones(acd, "baris", "*8")
    acd.expect(ayse="ringing", baris="not available")
    acd.expect_outcomes("Interaction", "failed")
    acd.takes("ayse")
    acd.expect(ayse="with first")


def where_nothing_rings_the_phone_says_so(acd: Acd) -> None:
    acd.at_work("ayse", "baris")
    acd.calls("first")
    acd.takes("ayse")
    phones(acd, "baris", "*8")
    acd.pass_time(1)
    acd.expect(ayse="with first", baris="idle")
    acd.expect_outcomes("Interaction", "failed")


def who_is_in_no_group_takes_nothing(acd: Acd) -> None:
    acd.at_work("ayse", "defne")
    acd.calls("first")
    phones(acd, "defne", "*8")
    acd.expect(ayse="ringing")


TO_GROUP = house(leaving=Leaving(timeout_s=10, timeout_to=Target.of("group:reception")))
STORIES: list[tuple[Story, Settings]] = [
    (all_phones_of_a_group_ring_and_the_first_has_the_call, house()),
    (two_of_a_group_answer_in_one_instant_and_one_has_the_call, house()),
    (who_is_on_a_call_is_left_out_of_the_group, house()),
    (a_group_whose_phones_are_all_in_use_is_busy, house()),
    (a_group_that_does_not_answer_is_given_up, house()),
    (a_group_that_is_not_there_any_more_is_busy, house()),
    (who_has_waited_too_long_and_reaches_nobody_of_the_group_waits_on, TO_GROUP),
    (where_nobody_of_the_group_is_there_the_place_is_kept, TO_GROUP),
    (a_private_call_is_taken_at_a_colleagues_phone, house()),
    (a_phone_of_nobody_takes_a_call_of_a_group, house()),
    (an_offer_becomes_that_of_who_picks_it_up, house()),
    (who_picks_up_and_hangs_up_ends_the_call, house()),
    (what_has_rung_for_longest_is_taken_first, house()),
    (who_may_not_have_what_rings_first_gets_what_comes_next, house()),
    (who_is_not_available_takes_no_offer, house()),
    (where_nothing_rings_the_phone_says_so, house()),
    (who_is_in_no_group_takes_nothing, house()),
]


@told(STORIES)
def test_story(tell: Callable[[], None]) -> None:
    tell()
