"""Off hours: nothing is offered, a call goes on, and it can be overridden until midnight.

Stories begin on Monday, January 5, at 09:00 UTC: noon in Istanbul.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from acd.config.zones import zone
from acd.facts import ClockStepped
from acd.requests import LogIn, LogOut, OverrideHours, Refused, SetStatus
from acd.settings import AVAILABLE, ProjectSettings, Settings, Shift
from tests.stories.acd import SUPPORT, Acd, one_queue
from tests.unit.distributor.scenes import AYSE, BARIS, LUNCH, STATUSES
from tests.world.invariants import always

DAYS = tuple(range(7))
MINUTE, HOUR = 60, 3600
MORNING = (Shift(days=DAYS, begins=11 * 60, ends=12 * 60 + 30),)
EVENING = (Shift(days=DAYS, begins=13 * 60, ends=17 * 60),)


def hours(*shifts: Shift, where: str = "Europe/Istanbul") -> Settings:
    """One queue of Ayşe, who has these hours, and Barış, who has none."""
    base = one_queue("ayse", "baris")
    ayse = replace(base.agents[AYSE], working_hours=shifts)
    return replace(
        base,
        statuses=STATUSES,
        agents={**base.agents, AYSE: ayse},
        projects={SUPPORT: ProjectSettings(project=SUPPORT, time_zone=where)},
        zones={where: zone(where)},
    )


def at_work(*shifts: Shift, where: str = "Europe/Istanbul") -> Acd:
    acd = Acd(hours(*shifts, where=where))
    acd.at_work("ayse")
    return acd


def test_within_the_hours_calls_are_offered() -> None:
    acd = at_work(*MORNING)
    acd.calls("first")
    acd.expect(ayse="ringing")


def test_in_off_hours_none_are_until_work_begins() -> None:
    acd = at_work(*EVENING)
    acd.calls("first")
    acd.expect(ayse="off hours")
    acd.pass_time(HOUR - 3)
    acd.expect(ayse="off hours")
    acd.pass_time(2)
    acd.expect(ayse="ringing")
    always(acd.world)


def test_the_hours_are_those_of_the_projects_time_zone() -> None:
    acd = at_work(*MORNING, where="Europe/Berlin")
    acd.expect(ayse="off hours")
    acd.pass_time(HOUR)
    acd.expect(ayse="idle")


def test_a_project_without_a_known_time_zone_goes_by_utc() -> None:
    base = replace(hours(*MORNING), projects={}, zones={})
    acd = Acd(base)
    acd.at_work("ayse")
    acd.expect(ayse="off hours")
    acd.pass_time(2 * HOUR)
    acd.expect(ayse="idle")


def test_without_working_hours_one_is_always_at_work() -> None:
    acd = at_work()
    acd.pass_time(12 * HOUR)
    acd.expect(ayse="idle")
    assert acd.world.core.state.agents[AYSE].look_at is None


def test_a_call_goes_on_when_the_hours_end_and_no_other_follows() -> None:
    acd = at_work(*MORNING)
    acd.calls("first")
    acd.takes("ayse")
    acd.pass_time(31 * MINUTE)
    acd.expect(ayse="with first")
    acd.agent_hangs_up("ayse")
    acd.calls("second")
    acd.pass_time(20)
    acd.expect(ayse="off hours")
    acd.expect_waiting("second")


def test_what_is_being_offered_when_the_hours_end_is_taken_back_and_not_missed() -> None:
    acd = at_work(*MORNING)
    acd.pass_time(30 * MINUTE - 5)
    acd.calls("first")
    acd.expect(ayse="ringing")
    acd.pass_time(5)
    acd.expect(ayse="off hours")
    acd.expect_outcomes("Offer", "withdrawn")
    assert acd.world.core.state.agents[AYSE].misses == 0


def test_a_status_that_takes_no_calls_is_told_before_off_hours() -> None:
    acd = at_work(*EVENING)
    acd.ask(SetStatus(agent=AYSE, status=LUNCH))
    acd.expect(ayse="not available")
    acd.ask(SetStatus(agent=AYSE, status=AVAILABLE))
    acd.expect(ayse="off hours")


def test_who_logs_out_has_no_calendar_and_who_comes_back_has() -> None:
    acd = at_work(*EVENING)
    acd.ask(LogOut(agent=AYSE))
    agent = acd.world.core.state.agents[AYSE]
    assert (agent.off_hours, agent.look_at) == (False, None)
    acd.pass_time(HOUR)
    acd.ask(LogIn(agent=AYSE, project=SUPPORT))
    acd.expect(ayse="idle")


def test_the_calendar_outlives_the_process() -> None:
    acd = at_work(*EVENING)
    acd.world.crash()
    acd.world.settle()
    acd.expect(ayse="off hours")
    acd.pass_time(HOUR)
    acd.expect(ayse="idle")


# Overriding.


def test_it_is_overridden_until_midnight_of_the_project() -> None:
    acd = at_work(*EVENING)
    acd.ask(OverrideHours(agent=AYSE))
    acd.expect(ayse="idle")
    acd.pass_time(12 * HOUR - 5)
    acd.expect(ayse="idle")
    acd.pass_time(5)
    acd.expect(ayse="off hours")
    assert acd.world.core.state.agents[AYSE].override is None


def test_who_overrides_is_offered_who_waits_at_once() -> None:
    acd = at_work(*EVENING)
    acd.calls("first")
    acd.ask(OverrideHours(agent=AYSE))
    acd.expect(ayse="ringing")


def test_it_can_be_taken_back() -> None:
    acd = at_work(*EVENING)
    acd.ask(OverrideHours(agent=AYSE))
    acd.calls("first")
    acd.ask(OverrideHours(agent=AYSE, on=False))
    acd.expect(ayse="off hours")
    acd.expect_waiting("first")


def test_an_override_ends_at_log_out_and_outlives_the_process() -> None:
    acd = at_work(*EVENING)
    acd.ask(OverrideHours(agent=AYSE))
    acd.world.crash()
    acd.world.settle()
    acd.expect(ayse="idle")
    acd.ask(LogOut(agent=AYSE))
    acd.ask(LogIn(agent=AYSE, project=SUPPORT))
    acd.expect(ayse="off hours")


def test_without_working_hours_there_is_nothing_to_override() -> None:
    acd = at_work(*EVENING)
    acd.at_work("baris")
    with pytest.raises(Refused, match="baris has no working hours to override"):
        acd.ask(OverrideHours(agent=BARIS))
    acd.ask(LogOut(agent=AYSE))
    with pytest.raises(Refused, match="ayse is not logged in"):
        acd.ask(OverrideHours(agent=AYSE))


# The clock on the wall is set.


def step(acd: Acd, hours: float) -> None:
    acd.world.tell(ClockStepped(ahead=timedelta(hours=hours)))
    acd.pass_time(0)


def test_a_clock_that_is_set_moves_the_calendar() -> None:
    acd = at_work(*EVENING)
    step(acd, 1)
    acd.expect(ayse="idle")
    acd.pass_time(4 * HOUR - 5)
    acd.expect(ayse="idle")
    acd.pass_time(5)
    acd.expect(ayse="off hours")
    step(acd, -1)
    acd.expect(ayse="idle")


def test_a_clock_that_is_set_moves_no_deadline() -> None:
    acd = at_work(*MORNING)
    acd.at_work("baris")
    acd.calls("first")
    acd.takes("ayse")
    acd.agent_hangs_up("ayse")
    until = acd.world.core.state.agents[AYSE].acw_until
    step(acd, 24)
    assert acd.world.core.state.agents[AYSE].acw_until == until
    acd.expect(ayse="acw")
    acd.pass_time(11)
    acd.expect(ayse="idle", baris="idle")


def test_an_override_is_over_when_the_clock_is_set_to_the_next_day() -> None:
    acd = at_work(*EVENING)
    acd.ask(OverrideHours(agent=AYSE))
    step(acd, 11)
    acd.expect(ayse="idle")
    step(acd, 13)
    acd.expect(ayse="off hours")


# A new version of the configuration.


def test_new_working_hours_hold_at_once() -> None:
    acd = at_work(*MORNING)
    acd.calls("first")
    acd.expect(ayse="ringing")
    acd.applies(agents=hours(*EVENING).agents)
    acd.expect(ayse="off hours")
    acd.applies(agents=hours().agents)
    acd.pass_time(1)
    acd.expect(ayse="ringing")
    assert acd.world.core.state.agents[AYSE].look_at is None


def test_another_time_zone_holds_at_once() -> None:
    acd = at_work(*MORNING)
    berlin = hours(where="Europe/Berlin")
    acd.applies(projects=berlin.projects, zones=berlin.zones)
    acd.pass_time(0)
    acd.expect(ayse="off hours")


def test_an_agent_who_is_removed_in_a_call_has_no_calendar_any_more() -> None:
    acd = at_work(*MORNING)
    acd.calls("first")
    acd.takes("ayse")
    rest = {name: agent for name, agent in acd.world.settings.agents.items() if name != AYSE}
    acd.applies(agents=rest, queues=one_queue("baris").queues)
    acd.pass_time(HOUR)
    acd.expect(ayse="with first")
