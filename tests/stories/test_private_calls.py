"""One of our phones calls another: both are busy for the queues meanwhile."""

from collections.abc import Callable

import pytest

from acd.ids import AgentId, ExtensionNumber
from acd.requests import TransferToAgent
from tests.stories.acd import EXTENSIONS, Acd, one_queue
from tests.world.asterisk import NODE

Story = Callable[[Acd], None]
AYSE, BARIS = AgentId("ayse"), AgentId("baris")


def phones(acd: Acd, who: str, number: str) -> None:
    acd.calls(who, number, extension=ExtensionNumber(EXTENSIONS[who]))


def target_phone(acd: Acd, does: str, *more: object) -> None:
    for leg in list(acd.world.core.state.legs.values()):
        if leg.role == "target":
            getattr(acd.world.asterisk, does)(leg.channel, *more)
    acd.world.settle()


def expect_on_phones(acd: Acd, **roles: str) -> None:
    """In which role each phone is in a call; p1001="" in none."""
    for phone, role in {} if acd.disturbed else roles.items():
        legs = acd.world.core.state.legs_on(NODE, ExtensionNumber(phone[1:]))
        assert " ".join(leg.role for leg in legs) == role, phone


def a_phone_of_nobody_calls_the_queue(acd: Acd) -> None:
    acd.at_work("ayse")
    acd.calls("first", extension=ExtensionNumber("1009"))
    expect_on_phones(acd, p1009="caller", p1001="agent")
    acd.takes("ayse")
    acd.expect(ayse="with first")
    acd.caller_hangs_up("first")
    expect_on_phones(acd, p1009="", p1001="")


def a_colleague_answers_and_both_are_busy(acd: Acd) -> None:
    acd.at_work("ayse", "baris")
    phones(acd, "ayse", "1002")
    acd.expect(ayse="busy", baris="busy")
    expect_on_phones(acd, p1001="caller", p1002="target")
    target_phone(acd, "ring")
    target_phone(acd, "answer")
    if not acd.disturbed:
        legs = {leg.role: leg.channel for leg in acd.world.core.state.legs.values()}
        assert acd.world.hears(legs["caller"], legs["target"])  # type: ignore[index]
    acd.calls("first")
    acd.expect_waiting("first")
    acd.caller_hangs_up("ayse")
    acd.pass_time(1)
    acd.takes("ayse")
    acd.expect(ayse="with first")
    acd.expect_outcomes("Interaction", "answered")


def a_colleague_who_hangs_up_ends_the_call(acd: Acd) -> None:
    acd.at_work("ayse", "baris")
    phones(acd, "ayse", "1002")
    target_phone(acd, "answer")
    target_phone(acd, "end")
    acd.pass_time(1)
    acd.expect(ayse="idle", baris="idle")


def a_colleague_who_rejects_is_busy_to_the_caller(acd: Acd) -> None:
    acd.at_work("ayse", "baris")
    phones(acd, "ayse", "1002")
    target_phone(acd, "end", 21, 486)
    acd.pass_time(1)
    acd.expect(ayse="idle", baris="idle")
    acd.expect_outcomes("Interaction", "abandoned")


def a_colleague_who_does_not_answer_is_given_up(acd: Acd) -> None:
    acd.at_work("ayse", "baris")
    phones(acd, "ayse", "1002")
    target_phone(acd, "ring")
    acd.pass_time(31)
    acd.expect(ayse="idle", baris="idle")


def the_caller_gives_up_first(acd: Acd) -> None:
    acd.at_work("ayse", "baris")
    phones(acd, "ayse", "1002")
    acd.caller_hangs_up("ayse")
    acd.pass_time(1)
    acd.expect(ayse="idle", baris="idle")


def of_two_phones_the_first_has_the_call(acd: Acd) -> None:
    acd.world.register("1002", "PJSIP/1002/sip:a@x", "PJSIP/1002/sip:b@x")
    phones(acd, "ayse", "1002")
    target_phone(acd, "answer")
    if not acd.disturbed:
        legs = acd.world.core.state.legs.values()
        assert len([leg for leg in legs if leg.role == "target"]) == 1


def a_colleague_on_a_call_is_not_disturbed(acd: Acd) -> None:
    acd.at_work("ayse", "baris")
    acd.calls("first")
    acd.takes("ayse")
    phones(acd, "baris", "1001")
    acd.pass_time(1)
    acd.expect(ayse="with first", baris="idle")
    acd.expect_outcomes("Interaction", "failed")


def a_caller_is_sent_to_a_colleague(acd: Acd) -> None:
    acd.at_work("ayse")
    acd.calls("first")
    acd.takes("ayse")
    acd.at_work("baris")
    acd.ask(TransferToAgent(agent=AYSE, colleague=BARIS))
    acd.expect(ayse="acw", baris="busy")
    target_phone(acd, "answer")
    if not acd.disturbed:
        legs = {leg.role: leg.channel for leg in acd.world.core.state.legs.values()}
        assert acd.world.hears(legs["caller"], legs["target"])  # type: ignore[index]
    acd.expect_outcomes("Entry", "answered")
    acd.caller_hangs_up("first")
    acd.pass_time(1)
    acd.expect(baris="idle")
    acd.expect_outcomes("Interaction", "answered")


def a_colleague_to_whom_a_caller_is_sent_says_no(acd: Acd) -> None:
    acd.at_work("ayse")
    acd.calls("first")
    acd.takes("ayse")
    acd.at_work("baris")
    acd.ask(TransferToAgent(agent=AYSE, colleague=BARIS))
    target_phone(acd, "end", 21, 486)
    acd.expect_waiting("first")


def a_caller_from_outside_cannot_dial_an_extension(acd: Acd) -> None:
    acd.at_work("ayse")
    acd.calls("first", "1001")
    acd.expect(ayse="idle")
    acd.expect_outcomes("Interaction", "failed")


STORIES: list[Story] = [
    a_phone_of_nobody_calls_the_queue,
    a_colleague_answers_and_both_are_busy,
    a_colleague_who_hangs_up_ends_the_call,
    a_colleague_who_rejects_is_busy_to_the_caller,
    a_colleague_who_does_not_answer_is_given_up,
    the_caller_gives_up_first,
    of_two_phones_the_first_has_the_call,
    a_colleague_on_a_call_is_not_disturbed,
    a_caller_is_sent_to_a_colleague,
    a_colleague_to_whom_a_caller_is_sent_says_no,
    a_caller_from_outside_cannot_dial_an_extension,
]
every_story = pytest.mark.parametrize("story", STORIES, ids=[s.__name__ for s in STORIES])


@every_story
def test_story(story: Story) -> None:
    acd = Acd(one_queue("ayse", "baris"))
    story(acd)
    acd.all_go_home()


@every_story
def test_story_with_a_crash_after_every_effect(story: Story) -> None:
    whole = Acd(one_queue("ayse", "baris"))
    story(whole)
    for n in range(1, whole.world.performed + 1):
        acd = Acd(one_queue("ayse", "baris"), crash_at=n)
        story(acd)
        acd.all_go_home()
