"""Why an agent gets no calls: each thing that stands in the way is named, and all at once."""

from dataclasses import replace

from acd.agents.agent import Agent
from acd.agents.hindrances import Cause, hindrances
from acd.app.explaining.agents import agent_lines
from acd.http import live
from acd.requests import ChooseQueues, LogOut, SetStatus
from acd.settings import RingMode
from tests.stories.acd import SERVICE, SUPPORT, Acd, one_queue, queue_settings, settings
from tests.unit.distributor.scenes import AYSE, LUNCH, STATUSES, at_work, ringing, talking
from tests.unit.distributor.test_hours import EVENING, hours

SIDES = one_queue("ayse")


def causes(acd: Acd, *, permitted: bool = True) -> list[str]:
    """As people are told them by HTTP; `acd explain` says the same."""
    found = live.agent_in_full(acd.world.core.state, AYSE, permitted=permitted)["hindrances"]
    lines = agent_lines(acd.world.core.state, AYSE, [], acd.world.now, permitted=permitted)
    told = [line for line in lines if line.startswith("is offered nothing: ")]
    assert len(told) == len(found)
    assert all(one["says"] in line for one, line in zip(found, told, strict=True))
    assert all(one["remedy"] for one in found)
    return [one["cause"] for one in found]


def says(acd: Acd) -> str:
    [only] = live.agent_in_full(acd.world.core.state, AYSE, permitted=True)["hindrances"]
    return only["says"]


def test_nothing_stands_in_the_way_of_one_who_is_ready() -> None:
    assert causes(at_work("ayse")) == []


def test_the_status() -> None:
    acd = at_work("ayse")
    acd.ask(SetStatus(agent=AYSE, status=LUNCH))
    assert causes(acd) == [Cause.STATUS]


def test_the_permission() -> None:
    acd = at_work("ayse")
    assert causes(acd, permitted=False) == [Cause.PERMISSION]


def test_the_working_hours_and_until_when() -> None:
    acd = Acd(hours(*EVENING))
    acd.at_work("ayse")
    assert causes(acd) == [Cause.HOURS]
    assert says(acd) == "is in off hours until 2026-01-05 10:00 UTC"


def test_the_device() -> None:
    acd = at_work("ayse")
    acd.world.unregister("1001")
    assert causes(acd) == [Cause.DEVICE]
    assert says(acd) == "no phone is registered as 1001, or its node is away"


def test_a_device_that_rests_is_not_one_that_is_away() -> None:
    acd = ringing("ayse")
    acd.rejects("ayse", 480)
    assert says(acd).startswith("the phone rests")


def test_a_mobile_without_a_way_out() -> None:
    of = settings(queue_settings(SERVICE, "700", "ayse"), ring=RingMode.MOBILE)
    acd = at_work("ayse", of=replace(of, outbound_routes=()))
    assert causes(acd) == [Cause.DEVICE]
    assert says(acd).startswith("the mobile cannot be called")


def test_the_capacity() -> None:
    acd = talking("ayse")
    assert causes(acd) == [Cause.CAPACITY]
    acd.ask(LogOut(agent=AYSE))
    assert causes(acd) == [Cause.LOG_IN, Cause.CAPACITY]


def test_no_queue_until_one_is_chosen() -> None:
    acd = Acd(settings(queue_settings(SERVICE, "701")))
    acd.at_work("ayse")
    assert causes(acd) == [Cause.QUEUES]
    assert says(acd) == f"is in no queue of {SUPPORT}"
    acd.ask(ChooseQueues(agent=AYSE, queues=(SERVICE,)))
    assert causes(acd) == []


def test_who_is_logged_out_is_told_that_and_no_more() -> None:
    acd = Acd(SIDES)
    assert causes(acd) == [Cause.LOG_IN]


def test_who_is_not_configured_any_more() -> None:
    agent: Agent = at_work("ayse").world.core.state.agents[AYSE]
    assert [one.cause for one in hindrances(agent, None, ())] == [Cause.CONFIGURATION]


def test_several_are_told_at_once() -> None:
    acd = Acd(replace(hours(*EVENING), statuses=STATUSES))
    acd.at_work("ayse")
    acd.ask(SetStatus(agent=AYSE, status=LUNCH))
    acd.world.unregister("1001")
    assert causes(acd, permitted=False) == (
        [Cause.PERMISSION, Cause.STATUS, Cause.HOURS, Cause.DEVICE]
    )
