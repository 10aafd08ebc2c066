"""Whether an agent is ready is derived; the first thing in the way is the one that is told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from acd.agents.agent import Agent, NotReady
from acd.agents.assignment import Assignment, IllegalMove, Move, Phase
from acd.agents.device import Device, DeviceKind
from acd.ids import AgentId, ChannelId, InteractionId, ProjectName
from acd.settings import AVAILABLE, Category, RingMode

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
EXTENSION, MOBILE = DeviceKind.EXTENSION, DeviceKind.MOBILE
FIRST, SECOND = InteractionId("1-1"), InteractionId("1-2")
LEG = ChannelId("1-1-1.1")
PHONE = Device(kind=EXTENSION, endpoints=("PJSIP/1001",))
CELL = Device(kind=MOBILE, endpoints=("PJSIP/+905550001001@carrier",))
READY = Agent(
    id=AgentId("ayse"),
    ring=RingMode.EXTENSION,
    project=ProjectName("support"),
    status=AVAILABLE,
    category=Category.AVAILABLE,
    since=NOW,
    idle_since=NOW,
    devices=(PHONE, CELL),
)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def off_hook(agent: Agent) -> Agent:
    return agent.with_leg(EXTENSION, LEG)


# Ready or not.


def test_who_is_logged_in_available_free_and_reachable_is_ready() -> None:
    assert READY.not_ready is None


@pytest.mark.parametrize(
    ("agent", "reason"),
    [
        (replace(READY, project=None), NotReady.LOGGED_OUT),
        (replace(READY, category=Category.BREAK), NotReady.STATUS),
        (replace(READY, category=Category.OFFLINE), NotReady.STATUS),
        (READY.assign(Assignment(interaction=FIRST)), NotReady.BUSY),
        (off_hook(READY), NotReady.BUSY),
        (READY.with_leg(MOBILE, LEG), NotReady.BUSY),
        (READY.with_device(replace(PHONE, endpoints=())), NotReady.DEVICE),
        (READY.with_device(replace(PHONE, rest_until=NOW)), NotReady.DEVICE),
        (replace(READY, ring=RingMode.MOBILE, devices=(PHONE,)), NotReady.DEVICE),
    ],
)
def test_what_keeps_an_agent_from_being_offered_anything(agent: Agent, reason: NotReady) -> None:
    assert agent.not_ready is reason


def test_the_first_thing_in_the_way_is_told() -> None:
    """Each step takes away what was in the way before."""
    worst = replace(off_hook(READY), project=None, category=Category.BREAK)
    steps = [worst]
    steps += [replace(steps[-1], project=READY.project)]
    steps += [replace(steps[-1], category=Category.AVAILABLE)]
    steps += [steps[-1].without_leg(LEG, after(0.5))]
    steps += [steps[-1].with_device(PHONE)]
    assert [agent.not_ready for agent in steps] == [
        NotReady.LOGGED_OUT,
        NotReady.STATUS,
        NotReady.BUSY,
        NotReady.DEVICE,
        None,
    ]


# Devices.


@pytest.mark.parametrize(
    ("ring", "stages"),
    [
        (RingMode.EXTENSION, [[EXTENSION]]),
        (RingMode.MOBILE, [[MOBILE]]),
        (RingMode.SIMULTANEOUS, [[EXTENSION, MOBILE]]),
        (RingMode.EXTENSION_THEN_MOBILE, [[EXTENSION], [MOBILE]]),
    ],
)
def test_which_devices_ring_and_in_which_order(
    ring: RingMode, stages: list[list[DeviceKind]]
) -> None:
    assert [list(stage) for stage in replace(READY, ring=ring).stages] == stages


@pytest.mark.parametrize(
    ("ring", "stages"),
    [
        (RingMode.EXTENSION, []),
        (RingMode.MOBILE, [[MOBILE]]),
        (RingMode.SIMULTANEOUS, [[MOBILE]]),
        (RingMode.EXTENSION_THEN_MOBILE, [[MOBILE]]),
    ],
)
def test_a_device_that_cannot_ring_is_left_out(
    ring: RingMode, stages: list[list[DeviceKind]]
) -> None:
    agent = replace(READY, ring=ring).with_device(replace(PHONE, endpoints=()))
    assert [list(stage) for stage in agent.stages] == stages


def test_a_device_is_on_hook_again_when_its_last_leg_is_gone() -> None:
    other = ChannelId("1-1-1.2")
    agent = off_hook(READY).with_leg(EXTENSION, other)
    assert agent.device(EXTENSION).legs == (LEG, other)
    agent = agent.without_leg(LEG, None)
    assert agent.not_ready is NotReady.BUSY
    assert agent.without_leg(other, None) == READY


def test_a_device_rests_after_we_ended_its_leg_and_another_leg_does_not_cut_that_short() -> None:
    other = ChannelId("1-1-1.2")
    agent = off_hook(READY).with_leg(EXTENSION, other)
    agent = agent.without_leg(LEG, after(0.5)).without_leg(other, None)
    assert agent.device(EXTENSION).rest_until == after(0.5)


def test_a_leg_that_is_no_devices_changes_nothing() -> None:
    assert READY.without_leg(LEG, after(0.5)) == READY


# Assignments.


def test_a_move_is_of_one_assignment_and_leaves_the_others_alone() -> None:
    text = Assignment(interaction=SECOND, units=20)
    agent = READY.assign(Assignment(interaction=FIRST)).assign(text)
    talking = agent.move(FIRST, Move.CONNECT)
    assert [(a.interaction, a.phase) for a in talking.assignments] == [
        (FIRST, Phase.TALKING),
        (SECOND, Phase.RESERVED),
    ]
    assert talking.phase is Phase.TALKING
    assert talking.assignment(SECOND) == text
    assert talking.move(FIRST, Move.RELEASE).assignments == (text,)


def test_who_has_no_assignment_does_nothing_with_a_call() -> None:
    assert READY.phase is None
    assert READY.assignment(FIRST) is None


def test_a_move_that_cannot_be_is_a_bug() -> None:
    with pytest.raises(IllegalMove, match="ayse: hold in reserved"):
        READY.assign(Assignment(interaction=FIRST)).move(FIRST, Move.HOLD)


# Deadlines.


def test_the_earliest_of_what_an_agent_waits_for_is_the_deadline() -> None:
    assert READY.due is None
    agent = replace(READY, acw_until=after(10))
    assert agent.due == after(10)
    agent = agent.with_device(replace(PHONE, rest_until=after(3), out_until=after(5)))
    assert agent.due == after(3)
    agent = agent.with_device(replace(CELL, out_until=after(2)))
    assert agent.due == after(2)


def test_an_agent_is_known_by_the_id() -> None:
    assert READY.key == "ayse"
