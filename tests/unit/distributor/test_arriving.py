"""A call comes in: where it is put, and what its Asterisk is asked for first."""

from acd.effects import Answer, ArmDeadMan, HangUp, Join, Reason, StartMusic, Watch
from acd.facts import CallArrived
from acd.ids import HOLDING, Channel, ChannelId, ExtensionNumber
from tests.stories.acd import SALES, SUPPORT
from tests.unit.distributor.scenes import AYSE, at_work, entry, interaction, picture, tell
from tests.world.asterisk import NODE

CHANNEL = Channel(NODE, ChannelId("in.1"))
ARRIVED = CallArrived(channel=CHANNEL, number="700", caller="+902120000001")
OWN_PHONE = ExtensionNumber("1001")


def test_a_caller_is_watched_answered_and_waits_with_music_and_a_dead_mans_switch() -> None:
    acd = at_work()
    lane = "1-1"
    assert tell(acd, ARRIVED) == [
        Watch(lane=lane, channel=CHANNEL),  # type: ignore[arg-type]
        Answer(lane=lane, channel=CHANNEL),  # type: ignore[arg-type]
        Join(lane=lane, channel=CHANNEL, bridge=HOLDING),  # type: ignore[arg-type]
        StartMusic(lane=lane, channel=CHANNEL, music="default"),  # type: ignore[arg-type]
        ArmDeadMan(lane=lane, channel=CHANNEL, seconds=60),  # type: ignore[arg-type]
    ]


def test_an_interaction_remembers_who_called_whom_and_where_it_is() -> None:
    acd = at_work()
    tell(acd, ARRIVED)
    row = acd.world.core.state.interactions[interaction(acd)]
    assert (row.caller, row.number, row.node) == ("+902120000001", "700", NODE)
    assert (row.project, row.queue, row.caller_channel) == (SUPPORT, SALES, CHANNEL)
    assert row.order_since == entry(acd).order_since == acd.world.now


def test_a_number_that_leads_nowhere_is_refused_unanswered() -> None:
    acd = at_work()
    effects = tell(acd, CallArrived(channel=CHANNEL, number="999", caller=""))
    assert [type(effect) for effect in effects] == [Watch, HangUp]
    assert effects[-1].reason is Reason.UNALLOCATED  # type: ignore[union-attr]


def test_a_call_to_nowhere_has_failed_and_never_waited() -> None:
    acd = at_work("ayse")
    acd.calls("first", "999")
    acd.expect_outcomes("Interaction", "failed")
    acd.expect_outcomes("Entry")


def test_a_call_arrives_once() -> None:
    acd = at_work("ayse")
    tell(acd, ARRIVED)
    before = picture(acd)
    assert tell(acd, ARRIVED) == []
    assert picture(acd) == before


def test_an_agent_who_calls_from_the_own_phone_is_busy() -> None:
    acd = at_work("ayse")
    acd.calls("ayse herself", extension=OWN_PHONE)
    acd.expect(ayse="busy")
    acd.expect_waiting("ayse herself")
    acd.caller_hangs_up("ayse herself")
    acd.expect(ayse="idle")


def test_another_agent_is_offered_a_colleague_who_calls() -> None:
    acd = at_work("ayse", "baris")
    acd.calls("ayse herself", extension=OWN_PHONE)
    acd.takes("baris")
    acd.expect(ayse="busy", baris="with ayse herself")


def test_a_phone_that_is_nobodys_calls_like_anyone() -> None:
    acd = at_work("ayse")
    acd.calls("the lobby", extension=ExtensionNumber("1099"))
    acd.takes("ayse")
    acd.expect(ayse="with the lobby")
    assert acd.world.core.state.agents[AYSE].misses == 0
