"""What failed, what took too long, and what is found when a node is reached again."""

from dataclasses import replace

import pytest

from acd.agents.agent import NotReady
from acd.distributor.watching import asleep
from acd.effects import (
    Answer,
    ArmDeadMan,
    DestroyBridge,
    Effect,
    HangUp,
    Join,
    MakeBridge,
    Ring,
    StartMusic,
    StopMusic,
    Watch,
)
from acd.facts import (
    BridgeMissing,
    ContactsChanged,
    EffectFailed,
    LegAnswered,
    LegFound,
    LegGone,
    LegJoined,
    NodeLost,
    NodeUp,
    StrayFound,
)
from acd.ids import HOLDING, BridgeId, Channel, ChannelId, ExtensionNumber, NodeId, lane_of
from acd.requests import Consult, EndCall, Listen
from tests.stories.acd import SERVICE, Acd
from tests.unit.distributor.scenes import (
    AYSE,
    DEFNE,
    TWO_QUEUES,
    at_work,
    entry,
    interaction,
    leg,
    offer,
    picture,
    ringing,
    talking,
    tell,
    waiting,
)
from tests.world.asterisk import NODE

OTHER = NodeId("b")
STRANGER = Channel(NODE, ChannelId("1-9-1.9"))
OUR_TALK = BridgeId("1-1-1.4")


def due(acd: Acd) -> list[Effect]:
    """What the next deadline leads to."""
    deadline = acd.world.core.next_deadline()
    assert deadline
    acd.world.now = deadline
    return list(acd.world.core.handle_timeout(deadline).effects)


def kinds(effects: list[Effect]) -> list[type]:
    return [type(effect) for effect in effects]


# What failed.


def ring_failed(acd: Acd, *, unreachable: bool) -> EffectFailed:
    ring = Ring(
        lane="",  # type: ignore[arg-type]
        channel=leg(acd, "agent").channel,
        endpoint="",
        caller="",
        caller_name="",
        timeout_s=60,
    )
    return EffectFailed(effect=ring, reason="no", unreachable=unreachable)


def test_a_phone_that_could_not_be_rung_is_unreachable_and_the_next_agent_is_asked() -> None:
    acd = ringing("ayse", "baris")
    effects = tell(acd, ring_failed(acd, unreachable=False))
    assert kinds(effects) == [Ring]
    assert offer(acd).agent == "baris"


def test_a_phone_that_rings_perhaps_is_hung_up() -> None:
    """Asterisk did not answer: it may have done what it was asked all the same."""
    acd = ringing("ayse")
    channel = leg(acd, "agent").channel
    effects = tell(acd, ring_failed(acd, unreachable=True))
    assert [e.channel for e in effects if isinstance(e, HangUp)] == [channel]


def test_a_caller_who_could_not_be_watched_waits_on() -> None:
    """That the channel is gone is a fact of its own. Else the application was gone, or an edge
    has failed: it is asked for again. Of who has picked up a call nothing else tells the end."""
    acd = waiting()
    watch = Watch(lane=lane_of("1-1"), channel=leg(acd, "caller").channel)
    assert tell(acd, EffectFailed(effect=watch, reason="Application not found")) == []
    assert watch in due(acd)


def test_who_answers_a_call_that_nobody_knows_of_is_hung_up_at_once() -> None:
    """Else there were silence until the next sweep."""
    acd = talking()
    before = picture(acd)
    [end] = tell(acd, LegAnswered(channel=STRANGER))
    assert end == HangUp(lane="1-9-1.9", channel=STRANGER)  # type: ignore[arg-type]
    assert picture(acd) == before


def test_a_caller_who_could_not_be_placed_is_placed_again() -> None:
    acd = waiting()
    channel = leg(acd, "caller").channel
    join = Join(lane="", channel=channel, bridge=HOLDING)  # type: ignore[arg-type]
    assert tell(acd, EffectFailed(effect=join, reason="500")) == []
    effects = due(acd)
    assert Join(lane="1-1", channel=channel, bridge=HOLDING) in effects  # type: ignore[arg-type]
    assert StartMusic in kinds(effects)


def test_an_agent_who_could_not_be_placed_is_placed_again() -> None:
    acd = talking()
    agent = leg(acd, "agent")
    assert agent.bridge
    join = Join(lane="", channel=agent.channel, bridge=agent.bridge)  # type: ignore[arg-type]
    tell(acd, EffectFailed(effect=join, reason="500"))
    effects = due(acd)
    assert [e.bridge for e in effects if isinstance(e, Join)] == [agent.bridge]


def test_a_caller_who_is_placed_again_in_a_talk_hears_no_music_and_needs_no_switch() -> None:
    acd = talking()
    caller = leg(acd, "caller")
    assert caller.bridge
    join = Join(lane="", channel=caller.channel, bridge=caller.bridge)  # type: ignore[arg-type]
    tell(acd, EffectFailed(effect=join, reason="500"))
    effects = due(acd)
    assert StopMusic(lane="1-1", channel=caller.channel) in effects  # type: ignore[arg-type]
    assert ArmDeadMan(lane="1-1", channel=caller.channel, seconds=0) in effects  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "effect",
    [
        MakeBridge(lane="", node=NODE, bridge=OUR_TALK),  # type: ignore[arg-type]
        HangUp(lane="", channel=STRANGER),  # type: ignore[arg-type]
        Watch(lane="", channel=STRANGER),  # type: ignore[arg-type]
        Answer(lane="", channel=STRANGER),  # type: ignore[arg-type]
    ],
)
def test_what_mends_itself_or_is_nobodys_changes_nothing(effect: Effect) -> None:
    acd = talking()
    before = picture(acd)
    assert tell(acd, EffectFailed(effect=effect, reason="no")) == []
    assert picture(acd) == before


# What took too long.


def test_a_hang_up_that_nothing_came_of_is_asked_for_again_and_again() -> None:
    acd = talking()
    caller = leg(acd, "caller").channel
    acd.world.core.request(EndCall(agent=AYSE), acd.world.now)
    for _ in range(2):
        again = [*due(acd), *due(acd)]
        assert HangUp(lane="1-1", channel=caller) in again  # type: ignore[arg-type]


def test_a_waiting_callers_dead_mans_switch_is_armed_anew_in_good_time() -> None:
    acd = waiting()
    start = acd.world.now
    [again] = due(acd)
    assert isinstance(again, ArmDeadMan)
    assert again.seconds == 60
    assert (acd.world.now - start).total_seconds() == 20


def test_a_supervisor_who_does_not_answer_is_hung_up() -> None:
    acd = talking("ayse", "defne")
    acd.ask(Listen(supervisor=DEFNE, agent=AYSE))
    acd.pass_time(25)
    assert {leg.role for leg in acd.world.core.state.legs.values()} == {"caller", "agent"}


# A node is lost, and reached again.


def up(node: NodeId = NODE) -> NodeUp:
    return NodeUp(node=node, contacts={})


def test_while_a_node_is_away_nothing_is_offered_there() -> None:
    acd = at_work("ayse")
    acd.world.lose_node()
    assert not acd.world.core.state.node_up(NODE)
    assert acd.world.core.state.agents[AYSE].not_ready is NotReady.DEVICE


def test_a_phone_heard_of_while_its_node_was_away_is_gone_where_it_is_not_found() -> None:
    acd = at_work("ayse")
    acd.world.lose_node()
    number = ExtensionNumber("1001")
    tell(acd, ContactsChanged(node=NODE, extension=number, contacts=("PJSIP/1001",)))
    tell(acd, up())
    assert acd.world.core.state.agents[AYSE].not_ready is NotReady.DEVICE
    tell(acd, NodeUp(node=NODE, contacts={number: ("PJSIP/1001",)}))
    acd.expect(ayse="idle")


def test_a_node_of_which_nothing_was_known_can_be_lost_too() -> None:
    acd = at_work("ayse")
    tell(acd, NodeLost(node=OTHER))
    assert not acd.world.core.state.node_up(OTHER)
    acd.expect(ayse="idle")


def test_who_rings_out_while_the_node_is_away_has_missed_nothing() -> None:
    acd = ringing("ayse")
    acd.rings("ayse")
    acd.world.lose_node()
    acd.pass_time(30)
    acd.expect_outcomes("Offer", "withdrawn")
    assert acd.world.core.state.agents[AYSE].misses == 0


def test_what_was_being_offered_is_withdrawn_and_offered_anew() -> None:
    acd = ringing("ayse")
    acd.rings("ayse")
    acd.world.lose_node()
    acd.world.reconnect()
    acd.world.settle()
    acd.expect_outcomes("Offer", "withdrawn")
    acd.pass_time(1)
    acd.expect(ayse="ringing")


def test_a_phone_that_ended_in_the_gap_has_missed_nothing() -> None:
    acd = ringing("ayse")
    channel = leg(acd, "agent").channel
    acd.world.lose_node()
    tell(acd, LegGone(channel=channel))
    assert not acd.world.core.state.offers
    assert acd.world.core.state.agents[AYSE].misses == 0


def test_another_nodes_return_takes_no_offer_back() -> None:
    acd = ringing("ayse")
    before = offer(acd)
    tell(acd, up(OTHER))
    assert offer(acd) == before


def test_a_talk_goes_on_through_a_gap() -> None:
    acd = talking()
    acd.world.lose_node()
    acd.world.reconnect()
    acd.world.settle()
    acd.expect(ayse="with first")


def test_a_node_that_is_up_says_which_phones_are_registered() -> None:
    acd = at_work("ayse", "baris")
    acd.world.lose_node()
    acd.world.unregister("1001")
    acd.world.reconnect()
    acd.expect(ayse="no device", baris="idle")


def test_an_agent_without_extension_is_reached_on_the_mobile_alone() -> None:
    acd = at_work("ayse")
    agents = acd.world.settings.agents
    acd.applies(agents={AYSE: replace(agents[AYSE], extension=None)})
    tell(acd, up())
    assert [bool(d.endpoints) for d in acd.world.core.state.agents[AYSE].devices] == [False, True]


def test_a_row_of_which_nothing_hangs_on_the_node_stays_as_it_is() -> None:
    acd = talking()
    caller = leg(acd, "caller")
    assert asleep(caller) is caller


# What is found.


def found(channel: Channel, bridge: BridgeId | None = None, *, up: bool = True) -> LegFound:
    return LegFound(channel=channel, up=up, bridge=bridge)


def test_a_leg_that_is_not_ours_is_not_found() -> None:
    acd = talking()
    before = picture(acd)
    assert tell(acd, found(STRANGER)) == []
    assert picture(acd) == before


def test_a_leg_that_is_being_ended_is_ended_again() -> None:
    acd = talking()
    caller = leg(acd, "caller").channel
    acd.world.core.request(EndCall(agent=AYSE), acd.world.now)
    assert tell(acd, found(caller, HOLDING)) == [HangUp(lane="1-1", channel=caller)]  # type: ignore[arg-type]


def test_the_music_of_one_who_is_found_in_a_talk_is_ended_where_it_is() -> None:
    acd = talking()
    caller = leg(acd, "caller")
    effects = tell(acd, found(caller.channel, caller.bridge))
    assert StopMusic(lane="1-1", channel=caller.channel, talks=True) in effects  # type: ignore[arg-type]
    assert Join not in kinds(effects)


def test_a_waiting_caller_is_watched_and_put_again_where_the_music_is() -> None:
    acd = waiting()
    caller = leg(acd, "caller").channel
    effects = tell(acd, found(caller, HOLDING))
    assert effects[0] == Watch(lane="1-1", channel=caller)  # type: ignore[arg-type]
    assert {Join, StartMusic} <= set(kinds(effects))
    assert [e.seconds for e in effects if isinstance(e, ArmDeadMan)] == [60]


def test_a_caller_whose_queue_is_gone_waits_with_the_default_music() -> None:
    acd = talking("ayse", of=TWO_QUEUES)
    acd.ask(Consult(agent=AYSE, queue=SERVICE))
    acd.applies(queues={SERVICE: TWO_QUEUES.queues[SERVICE]}, routes={})
    effects = tell(acd, found(leg(acd, "caller").channel, HOLDING))
    assert [e.music for e in effects if isinstance(e, StartMusic)] == ["default"]


def test_a_talk_whose_beginning_was_not_recorded_is_taken_for_one() -> None:
    """Both are found in the bridge: the win, and that they were joined, are told by that."""
    acd = ringing("ayse")
    caller, agent = leg(acd, "caller").channel, leg(acd, "agent").channel
    bridge = entry(acd).bridge
    assert bridge
    effects = tell(acd, found(caller, bridge), found(agent, bridge))
    assert not acd.world.core.state.entries
    assert not acd.world.core.state.offers
    assert acd.world.core.state.agents[AYSE].phase == "talking"
    assert 0 in [e.seconds for e in effects if isinstance(e, ArmDeadMan)]


def test_an_agent_found_in_the_bridge_alone_has_won_and_the_caller_is_brought() -> None:
    acd = ringing("ayse")
    caller, agent = leg(acd, "caller").channel, leg(acd, "agent").channel
    effects = tell(acd, found(caller, HOLDING), found(agent, entry(acd).bridge))
    assert caller in [e.channel for e in effects if isinstance(e, Join)]
    assert offer(acd).won_by == agent


def test_a_phone_that_was_answered_in_the_gap_has_won() -> None:
    acd = ringing("ayse")
    agent = leg(acd, "agent").channel
    tell(acd, found(agent))
    assert offer(acd).won_by == agent


def test_a_phone_that_still_rings_is_left_to_the_end_of_the_findings() -> None:
    acd = ringing("ayse")
    before = picture(acd)
    assert tell(acd, found(leg(acd, "agent").channel, up=False)) == []
    assert picture(acd) == before


def test_two_who_were_joined_in_the_gap_talk() -> None:
    acd = ringing("ayse")
    caller, agent = leg(acd, "caller").channel, leg(acd, "agent").channel
    tell(acd, LegAnswered(channel=agent))
    bridge = entry(acd).bridge
    tell(acd, found(caller, bridge))
    assert not acd.world.core.state.entries


def test_two_who_should_be_together_and_are_not_are_joined_again() -> None:
    acd = talking()
    agent = leg(acd, "agent")
    effects = tell(acd, found(agent.channel, None))
    assert [e.bridge for e in effects if isinstance(e, Join)] == [agent.bridge]


def test_a_caller_on_the_way_to_an_agent_who_is_gone_waits_again() -> None:
    acd = ringing("ayse")
    caller, agent = leg(acd, "caller"), leg(acd, "agent")
    tell(acd, found(caller.channel, entry(acd).bridge), LegGone(channel=agent.channel))
    assert leg(acd, "caller").bridge == entry(acd).bridge
    tell(acd, up())
    assert leg(acd, "caller").bridge == HOLDING


# Bridges and strays.


def test_a_bridge_that_is_missing_is_made_again_under_another_id() -> None:
    acd = talking()
    old = leg(acd, "agent").bridge
    assert old
    effects = tell(acd, BridgeMissing(node=NODE, bridge=old))
    [made] = effects
    assert isinstance(made, MakeBridge)
    assert made.bridge != old
    assert leg(acd, "agent").bridge == leg(acd, "caller").bridge == made.bridge
    assert acd.world.core.state.interactions[interaction(acd)].bridges == (made.bridge,)


def test_of_several_bridges_only_the_missing_one_is_made_again() -> None:
    acd = talking("ayse", "baris", of=TWO_QUEUES)
    acd.ask(Consult(agent=AYSE, queue=SERVICE))
    talk, asked = acd.world.core.state.interactions[interaction(acd)].bridges
    tell(acd, BridgeMissing(node=NODE, bridge=asked))
    bridges = acd.world.core.state.interactions[interaction(acd)].bridges
    assert bridges[0] == talk
    assert entry(acd).bridge == bridges[1] != asked
    tell(acd, BridgeMissing(node=NODE, bridge=talk))
    assert entry(acd).bridge == bridges[1]


@pytest.mark.parametrize("bridge", ["1-1-1.99", "1-9-1.4", HOLDING])
def test_a_missing_bridge_of_nobody_is_not_made(bridge: str) -> None:
    acd = talking()
    assert tell(acd, BridgeMissing(node=NODE, bridge=BridgeId(bridge))) == []


def test_whatever_nobody_owns_is_ended() -> None:
    acd = talking()
    bridge = BridgeId("1-9-1.4")
    assert tell(
        acd,
        StrayFound(node=NODE, channel=STRANGER),
        StrayFound(node=NODE, bridge=bridge),
    ) == [
        HangUp(lane="1-9-1.9", channel=STRANGER),  # type: ignore[arg-type]
        DestroyBridge(lane="1-9", node=NODE, bridge=bridge),  # type: ignore[arg-type]
    ]


def test_what_somebody_owns_by_now_is_left_alone() -> None:
    acd = talking()
    talk = leg(acd, "agent").bridge
    assert (
        tell(
            acd,
            StrayFound(node=NODE, channel=leg(acd, "agent").channel),
            StrayFound(node=NODE, bridge=talk),
        )
        == []
    )


def test_a_join_that_is_told_twice_changes_nothing() -> None:
    acd = talking()
    agent = leg(acd, "agent")
    before = picture(acd)
    assert agent.bridge
    assert tell(acd, LegJoined(channel=agent.channel, bridge=agent.bridge)) == []
    assert tell(acd, LegAnswered(channel=agent.channel)) == []
    assert tell(acd, LegJoined(channel=STRANGER, bridge=agent.bridge)) == []
    assert picture(acd) == before
