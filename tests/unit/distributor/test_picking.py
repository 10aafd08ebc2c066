"""What rings at a colleague's phone is taken by a code: what the stories do not tell."""

from acd.effects import Answer, HangUp, Join, Reason, Watch
from acd.facts import CallArrived
from acd.ids import Channel, ChannelId, ExtensionNumber
from tests.stories.acd import Acd
from tests.stories.test_groups import house, phones
from tests.unit.distributor.scenes import interaction, tell
from tests.world.asterisk import NODE

PICK = CallArrived(
    channel=Channel(NODE, ChannelId("in.9")),
    number="*8",
    caller="1003",
    extension=ExtensionNumber("1003"),
)


def rings_at_baris() -> Acd:
    acd = Acd(house())
    phones(acd, "ayse", "1002")
    return acd


def test_the_phone_is_answered_in_the_call_that_it_takes_and_makes_none() -> None:
    acd = rings_at_baris()
    call = interaction(acd)
    effects = tell(acd, PICK)
    mine = [effect for effect in effects if getattr(effect, "channel", None) == PICK.channel]
    assert [type(effect) for effect in mine[:3]] == [Watch, Answer, Join]
    assert {effect.lane for effect in mine} == {call}
    assert interaction(acd) == call
    [ended] = [effect for effect in effects if isinstance(effect, HangUp)]
    assert ended.reason is Reason.ANSWERED_ELSEWHERE


def test_a_code_that_is_told_twice_takes_one_call() -> None:
    acd = rings_at_baris()
    phones(acd, "defne", "1002")
    tell(acd, PICK)
    assert tell(acd, PICK) == []


def test_where_nothing_rings_there_is_no_such_number() -> None:
    acd = Acd(house())
    [ended] = [effect for effect in tell(acd, PICK) if isinstance(effect, HangUp)]
    assert ended.reason is Reason.UNALLOCATED


def test_who_may_not_have_what_rings_hears_that_it_is_busy() -> None:
    acd = Acd(house())
    acd.at_work("ayse")
    acd.calls("first")
    [ended] = [effect for effect in tell(acd, PICK) if isinstance(effect, HangUp)]
    assert ended.reason is Reason.BUSY
    acd.expect(ayse="ringing")


def test_a_caller_from_outside_picks_up_nothing() -> None:
    acd = rings_at_baris()
    before = interaction(acd)
    acd.calls("first", "*8")
    assert interaction(acd) == before
    acd.expect_outcomes("Interaction", "failed")
