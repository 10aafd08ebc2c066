"""Agents log in and out and change their status; their phones come and go."""

from dataclasses import replace

import pytest

from acd.agents.device import DeviceKind
from acd.facts import ContactsChanged
from acd.ids import ExtensionNumber, NodeId
from acd.requests import FinishAcw, LogIn, LogOut, SetStatus
from acd.settings import AVAILABLE, RingMode
from tests.stories.acd import SALES, SUPPORT, Acd, one_queue, queue_settings, settings
from tests.unit.distributor.scenes import (
    AYSE,
    CARE,
    LUNCH,
    STATUSES,
    at_work,
    picture,
    registers,
    ringing,
    talking,
    tell,
)
from tests.world.asterisk import NODE

# In and out.


def test_who_logs_in_is_available() -> None:
    acd = at_work("ayse")
    agent = acd.world.core.state.agents[AYSE]
    assert (agent.project, agent.status, agent.since) == (SUPPORT, AVAILABLE, acd.world.now)
    acd.expect(ayse="idle")


def test_logging_in_starts_the_clock_of_idleness() -> None:
    acd = at_work("ayse")
    assert acd.world.core.state.agents[AYSE].idle_since == acd.world.now


def test_logging_in_twice_changes_nothing() -> None:
    acd = at_work("ayse")
    acd.pass_time(60)
    before = picture(acd)
    acd.ask(LogIn(agent=AYSE, project=SUPPORT))
    assert picture(acd) == before


def test_logging_in_to_another_project_leaves_the_first() -> None:
    base = one_queue("ayse")
    both = replace(base.agents[AYSE], projects=(SUPPORT, CARE))
    acd = at_work("ayse", of=replace(base, agents={**base.agents, AYSE: both}))
    acd.ask(LogIn(agent=AYSE, project=CARE))
    assert acd.world.core.state.agents[AYSE].project == CARE
    acd.calls("first")
    acd.expect_waiting("first")
    acd.expect(ayse="idle")


def test_who_logs_out_is_gone_at_once() -> None:
    acd = at_work("ayse")
    acd.ask(LogOut(agent=AYSE))
    acd.expect(ayse="logged out")


def test_who_logs_out_while_it_rings_is_gone_and_the_caller_keeps_the_place() -> None:
    acd = ringing("ayse", "baris")
    acd.ask(LogOut(agent=AYSE))
    acd.expect(ayse="logged out", baris="ringing")
    acd.expect_outcomes("Offer", "withdrawn")


def test_who_logs_out_during_a_call_is_gone_after_the_after_call_work() -> None:
    acd = talking("ayse")
    acd.ask(LogOut(agent=AYSE))
    acd.expect(ayse="with first")
    acd.caller_hangs_up("first")
    acd.expect(ayse="acw")
    acd.pass_time(10)
    acd.expect(ayse="logged out")


def test_who_changed_the_mind_logs_in_again() -> None:
    acd = talking("ayse")
    acd.ask(LogOut(agent=AYSE))
    acd.caller_hangs_up("first")
    acd.ask(FinishAcw(agent=AYSE))
    acd.ask(LogIn(agent=AYSE, project=SUPPORT))
    acd.expect(ayse="no device")
    acd.pass_time(0.5)
    acd.expect(ayse="idle")


# Status.


def with_lunch(scene: str = "work") -> Acd:
    of = replace(one_queue("ayse"), statuses=STATUSES)
    return {"work": at_work, "rings": ringing, "talks": talking}[scene]("ayse", of=of)


def test_a_status_is_taken_at_once_when_there_is_no_call() -> None:
    acd = with_lunch()
    acd.pass_time(5)
    acd.ask(SetStatus(agent=AYSE, status=LUNCH))
    acd.expect(ayse="not available")
    assert acd.world.core.state.agents[AYSE].since == acd.world.now


def test_a_status_that_is_asked_for_once_more_goes_on() -> None:
    """Trap 36: a break would seem to have begun anew, as long as one asks for it again."""
    acd = with_lunch()
    acd.ask(SetStatus(agent=AYSE, status=LUNCH))
    begun = acd.world.core.state.agents[AYSE]
    acd.pass_time(5)
    acd.ask(SetStatus(agent=AYSE, status=LUNCH))
    assert acd.world.core.state.agents[AYSE] == begun


def test_of_several_statuses_asked_for_during_a_call_the_last_one_stands() -> None:
    acd = with_lunch("talks")
    acd.ask(SetStatus(agent=AYSE, status=LUNCH))
    acd.ask(SetStatus(agent=AYSE, status=AVAILABLE))
    acd.ask(SetStatus(agent=AYSE, status=LUNCH))
    assert acd.world.core.state.agents[AYSE].status == AVAILABLE
    acd.caller_hangs_up("first")
    acd.pass_time(10)
    assert acd.world.core.state.agents[AYSE].status == LUNCH
    assert acd.world.core.state.agents[AYSE].pending is None


def test_a_status_asked_for_between_win_and_talk_waits_for_the_end_of_the_call() -> None:
    acd = at_work("ayse", whisper="sound:sales")
    acd.calls("first")
    acd.takes("ayse")
    acd.ask(SetStatus(agent=AYSE, status=LUNCH))
    acd.expect(ayse="reserved")
    acd.expect_outcomes("Offer")


def test_back_from_a_break_there_is_a_call_at_once() -> None:
    acd = with_lunch()
    acd.ask(SetStatus(agent=AYSE, status=LUNCH))
    acd.calls("first")
    acd.ask(SetStatus(agent=AYSE, status=AVAILABLE))
    acd.expect(ayse="ringing")


# After-call work.


def test_after_call_work_ends_by_itself() -> None:
    acd = talking("ayse")
    acd.caller_hangs_up("first")
    acd.pass_time(9.9)
    acd.expect(ayse="acw")
    acd.pass_time(0.1)
    acd.expect(ayse="idle")


def test_after_call_work_ends_when_the_agent_says_so() -> None:
    acd = talking("ayse")
    acd.caller_hangs_up("first")
    acd.pass_time(1)
    acd.ask(FinishAcw(agent=AYSE))
    acd.expect(ayse="idle")


# Phones.


def contacts(*endpoints: str, node: NodeId = NODE, number: str = "1001") -> ContactsChanged:
    return ContactsChanged(node=node, extension=ExtensionNumber(number), contacts=endpoints)


def test_an_agent_whose_phone_is_gone_is_offered_nothing_until_it_is_back() -> None:
    acd = at_work("ayse")
    acd.world.unregister("1001")
    acd.calls("first")
    acd.expect(ayse="no device")
    registers(acd, "1001")
    acd.expect(ayse="ringing")


@pytest.mark.parametrize(
    "fact",
    [contacts("PJSIP/1001"), contacts(number="1099"), contacts(node=NodeId("b"))],
    ids=["as before", "nobody's", "another node's"],
)
def test_what_concerns_nobody_changes_nothing(fact: ContactsChanged) -> None:
    acd = at_work("ayse")
    before = picture(acd)
    assert tell(acd, fact) == []
    assert picture(acd) == before


def test_a_phone_that_failed_may_be_tried_as_soon_as_it_registers_anew() -> None:
    acd = ringing("ayse")
    acd.rejects("ayse", 404)
    acd.expect(ayse="no device")
    registers(acd, "1001", "PJSIP/1001/new")
    acd.expect(ayse="ringing")


def test_a_second_phone_that_goes_away_does_not_bring_back_one_that_failed() -> None:
    acd = at_work("ayse")
    registers(acd, "1001", "PJSIP/1001/desk", "PJSIP/1001/softphone")
    acd.calls("first")
    acd.rejects("ayse", 404)
    registers(acd, "1001", "PJSIP/1001/desk")
    acd.expect(ayse="no device")


def endpoints(acd: Acd, kind: DeviceKind) -> tuple[str, ...]:
    return acd.world.core.state.agents[AYSE].device(kind).endpoints


def test_a_mobile_is_dialled_over_the_trunk() -> None:
    acd = at_work("ayse")
    assert endpoints(acd, DeviceKind.MOBILE) == ("PJSIP/+90555001001@carrier",)


@pytest.mark.parametrize("missing", ["mobile", "trunk"])
def test_without_a_mobile_or_a_trunk_no_mobile_can_be_reached(missing: str) -> None:
    base = settings(queue_settings(SALES, "700", "ayse"), ring=RingMode.MOBILE)
    if missing == "trunk":
        base = replace(base, outbound_routes=())
    else:
        immobile = replace(base.agents[AYSE], mobile=None)
        base = replace(base, agents={**base.agents, AYSE: immobile})
    acd = at_work("ayse", of=base)
    assert endpoints(acd, DeviceKind.MOBILE) == ()
    acd.expect(ayse="no device")
