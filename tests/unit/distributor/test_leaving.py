"""A leg is gone: what follows depends on whose it was, and on how it ended."""

from dataclasses import replace

import pytest

from acd.agents.device import REST
from acd.effects import Join
from acd.facts import LegAnswered, LegGone, LegLeft
from acd.ids import Channel, ChannelId
from acd.requests import Consult, Transfer
from tests.stories.acd import SALES, SERVICE, queue_settings, settings
from tests.unit.distributor.scenes import (
    AYSE,
    TWO_QUEUES,
    consulting,
    entry,
    leg,
    picture,
    ringing,
    talking,
    tell,
    waiting,
)
from tests.world.asterisk import NODE

NO_ACW = settings(replace(queue_settings(SALES, "700", "ayse"), acw_s=0))
GONE = Channel(NODE, ChannelId("1-9-1.9"))


def test_the_end_of_a_leg_that_is_not_ours_means_nothing() -> None:
    acd = talking()
    before = picture(acd)
    assert tell(acd, LegGone(channel=GONE), LegLeft(channel=GONE)) == []
    assert picture(acd) == before


def test_a_leg_ends_once() -> None:
    acd = talking()
    caller = leg(acd, "caller").channel
    tell(acd, LegGone(channel=caller))
    before = picture(acd)
    assert tell(acd, LegGone(channel=caller), LegLeft(channel=caller)) == []
    assert picture(acd) == before


def test_a_caller_who_leaves_our_application_is_gone_for_us() -> None:
    acd = waiting()
    tell(acd, LegLeft(channel=leg(acd, "caller").channel))
    assert not acd.world.core.state.interactions


def test_a_phone_of_ours_that_leaves_our_application_is_gone_when_its_channel_is() -> None:
    acd = talking()
    before = picture(acd)
    assert tell(acd, LegLeft(channel=leg(acd, "agent").channel)) == []
    assert picture(acd) == before


def test_a_leg_is_kept_with_its_cause() -> None:
    acd = waiting()
    decision = acd.world.core.handle(
        LegGone(channel=leg(acd, "caller").channel, cause=16, sip_status=200), acd.world.now
    )
    [ended] = [c.row for c in decision.changes if type(c.row).__name__ == "Leg"]
    assert (ended.cause, ended.sip_status, ended.ended_at) == (16, 200, acd.world.now)  # type: ignore[union-attr]


# Whose clock starts.


def test_without_after_call_work_the_agent_is_free_at_once() -> None:
    acd = talking(of=NO_ACW)
    acd.agent_hangs_up("ayse")
    acd.expect(ayse="idle")


def test_a_phone_rests_only_if_we_ended_its_leg() -> None:
    acd = talking(of=NO_ACW)
    acd.caller_hangs_up("first")
    acd.expect(ayse="no device")
    acd.pass_time(REST.total_seconds())
    acd.expect(ayse="idle")


def test_after_call_work_starts_when_the_agents_leg_ends() -> None:
    acd = talking("ayse", of=TWO_QUEUES)
    acd.ask(Transfer(agent=AYSE, queue=SERVICE))
    acd.expect(ayse="acw")
    acd.pass_time(10)
    acd.expect(ayse="idle")
    acd.expect_waiting("first")


# The agent's phone dies.


@pytest.mark.parametrize("cause", [38, 44, 102])
def test_a_caller_whose_agent_died_gets_the_old_place_back(cause: int) -> None:
    acd = talking()
    acd.calls("behind")
    acd.agent_hangs_up("ayse", cause=cause)
    acd.expect_waiting("first", "behind")


def test_what_a_gap_leaves_unknown_is_taken_for_a_phone_that_died() -> None:
    acd = talking()
    tell(acd, LegGone(channel=leg(acd, "agent").channel, cause=None))
    assert entry(acd).channel == leg(acd, "caller").channel


@pytest.mark.parametrize("cause", [16, 31, 127])
def test_an_agent_who_hangs_up_ends_the_call(cause: int) -> None:
    acd = talking()
    acd.agent_hangs_up("ayse", cause=cause)
    acd.expect_waiting()
    assert not acd.world.asterisk.channels
    acd.expect_outcomes("Interaction", "answered")


def test_who_has_been_returned_once_is_not_returned_again() -> None:
    acd = talking()
    acd.agent_hangs_up("ayse", cause=44)
    acd.pass_time(10)
    acd.takes("ayse")
    acd.agent_hangs_up("ayse", cause=44)
    acd.expect_waiting()
    assert not acd.world.asterisk.channels


def test_a_caller_whose_queue_is_gone_cannot_be_returned() -> None:
    acd = talking()
    acd.applies(queues={}, routes={})
    acd.agent_hangs_up("ayse", cause=44)
    assert not acd.world.asterisk.channels
    acd.expect_outcomes("Interaction", "answered")


def test_calls_that_went_with_their_asterisk_are_lost_and_the_agents_free() -> None:
    acd = talking()
    caller, agent = leg(acd, "caller").channel, leg(acd, "agent").channel
    acd.world.asterisk.lose_everything()
    for channel in (caller, agent):
        acd.world.tell(LegGone(channel=channel, lost=True))
    acd.world.settle()
    acd.expect_outcomes("Interaction", "lost")
    acd.pass_time(10)
    acd.expect(ayse="idle")


# The one who consulted leaves.


def test_who_consulted_leaves_and_the_caller_is_offered_on() -> None:
    acd = consulting("baris")
    acd.rings("baris")
    acd.agent_hangs_up("ayse")
    acd.expect(ayse="acw", baris="ringing")
    acd.answers("baris")
    acd.expect(baris="with first")
    acd.expect_outcomes("Entry", "answered", "answered")


def test_who_consulted_leaves_just_as_the_colleague_answers() -> None:
    acd = consulting("baris")
    caller, consultant = leg(acd, "caller").channel, leg(acd, "agent", "ayse").channel
    tell(acd, LegAnswered(channel=leg(acd, "agent", "baris").channel))
    effects = tell(acd, LegGone(channel=consultant, cause=16))
    assert [e.channel for e in effects if isinstance(e, Join)] == [caller]
    assert entry(acd).kind == "caller"


def test_who_consulted_leaves_while_the_colleague_hears_the_whisper() -> None:
    acd = talking(
        "ayse",
        "baris",
        of=settings(
            queue_settings(SALES, "700", "ayse"),
            queue_settings(SERVICE, "701", "baris", whisper="sound:service"),
        ),
    )
    acd.ask(Consult(agent=AYSE, queue=SERVICE))
    acd.takes("baris")
    acd.agent_hangs_up("ayse")
    acd.expect(baris="reserved")
    acd.world.asterisk.end_playback(leg(acd, "agent", "baris").channel)
    acd.world.settle()
    acd.expect(baris="with first")


def test_a_phone_that_fails_while_it_rings_returns_nobody() -> None:
    acd = ringing("ayse")
    acd.agent_hangs_up("ayse", cause=44)
    acd.expect_outcomes("Offer", "unreachable")
    acd.expect_waiting("first")
