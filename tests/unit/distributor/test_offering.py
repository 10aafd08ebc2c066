"""What comes of an offer: how long each device rings, what its end means, and what follows."""

from dataclasses import replace

import pytest

from acd.agents.device import DeviceKind
from acd.effects import Ring
from acd.facts import CallArrived
from acd.http import live
from acd.ids import Channel, ChannelId
from acd.requests import SetStatus
from acd.settings import AVAILABLE, NOT_RESPONDING, RingMode, Strategy
from tests.stories.acd import SALES, Acd, one_queue, queue_settings, settings
from tests.unit.distributor.scenes import (
    AYSE,
    LUNCH,
    STATUSES,
    at_work,
    entry,
    interaction,
    leg,
    ringing,
    tell,
)
from tests.world.asterisk import NODE


def by(ring: RingMode, *agents: str) -> Acd:
    """Offered to an agent whose devices ring in that way."""
    return ringing(*agents, of=settings(queue_settings(SALES, "700", *agents), ring=ring))


# The outcomes, and who is asked next.


@pytest.mark.parametrize(
    ("rings", "sip_status", "outcome", "ayse"),
    [
        (False, 404, "unreachable", "no device"),
        (False, 503, "unreachable", "no device"),
        (False, 486, "busy", "no device"),
        (False, 480, "busy", "no device"),
        (False, 302, "busy", "no device"),
        (False, 603, "rejected", "idle"),
    ],
)
def test_the_next_agent_is_asked_at_once(
    rings: bool, sip_status: int, outcome: str, ayse: str
) -> None:
    acd = ringing("ayse", "baris")
    acd.rejects("ayse", sip_status)
    acd.expect_outcomes("Attempt", outcome)
    acd.expect_outcomes("Offer", outcome)
    acd.expect(ayse=ayse, baris="ringing")


def test_busy_after_a_second_of_ringing_is_a_persons_no() -> None:
    acd = ringing("ayse", "baris")
    acd.rings("ayse")
    acd.pass_time(1)
    acd.rejects("ayse", 486)
    acd.expect_outcomes("Offer", "rejected")
    acd.expect(ayse="idle", baris="ringing")


@pytest.mark.parametrize(("sip_status", "seconds"), [(486, 5), (480, 30), (404, 30)])
def test_a_device_that_failed_is_left_alone_for_a_while(sip_status: int, seconds: int) -> None:
    acd = ringing("ayse")
    acd.rejects("ayse", sip_status)
    acd.pass_time(seconds - 0.1)
    acd.expect(ayse="no device")
    acd.pass_time(0.1)
    acd.expect(ayse="ringing")


def test_who_said_no_is_not_asked_for_this_caller_for_half_a_minute() -> None:
    acd = ringing("ayse")
    acd.rejects("ayse", 603)
    acd.pass_time(29.9)
    acd.expect(ayse="idle")
    acd.pass_time(0.1)
    acd.expect(ayse="ringing")


def test_a_dead_phone_is_found_out_in_4_s_and_asked_again_in_30() -> None:
    acd = ringing("ayse")
    acd.pass_time(3.9)
    acd.expect(ayse="ringing")
    acd.pass_time(0.1)
    acd.expect(ayse="no device")
    acd.expect_outcomes("Offer", "unreachable")
    acd.pass_time(30)
    acd.expect(ayse="ringing")


def test_a_phone_rings_as_long_as_the_queue_says_from_the_first_ringing() -> None:
    acd = ringing("ayse", agent_timeout_s=15)
    acd.pass_time(3)
    acd.rings("ayse")
    acd.pass_time(14.9)
    acd.expect(ayse="ringing")
    acd.pass_time(0.1)
    acd.expect_outcomes("Offer", "missed")


def test_the_caller_keeps_the_place_whatever_agents_do() -> None:
    acd = ringing("ayse", "baris", "cem")
    place = entry(acd).order_since
    acd.rings("ayse")
    acd.pass_time(20)
    acd.rejects("baris", 603)
    acd.rejects("cem", 404)
    acd.expect_outcomes("Offer", "missed", "rejected", "unreachable")
    assert entry(acd).order_since == place
    assert entry(acd).outcome is None


def test_a_codec_that_no_phone_has_is_an_alarm() -> None:
    acd = ringing("ayse")
    acd.rejects("ayse", 488)
    acd.expect_outcomes("Offer", "unreachable")
    assert acd.world.asterisk.alarms == ["no codec in common with a phone"]


# Several contacts, several devices.


def two_phones() -> Acd:
    acd = at_work("ayse")
    acd.world.register("1001", "PJSIP/1001/desk", "PJSIP/1001/softphone")
    acd.calls("first")
    return acd


def test_all_contacts_of_an_extension_ring_and_one_wins() -> None:
    acd = two_phones()
    desk, softphone = acd.world.ringing(AYSE)
    assert {desk.endpoint, softphone.endpoint} == {"PJSIP/1001/desk", "PJSIP/1001/softphone"}
    acd.world.asterisk.answer(softphone.channel)
    acd.world.settle()
    acd.expect(ayse="with first")
    assert desk.answered_elsewhere
    acd.expect_outcomes("Attempt", "answered", "cancelled")


def test_a_dead_contact_does_not_end_the_offer_while_the_other_rings() -> None:
    acd = two_phones()
    desk, softphone = acd.world.ringing(AYSE)
    acd.world.asterisk.end(desk.channel, 20, 404)
    acd.world.settle()
    assert acd.world.ringing(AYSE) == [softphone]
    acd.expect_outcomes("Offer")


def test_a_no_on_one_phone_ends_the_ringing_of_all() -> None:
    acd = two_phones()
    desk, _ = acd.world.ringing(AYSE)
    acd.world.asterisk.end(desk.channel, 21, 603)
    acd.world.settle()
    assert acd.world.ringing(AYSE) == []
    acd.expect_outcomes("Attempt", "rejected", "cancelled")
    acd.expect_outcomes("Offer", "rejected")


def test_extension_and_mobile_ring_together_or_one_after_the_other() -> None:
    assert len(by(RingMode.SIMULTANEOUS, "ayse").world.ringing(AYSE)) == 2
    assert len(by(RingMode.EXTENSION_THEN_MOBILE, "ayse").world.ringing(AYSE)) == 1


def test_the_mobile_follows_when_the_extension_has_rung_out() -> None:
    acd = by(RingMode.EXTENSION_THEN_MOBILE, "ayse")
    acd.rings("ayse")
    acd.pass_time(12)
    [mobile] = acd.world.ringing(AYSE)
    assert mobile.endpoint.endswith("@carrier")
    acd.rings("ayse", mobile=True)
    acd.pass_time(25)
    acd.expect_outcomes("Attempt", "missed", "missed")
    acd.expect_outcomes("Offer", "missed")


def test_what_a_person_missed_outweighs_a_phone_that_was_dead() -> None:
    acd = by(RingMode.EXTENSION_THEN_MOBILE, "ayse")
    acd.rings("ayse")
    acd.pass_time(12)
    acd.pass_time(12)
    acd.expect_outcomes("Attempt", "missed", "unreachable")
    acd.expect_outcomes("Offer", "missed")


def test_a_device_that_went_away_since_is_not_tried() -> None:
    acd = by(RingMode.EXTENSION_THEN_MOBILE, "ayse")
    state = acd.world.core.state
    agent = state.agents[AYSE]
    state.put(agent.with_device(replace(agent.device(DeviceKind.MOBILE), endpoints=())))
    acd.rejects("ayse", 404)
    acd.expect_outcomes("Attempt", "unreachable")
    acd.expect_outcomes("Offer", "unreachable")


def test_a_mobile_must_press_the_key() -> None:
    acd = by(RingMode.MOBILE, "ayse")
    acd.rings("ayse", mobile=True)
    acd.answers("ayse", mobile=True)
    assert acd.world.asterisk.channels[leg(acd, "agent").channel].playback
    acd.presses("ayse", "2")
    acd.expect(ayse="ringing")
    acd.presses("ayse", "1")
    acd.expect(ayse="with first")


def test_a_mobile_that_is_answered_and_hung_up_was_missed() -> None:
    acd = by(RingMode.MOBILE, "ayse")
    acd.rings("ayse", mobile=True)
    acd.answers("ayse", mobile=True)
    acd.rejects("ayse", 0, mobile=True)
    acd.expect_outcomes("Offer", "missed")


def test_a_key_on_an_extension_means_nothing() -> None:
    acd = ringing("ayse")
    acd.rings("ayse")
    acd.presses("ayse", "1")
    acd.expect(ayse="ringing")


# Misses.


def misses(acd: Acd, times: int) -> None:
    for _ in range(times):
        acd.rings("ayse")
        acd.pass_time(20)
        acd.pass_time(5)


def test_who_misses_three_in_a_row_is_not_asked_any_more() -> None:
    acd = ringing("ayse")
    misses(acd, 2)
    acd.expect(ayse="ringing")
    misses(acd, 1)
    acd.expect(ayse="not available")
    assert acd.world.core.state.agents[AYSE].status == NOT_RESPONDING
    acd.ask(SetStatus(agent=AYSE, status=AVAILABLE))
    acd.expect(ayse="ringing")
    assert acd.world.core.state.agents[AYSE].misses == 0


def test_an_answer_in_between_starts_the_count_anew() -> None:
    acd = ringing("ayse")
    misses(acd, 2)
    acd.takes("ayse")
    assert acd.world.core.state.agents[AYSE].misses == 0


def test_misses_may_be_without_consequence() -> None:
    acd = ringing("ayse", of=replace(one_queue("ayse"), misses_before_pause=0))
    misses(acd, 5)
    acd.expect(ayse="ringing")


def test_who_missed_is_asked_again_for_this_caller_after_5_s() -> None:
    acd = ringing("ayse")
    acd.rings("ayse")
    acd.pass_time(20)
    acd.pass_time(4.9)
    acd.expect(ayse="idle")
    acd.pass_time(0.1)
    acd.expect(ayse="ringing")


def test_a_phone_that_is_dead_or_busy_is_no_miss() -> None:
    acd = ringing("ayse")
    acd.rejects("ayse", 404)
    acd.pass_time(30)
    acd.rejects("ayse", 486)
    assert acd.world.core.state.agents[AYSE].misses == 0


def test_a_status_asked_for_takes_the_offer_back_without_a_miss() -> None:
    acd = ringing("ayse", of=replace(one_queue("ayse"), statuses=STATUSES))
    acd.rings("ayse")
    acd.ask(SetStatus(agent=AYSE, status=LUNCH))
    acd.expect(ayse="not available")
    acd.expect_outcomes("Offer", "withdrawn")
    acd.expect_outcomes("Attempt", "cancelled")
    assert acd.world.core.state.agents[AYSE].misses == 0


def test_who_misses_too_often_is_told_why_and_how_to_come_back() -> None:
    """Trap 18: a pause that the system has set says its reason and the way back."""
    acd = ringing("ayse")
    misses(acd, 3)
    assert acd.world.core.state.agents[AYSE].because == "missed 3 in a row"
    shown = live.agent(acd.world.core.state, AYSE)
    assert (shown["because"], shown["way_back"]) == ("missed 3 in a row", "Available")
    acd.ask(SetStatus(agent=AYSE, status=AVAILABLE))
    shown = live.agent(acd.world.core.state, AYSE)
    assert (shown["because"], shown["way_back"]) == (None, None)


def test_after_a_miss_the_others_are_asked_before_the_same_agent_again() -> None:
    """Trap 26: of three in a fixed order two would ring by turns, and the third one never."""
    acd = ringing("ayse", "baris", "cem", agent_timeout_s=15, strategy=Strategy.LINEAR)
    for agent in ("ayse", "baris", "cem"):
        acd.expect(**{agent: "ringing"})
        acd.rings(agent)
        acd.pass_time(15)
    acd.expect(ayse="ringing", baris="idle")


def test_who_has_missed_is_asked_after_5_s_where_nobody_else_is_there() -> None:
    acd = ringing("ayse", "baris", agent_timeout_s=15)
    acd.rings("ayse")
    acd.pass_time(15)
    acd.rejects("baris", 404)
    acd.pass_time(4.9)
    acd.expect(ayse="idle")
    acd.pass_time(0.1)
    acd.expect(ayse="ringing")


def test_who_is_held_back_for_others_is_asked_the_moment_they_are_gone() -> None:
    acd = ringing("ayse", "baris", agent_timeout_s=15)
    acd.rings("ayse")
    acd.pass_time(15)
    acd.pass_time(3)
    acd.rings("baris")
    acd.pass_time(5)
    acd.expect(ayse="idle", baris="ringing")
    assert entry(acd).excluded[0].until is None
    acd.rejects("baris", 603)
    acd.pass_time(0)
    acd.expect(ayse="ringing")


def test_with_ring_all_who_has_missed_is_asked_again_although_others_ring() -> None:
    acd = at_work("ayse", "baris", strategy=Strategy.RING_ALL, agent_timeout_s=15)
    acd.calls("first")
    acd.rings("ayse")
    acd.pass_time(3)
    acd.rings("baris")
    acd.pass_time(12)
    acd.expect(ayse="no device", baris="ringing")
    acd.pass_time(2.5)
    acd.expect(ayse="idle", baris="ringing")
    acd.pass_time(2.5)
    acd.expect(ayse="ringing")


# Phones that are still busy with what we have ended.


def just_hung_up(*agents: str) -> Acd:
    """Ayşe's phone was on hook again half a second after a caller left, and rings."""
    acd = ringing(*(agents or ("ayse",)))
    acd.rings("ayse")
    acd.caller_hangs_up("first")
    acd.pass_time(0.6)
    acd._callers["second"] = acd.world.asterisk.call("700")
    acd.world.settle()
    return acd


def test_a_phone_busy_with_what_we_have_just_ended_is_rung_once_more() -> None:
    """Trap 33: it is no outcome of the offer, and nobody else is bothered."""
    acd = just_hung_up("ayse", "baris")
    acd.rejects("ayse", 486)
    acd.expect(ayse="reserved", baris="idle")
    acd.pass_time(0.5)
    acd.expect(ayse="ringing")
    acd.takes("ayse")
    acd.expect(ayse="with second")
    acd.expect_outcomes("Attempt", "cancelled", "busy", "answered")
    acd.expect_outcomes("Offer", "caller_left", "answered")


def test_a_phone_that_is_busy_the_second_time_too_is_busy() -> None:
    acd = just_hung_up("ayse", "baris")
    acd.rejects("ayse", 486)
    acd.pass_time(0.5)
    acd.rejects("ayse", 486)
    acd.expect(ayse="no device", baris="ringing")
    acd.expect_outcomes("Offer", "caller_left", "busy")


def test_a_phone_that_is_busy_later_is_busy_at_once() -> None:
    acd = ringing("ayse")
    acd.rings("ayse")
    acd.caller_hangs_up("first")
    acd.pass_time(2.1)
    acd.calls("second")
    acd.rejects("ayse", 486)
    acd.expect_outcomes("Offer", "caller_left", "busy")


def test_a_phone_that_is_to_be_rung_once_more_is_not_when_the_caller_has_gone() -> None:
    """Trap 19: no ghost call."""
    acd = just_hung_up()
    acd.rejects("ayse", 486)
    acd.caller_hangs_up("second")
    acd.pass_time(1)
    assert acd.world.ringing() == []
    acd.expect(ayse="idle")


def test_of_a_node_that_is_lost_nothing_is_rung_once_more() -> None:
    acd = just_hung_up()
    acd.rejects("ayse", 486)
    acd.world.lose_node()
    acd.pass_time(1)
    acd.expect_outcomes("Offer", "caller_left", "withdrawn")
    acd.world.reconnect()
    acd.world.settle()
    acd.expect(ayse="ringing")


def test_a_mobile_too_is_rung_once_more() -> None:
    acd = by(RingMode.MOBILE, "ayse")
    acd.caller_hangs_up("first")
    acd.pass_time(0.6)
    acd._callers["second"] = acd.world.asterisk.call("700")
    acd.world.settle()
    acd.rejects("ayse", 486, mobile=True)
    acd.pass_time(0.5)
    assert [phone.endpoint for phone in acd.world.ringing()] == ["PJSIP/+90555001001@carrier"]


# What is made.


def test_the_bridge_is_made_with_the_first_offer_and_kept_for_the_next() -> None:
    acd = ringing("ayse", "baris")
    bridge = entry(acd).bridge
    assert bridge in acd.world.asterisk.bridges
    acd.rejects("ayse", 603)
    assert entry(acd).bridge == bridge
    assert acd.world.core.state.interactions[interaction(acd)].bridges == (bridge,)


def test_the_phone_shows_the_caller_and_the_queue() -> None:
    acd = at_work("ayse")
    channel = Channel(NODE, ChannelId("in.1"))
    effects = tell(acd, CallArrived(channel=channel, number="700", caller="+902120000001"))
    [ring] = [effect for effect in effects if isinstance(effect, Ring)]
    assert (ring.caller, ring.caller_name) == ("+902120000001", "sales")
    assert ring.timeout_s > 25, "Asterisk gives up before we do"
