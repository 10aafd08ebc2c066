"""What we believe of a node, compared with what it has, as facts."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from acd.calls.leg import Leg, LegState, Role
from acd.facts import (
    BridgeMissing,
    CallArrived,
    Fact,
    LegFound,
    LegGone,
    NodeUp,
    PairFound,
    StrayFound,
)
from acd.ids import HOLDING, BridgeId, Channel, ChannelId, ExtensionNumber, InteractionId, NodeId
from acd.recovery import after_connect, sweep
from acd.views import FoundChannel, Snapshot

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
NODE, OTHER = NodeId("a"), NodeId("b")
TALK, UNKNOWN = BridgeId("1-1-1.4"), BridgeId("1-9-1.4")
CONTACTS = {ExtensionNumber("1001"): ("PJSIP/1001",)}


def leg(
    id: str, role: Role = Role.AGENT, state: LegState = LegState.UP, node: NodeId = NODE
) -> Leg:
    return Leg(
        channel=Channel(node, ChannelId(id)),
        interaction=InteractionId("1-1"),
        role=role,
        state=state,
        asked_at=NOW,
    )


CALLER, AGENT = leg("in.1", Role.CALLER), leg("1-1-1.3")


def found(id: str, *, arrived: CallArrived | None = None) -> FoundChannel:
    return FoundChannel(id=ChannelId(id), up=True, bridge=TALK, arrived=arrived)


def snapshot(*channels: FoundChannel, bridges: Iterable[BridgeId] = (TALK,)) -> Snapshot:
    return Snapshot(
        node=NODE,
        channels={channel.id: channel for channel in channels},
        bridges=frozenset(bridges),
        contacts=CONTACTS,
    )


UP = NodeUp(node=NODE, contacts=CONTACTS)


def found_fact(leg: Leg, *, alone: bool = False) -> LegFound:
    return LegFound(channel=leg.channel, up=True, bridge=TALK, alone=alone)


# After a gap.


def test_what_is_as_we_believe_is_found_callers_first_and_the_node_is_up_at_last() -> None:
    facts = after_connect(snapshot(found("in.1"), found("1-1-1.3")), [AGENT, CALLER], {TALK})
    assert facts == [found_fact(CALLER), found_fact(AGENT), UP]


def test_a_leg_that_is_not_there_is_gone() -> None:
    facts = after_connect(snapshot(found("in.1")), [CALLER, AGENT], {TALK})
    assert facts == [found_fact(CALLER, alone=True), LegGone(channel=AGENT.channel), UP]


def test_what_an_asterisk_took_along_as_it_went_is_lost() -> None:
    facts = after_connect(snapshot(bridges=()), [CALLER], set(), restarted=True)
    assert facts == [LegGone(channel=CALLER.channel, lost=True), UP]


def test_a_bridge_that_is_not_there_is_told_before_any_leg() -> None:
    """Legs are put where they belong only after it is made again."""
    facts = after_connect(snapshot(found("in.1"), bridges=()), [CALLER], {TALK})
    assert facts == [BridgeMissing(node=NODE, bridge=TALK), found_fact(CALLER, alone=True), UP]


def test_a_call_that_came_in_the_gap_arrives_now() -> None:
    arrived = CallArrived(
        channel=Channel(NODE, ChannelId("in.2")), number="700", caller="+902120000001"
    )
    facts = after_connect(snapshot(found("in.2", arrived=arrived), bridges=()), [], set())
    assert facts == [arrived, UP]


def test_what_nobody_owns_is_a_stray() -> None:
    facts = after_connect(snapshot(found("1-9-1.3"), bridges=[UNKNOWN]), [], set())
    assert facts == [
        StrayFound(node=NODE, channel=Channel(NODE, ChannelId("1-9-1.3"))),
        StrayFound(node=NODE, bridge=UNKNOWN),
        UP,
    ]


ARRIVED = CallArrived(channel=Channel(NODE, ChannelId("in.2")), number="700", caller="+90212")
LONELY = found("in.2", arrived=ARRIVED)
PHONE = replace(found("1-9-1.3"), extension=ExtensionNumber("1001"))
STRAY = StrayFound(node=NODE, channel=Channel(NODE, PHONE.id))


def test_a_caller_and_a_phone_of_which_nothing_is_known_are_a_pair() -> None:
    other = Channel(NODE, PHONE.id)
    pair = PairFound(arrived=ARRIVED, other=other, extension=ExtensionNumber("1001"))
    assert after_connect(snapshot(LONELY, PHONE), [], {TALK}) == [pair, UP]
    assert after_connect(snapshot(PHONE, LONELY), [], {TALK}) == [pair, UP]


def test_a_caller_who_is_known_is_found_before_the_pair() -> None:
    known = leg("in.2", Role.CALLER)
    facts = after_connect(snapshot(LONELY, PHONE), [known], {TALK})
    assert [type(fact) for fact in facts] == [LegFound, PairFound, NodeUp]


PICKED = CallArrived(
    channel=Channel(NODE, ChannelId("in.3")),
    number="*8",
    caller="1002",
    extension=ExtensionNumber("1002"),
)
PICKER = found("in.3", arrived=PICKED)


def test_a_caller_and_a_phone_that_has_picked_up_are_a_pair() -> None:
    pair = PairFound(
        arrived=ARRIVED, other=PICKED.channel, extension=ExtensionNumber("1002"), picked=PICKED
    )
    for channels in (LONELY, PICKER), (PICKER, LONELY):
        assert after_connect(snapshot(*channels), [], {TALK}) == [pair, UP]


def test_who_has_picked_up_is_told_before_the_phone_that_rang_is_gone() -> None:
    known = leg("in.2", Role.CALLER)
    facts = after_connect(snapshot(LONELY, PICKER), [known, AGENT], {TALK})
    assert [type(fact) for fact in facts] == [LegFound, PairFound, LegGone, NodeUp]


@pytest.mark.parametrize(
    "picked",
    [
        replace(PICKED, extension=None),
        replace(PICKED, number="700"),
    ],
    ids=["from outside", "by no code"],
)
def test_two_who_have_called_are_no_pair(picked: CallArrived) -> None:
    other = replace(PICKER, arrived=picked)
    assert after_connect(snapshot(LONELY, other), [], {TALK}) == [ARRIVED, picked, UP]


def test_two_who_have_picked_up_are_no_pair() -> None:
    also = replace(LONELY, arrived=replace(ARRIVED, number="*8"))
    facts = after_connect(snapshot(also, PICKER), [], {TALK})
    assert [type(fact) for fact in facts] == [CallArrived, CallArrived, NodeUp]


@pytest.mark.parametrize(
    ("channels", "facts"),
    [
        ([replace(LONELY, bridge=HOLDING), replace(PHONE, bridge=HOLDING)], [ARRIVED, STRAY]),
        ([replace(LONELY, bridge=None), PHONE], [ARRIVED, STRAY]),
        ([LONELY, replace(PHONE, extension=None)], [ARRIVED, STRAY]),
        ([LONELY, PHONE, found("in.1")], [found_fact(CALLER), ARRIVED, STRAY]),
        ([PHONE, found("in.1")], [found_fact(CALLER), STRAY]),
    ],
    ids=["who wait", "apart", "no phone of ours", "a third one", "no caller"],
)
def test_these_are_no_pair(channels: list[FoundChannel], facts: list[Fact]) -> None:
    assert [f for f in after_connect(snapshot(*channels), [CALLER], {TALK}) if f in facts] == facts


def test_an_agent_who_is_known_is_no_stray_that_talks() -> None:
    known = leg("1-9-1.3")
    facts = after_connect(snapshot(LONELY, PHONE), [known], {TALK})
    assert facts == [found_fact(known), ARRIVED, UP]


def test_another_nodes_legs_are_not_looked_for_here() -> None:
    assert after_connect(snapshot(bridges=()), [leg("in.7", node=OTHER)], set()) == [UP]


def test_an_asterisk_says_when_it_was_started() -> None:
    shown = Snapshot(node=NODE, channels={}, started="2026-01-05T08:00:00")
    assert after_connect(shown, [], set()) == [
        NodeUp(node=NODE, contacts={}, started="2026-01-05T08:00:00")
    ]


# The sweep, while events come.


def swept(
    *channels: FoundChannel,
    before: Iterable[Leg],
    now: Iterable[Leg],
    bridges: Iterable[BridgeId] = (),
) -> list[Fact]:
    return sweep(snapshot(*channels, bridges=bridges), before, now, {TALK})


def test_a_leg_that_was_ours_all_the_while_and_is_not_there_is_gone() -> None:
    assert swept(before=[CALLER], now=[CALLER]) == [LegGone(channel=CALLER.channel)]


def test_a_leg_that_is_there_is_left_alone() -> None:
    assert swept(found("in.1"), before=[CALLER], now=[CALLER], bridges=[TALK]) == []


def test_a_leg_that_came_or_went_meanwhile_proves_nothing() -> None:
    assert swept(before=[], now=[CALLER]) == []
    assert swept(before=[CALLER], now=[]) == []


def test_who_hung_up_since_the_picture_was_taken_does_not_arrive_again() -> None:
    arrived = CallArrived(channel=CALLER.channel, number="700", caller="+902120000001")
    assert swept(found("in.1", arrived=arrived), before=[CALLER], now=[], bridges=[TALK]) == []


def test_a_leg_that_is_only_asked_for_may_yet_come() -> None:
    asked = leg("1-1-1.3", state=LegState.ASKED)
    assert swept(before=[asked], now=[asked]) == []


def test_the_sweep_of_one_node_says_nothing_of_another() -> None:
    elsewhere = leg("in.7", node=OTHER)
    assert swept(before=[elsewhere], now=[elsewhere]) == []


def test_the_sweep_finds_strays_too() -> None:
    assert swept(found("1-9-1.3"), before=[], now=[], bridges=[UNKNOWN]) == [
        StrayFound(node=NODE, channel=Channel(NODE, ChannelId("1-9-1.3"))),
        StrayFound(node=NODE, bridge=UNKNOWN),
    ]
