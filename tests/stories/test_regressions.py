"""Bugs that the property test has found, each as the shortest story that shows it."""

from dataclasses import replace
from itertools import permutations

import pytest

from acd.agents.agent import Agent
from acd.distributor import Bug
from acd.distributor.core import DEADLINES
from acd.effects import ArmDeadMan, Effect, MakeBridge, StopMusic
from acd.facts import NodeLost
from acd.ids import AgentId, Channel, StatusName
from acd.requests import (
    CancelConsult,
    Consult,
    EndCall,
    LogIn,
    LogOut,
    Refused,
    SetStatus,
    Transfer,
)
from acd.settings import (
    AVAILABLE,
    NOT_RESPONDING,
    SYSTEM_STATUSES,
    Category,
    RingMode,
    StatusSettings,
    Strategy,
)
from tests.stories.acd import SALES, SERVICE, SUPPORT, Acd, one_queue, queue_settings, settings
from tests.world.asterisk import NODE

AYSE, BARIS = AgentId("ayse"), AgentId("baris")
LUNCH = StatusName("Lunch")
STATUSES = {**SYSTEM_STATUSES, LUNCH: StatusSettings(name=LUNCH, category=Category.BREAK)}


def test_an_agent_who_is_removed_while_the_phone_rings_is_rung_no_further() -> None:
    """The extension gave up, and for the ring time of the mobile the removed agent's settings
    were looked up: the core failed on a call that was merely waiting."""
    both = RingMode.EXTENSION_THEN_MOBILE
    acd = Acd(settings(queue_settings(SALES, "700", "ayse", "baris"), ring=both))
    acd.at_work("ayse", "baris")
    acd.calls("first")
    acd.rings("ayse")
    world = acd.world
    agents = {name: each for name, each in world.settings.agents.items() if name != AYSE}
    acd.applies(agents=agents, queues={SALES: queue_settings(SALES, "700", "baris")})
    acd.expect(ayse="logged out", baris="ringing")
    acd.expect_outcomes("Offer", "withdrawn")
    acd.all_go_home()


def test_a_status_that_is_removed_while_it_is_pending_is_forgotten() -> None:
    """At the end of the call it was looked up, and the core failed."""
    acd = Acd(replace(one_queue("ayse"), statuses=STATUSES))
    acd.at_work("ayse")
    acd.calls("first")
    acd.takes("ayse")
    acd.ask(SetStatus(agent=AYSE, status=LUNCH))
    acd.applies(statuses=SYSTEM_STATUSES)
    acd.caller_hangs_up("first")
    acd.pass_time(11)
    acd.expect(ayse="idle")
    assert acd.world.core.state.agents[AYSE].status == AVAILABLE
    acd.all_go_home()


def test_an_explanation_counts_an_excluded_agent_once() -> None:
    """Who had missed the call, and was not on hook yet, was counted as excluded and as busy."""
    acd = Acd(one_queue("ayse", "baris"))
    acd.at_work("ayse", "baris")
    acd.calls("first")
    acd.rings("ayse")
    acd.pass_time(20)
    (offer,) = acd.world.core.state.offers.values()
    assert offer.agent == BARIS
    assert offer.explanation.excluded == (("busy", 1),)
    acd.all_go_home()


def test_a_deadline_on_which_the_core_has_failed_comes_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It was forgotten with all else that the input had changed, and the phone rested for ever."""
    acd = Acd(one_queue("ayse"))
    acd.at_work("ayse")
    acd.calls("first")
    acd.caller_hangs_up("first")
    core = acd.world.core
    rested = core.next_deadline()
    assert rested
    monkeypatch.setitem(DEADLINES, Agent, None)  # type: ignore[arg-type]
    with pytest.raises(Bug) as bug:
        core.handle_timeout(rested)
    assert core.next_deadline() == rested
    core.quarantine(bug.value.owner, rested)
    assert core.next_deadline() is None
    assert core.state.agents[AYSE].status == NOT_RESPONDING


def test_a_join_that_asterisk_refuses_is_asked_for_again() -> None:
    """Nobody heard anybody, for as long as they cared to wait."""
    acd = Acd(settings(queue_settings(SALES, "700", "ayse"), queue_settings(SERVICE, "701")))
    acd.at_work("ayse")
    acd.calls("first")
    acd.takes("ayse")
    acd.ask(Consult(agent=AYSE, queue=SERVICE))
    world = acd.world
    world.ask(CancelConsult(agent=AYSE))
    for lane in list(world.lanes):
        while lane in world.lanes:
            world.fail(lane, unreachable=False)
    acd.pass_time(5)
    acd.expect(ayse="with first")
    acd.all_go_home()


def answered_although(acd: Acd, fails: type[Effect]) -> Channel:
    """The agent's phone is answered and all is done but effects of that kind; gives the caller."""
    acd.at_work("ayse")
    acd.calls("first")
    acd.rings("ayse")
    world = acd.world
    (phone,) = world.ringing()
    world.asterisk.answer(phone.channel)
    while world.asterisk.events or world.lanes:
        lane = next(iter(world.lanes), None)
        if lane is None:
            world.deliver()
        elif isinstance(world.lanes[lane][0], fails):
            world.fail(lane, unreachable=True)
        else:
            world.perform(lane)
    (caller,) = [on.channel for on in world.asterisk.channels.values() if on.arrived]
    return caller


def test_a_talk_whose_dead_man_could_not_be_disarmed_is_not_cut() -> None:
    """The switch would have sent the caller to the fallback in the middle of a word."""
    acd = Acd(one_queue("ayse"))
    caller = answered_although(acd, ArmDeadMan)
    assert acd.world.asterisk.channels[caller].dead_man
    acd.pass_time(5)
    assert not acd.world.asterisk.channels[caller].dead_man
    acd.expect(ayse="with first")
    acd.all_go_home()


def test_music_that_could_not_be_stopped_is_stopped_after_a_crash_too() -> None:
    """That it had failed was in the group that was lost: both heard music for the whole talk."""
    acd = Acd(one_queue("ayse"))
    caller = answered_although(acd, StopMusic)
    acd.world.crash()
    acd.world.settle()
    assert not acd.world.asterisk.channels[caller].music
    acd.expect(ayse="with first")
    acd.all_go_home()


def test_a_caller_is_connected_although_the_first_bridge_could_not_be_made() -> None:
    """Every win led to the bridge that was never there, and the caller waited for ever."""
    acd = Acd(one_queue("ayse"))
    acd.at_work("ayse")
    world = acd.world
    world.asterisk.call("700")
    world.deliver()
    lane = next(lane for lane, effects in world.lanes.items() if len(effects) > 1)
    while not isinstance(world.lanes[lane][0], MakeBridge):
        world.perform(lane)
    world.fail(lane, unreachable=False)
    world.settle()
    acd.takes("ayse")
    acd.pass_time(11)
    acd.takes("ayse")
    assert acd.doing("ayse") == "talking"
    acd.all_go_home()


def test_a_caller_who_leaves_while_a_sweep_looks_is_not_taken_for_a_new_one() -> None:
    """The look still showed the caller, who was nobody's any more: a ghost rang the agents."""
    acd = Acd(one_queue())
    acd.calls("first")
    acd.world.look()
    acd.caller_hangs_up("first")
    acd.world.judge()
    acd.world.settle()
    assert acd.outcomes("Interaction") == ["abandoned"]
    assert not acd.world.core.state.interactions
    acd.all_go_home()


def test_a_caller_who_came_and_left_while_a_sweep_looked_is_let_go_at_once() -> None:
    acd = Acd(one_queue())
    first = acd.world.asterisk.call("700")
    acd.world.look()
    acd.world.settle()
    acd.world.asterisk.end(first)
    acd.world.settle()
    acd.world.judge()
    acd.world.settle()
    assert not acd.world.core.state.interactions
    acd.all_go_home()


def test_a_ring_without_an_answer_from_asterisk_leaves_no_phone_ringing() -> None:
    """It was done all the same, and the phone rang for nobody until the next sweep."""
    acd = Acd(one_queue("ayse"))
    acd.at_work("ayse")
    world = acd.world
    world.asterisk.call("700")
    world.deliver()
    ring = next(lane for lane, effects in world.lanes.items() if len(effects) == 1)
    world.fail(ring, unreachable=True, done=True)
    world.settle()
    assert [on for on in world.asterisk.channels.values() if on.endpoint] == []
    acd.all_go_home()


def test_an_agent_who_is_new_or_back_has_the_phone_that_is_registered() -> None:
    """The phone had registered before anybody sat there, and was never rung until the next time
    it did."""
    acd = Acd(one_queue("ayse"))
    agents = acd.world.settings.agents
    acd.applies(agents={name: each for name, each in agents.items() if name != AYSE})
    acd.world.register("1001", "PJSIP/1001/sip:at-home")
    acd.applies(agents=agents)
    acd.at_work("ayse")
    acd.calls("first")
    assert [on.endpoint for on in acd.world.ringing()] == ["PJSIP/1001/sip:at-home"]
    acd.takes("ayse")
    acd.expect(ayse="with first")
    acd.all_go_home()


def test_an_agent_who_comes_back_while_the_node_is_away_is_not_rung() -> None:
    """The phones of the removed agent were still believed to be reachable: each ring failed, and
    the next was made at once, for as long as the node was away."""
    acd = Acd(settings(queue_settings(SALES, "700", "ayse"), ring=RingMode.MOBILE))
    acd.at_work("ayse")
    world, agents = acd.world, acd.world.settings.agents
    acd.applies(agents={name: each for name, each in agents.items() if name != AYSE})
    acd.calls("first")
    world.lose_node()
    acd.applies(agents=agents)
    acd.ask(LogIn(agent=AYSE, project=SUPPORT))
    assert not world.core.state.offers
    world.reconnect()
    assert world.core.state.offers
    acd.all_go_home()


def test_an_agent_has_the_mobile_that_is_configured_now() -> None:
    acd = Acd(settings(queue_settings(SALES, "700", "ayse"), ring=RingMode.MOBILE))
    agents = acd.world.settings.agents
    changed = replace(agents[AYSE], mobile="+905550009999")
    acd.applies(agents={**agents, AYSE: changed})
    acd.at_work("ayse")
    acd.calls("first")
    assert [phone.endpoint for phone in acd.world.ringing()] == ["PJSIP/+905550009999@carrier"]
    acd.applies(outbound_routes=())
    acd.pass_time(60)
    acd.expect(ayse="no device")
    acd.all_go_home()


def test_a_stray_bridge_is_destroyed_after_who_is_still_in_it_has_been_moved() -> None:
    """Its end rode in a lane of its own, and could overtake the move."""
    acd = Acd(one_queue("ayse"))
    acd.at_work("ayse")
    acd.calls("first")
    acd.takes("ayse")
    world = acd.world
    (agent,) = [on.channel for on in world.asterisk.channels.values() if on.endpoint]
    world.asterisk.end(agent, 44)
    world.deliver()
    world.lose_node()
    world.reconnect()
    assert len(world.lanes) == 1
    acd.all_go_home()


def test_a_consulted_colleague_cannot_end_a_call_that_is_on_hold() -> None:
    """The colleague talks, but not with the caller: EndCall and Transfer would have taken the
    caller away from the agent who holds."""
    two = settings(queue_settings(SALES, "700", "ayse"), queue_settings(SERVICE, "701", "baris"))
    acd = Acd(two)
    acd.at_work("ayse", "baris")
    acd.calls("first")
    acd.takes("ayse")
    acd.ask(Consult(agent=AYSE, queue=SERVICE))
    acd.takes("baris")
    with pytest.raises(Refused, match="baris has no caller"):
        acd.ask(EndCall(agent=BARIS))
    acd.ask(CancelConsult(agent=AYSE))
    acd.expect(ayse="with first")


def test_who_logs_in_again_before_the_call_is_over_stays() -> None:
    """The log-in was refused as "is on a call", and the agent logged out after it."""
    acd = Acd(one_queue("ayse"))
    acd.at_work("ayse")
    acd.calls("first")
    acd.takes("ayse")
    acd.ask(LogOut(agent=AYSE))
    acd.ask(LogIn(agent=AYSE, project=SUPPORT))
    acd.caller_hangs_up("first")
    acd.pass_time(11)
    acd.expect(ayse="idle")


def test_a_caller_found_in_the_bridge_of_a_winner_who_is_gone_has_not_been_answered() -> None:
    """The two were taken for connected, and the agent's device for one that had died in the talk;
    the second time that ended the call of somebody who had only ever waited."""
    acd = Acd(one_queue("ayse"))
    acd.at_work("ayse")
    acd.calls("first")
    acd.takes("ayse")
    acd.agent_hangs_up("ayse", cause=44)
    acd.pass_time(11)
    acd.rings("ayse")
    world = acd.world
    (phone,) = world.ringing()
    world.asterisk.answer(phone.channel)
    world.deliver()
    world.keep()
    while world.lanes:
        world.perform(next(iter(world.lanes)))
    world.asterisk.end(phone.channel, 44)
    world.crash()
    world.settle()
    acd.expect_waiting("first")
    acd.expect_outcomes("Offer", "answered", "rejected")
    acd.all_go_home()


def test_a_gap_right_after_the_answer_tears_nobody_apart() -> None:
    """The two were together; for the time in which they had to be, nobody could say so."""
    acd = Acd(one_queue("ayse"))
    acd.at_work("ayse")
    acd.calls("first")
    acd.rings("ayse")
    world = acd.world
    [phone] = world.ringing(AYSE)
    world.asterisk.answer(phone.channel)
    world.deliver()
    while world.lanes:
        world.perform(next(iter(world.lanes)))
    world.asterisk.events.clear()
    world.tell(NodeLost(node=NODE))
    world.pass_time(12)
    world.reconnect()
    world.settle()
    acd.expect(ayse="with first")
    acd.expect_outcomes("Offer", "answered")


def test_a_transferred_caller_waits_for_the_end_of_the_whisper() -> None:
    """The agent who transferred was slow to hang up, and passed for one who had consulted."""
    two = settings(
        queue_settings(SALES, "700", "ayse"),
        queue_settings(SERVICE, "701", "baris", whisper="sound:service"),
    )
    acd = Acd(two)
    acd.at_work("ayse", "baris")
    acd.calls("first")
    acd.takes("ayse")
    slow = next(leg.channel for leg in acd.world.core.state.legs.values() if leg.agent == AYSE)
    acd.world.ask(Transfer(agent=AYSE, queue=SERVICE))
    late = [lane for lane in acd.world.lanes if lane == slow.id]
    held = acd.world.lanes.pop(late[0])
    acd.world.settle()
    acd.takes("baris")
    acd.expect(baris="reserved")
    acd.world.lanes[late[0]] = held
    acd.world.settle()
    acd.expect(baris="reserved", ayse="acw")
    for phone in list(acd.world.asterisk.channels):
        acd.world.asterisk.end_playback(phone)
    acd.world.settle()
    acd.expect(baris="with first")


def test_an_agent_whose_project_is_taken_away_is_logged_out() -> None:
    """Calls of the project were offered on."""
    acd = Acd(one_queue("ayse"))
    acd.at_work("ayse")
    agents = dict(acd.world.settings.agents)
    agents[AYSE] = replace(agents[AYSE], projects=())
    acd.applies(agents=agents)
    acd.expect(ayse="logged out")


def test_a_winner_who_leaves_during_the_whisper_costs_the_others_nothing() -> None:
    """Trap 4: all other phones are told at the win that it was answered elsewhere, so that none
    rings on; if the winner goes before the two are together the caller is in the old place, and the
    others ring again as soon as they are on hook."""
    acd = Acd(one_queue("ayse", "baris", "cem", strategy=Strategy.RING_ALL, whisper="sound:sales"))
    acd.at_work("ayse", "baris", "cem")
    acd.calls("first")
    acd.rings("ayse", "baris", "cem")
    place = [entry.order_since for entry in acd.world.core.state.entries.values()]
    acd.answers("ayse")
    acd.expect_outcomes("Offer", "lost_race", "lost_race")
    acd.agent_hangs_up("ayse")
    acd.pass_time(0.5)
    acd.expect(ayse="idle", baris="ringing", cem="ringing")
    assert [e.order_since for e in acd.world.core.state.entries.values()] == place
    acd.takes("baris")
    acd.all_go_home()


def test_whoever_of_several_answers_in_one_instant_one_has_the_caller() -> None:
    """Traps 3 and 10: in whatever order the answers come there is one winner, the losers are hung
    up although they are up, and free at once."""
    for order in permutations(("ayse", "baris", "cem")):
        acd = Acd(one_queue("ayse", "baris", "cem", strategy=Strategy.RING_ALL))
        acd.at_work("ayse", "baris", "cem")
        acd.calls("first")
        acd.rings(*order)
        acd.answers(*order)
        winners = [name for name in order if acd.doing(name) == "with first"]
        assert winners == [order[0]]
        acd.pass_time(1)
        assert {acd.doing(name) for name in order[1:]} == {"idle"}
        assert sorted(acd.outcomes("Offer")) == ["answered", "lost_race", "lost_race"]
        acd.all_go_home()


def test_who_was_on_hold_talks_again_though_a_crash_hid_that_the_colleague_had_left() -> None:
    """The two were together, and for us one was still on hold: nothing could be asked for."""
    two = settings(queue_settings(SALES, "700", "ayse"), queue_settings(SERVICE, "701", "baris"))
    acd = Acd(two)
    acd.at_work("ayse", "baris")
    acd.calls("first")
    acd.takes("ayse")
    acd.ask(Consult(agent=AYSE, queue=SERVICE))
    acd.takes("baris")
    world = acd.world
    [colleague] = [leg.channel for leg in world.core.state.legs.values() if leg.agent == BARIS]
    world.keep()
    world.asterisk.end(colleague)
    while world.asterisk.events:
        world.deliver()
    while world.lanes:
        world.perform(next(iter(world.lanes)))
    world.crash()
    world.settle()
    acd.expect(ayse="with first")
    assert world.core.state.agents[AYSE].phase == "talking"
    acd.all_go_home()
