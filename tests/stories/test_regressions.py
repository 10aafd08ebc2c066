"""Bugs that the property test has found, each as the shortest story that shows it."""

from dataclasses import replace

import pytest

from acd.agents.agent import Agent
from acd.distributor import Bug
from acd.distributor.core import DEADLINES
from acd.ids import AgentId, StatusName
from acd.requests import SetStatus
from acd.settings import (
    AVAILABLE,
    NOT_RESPONDING,
    SYSTEM_STATUSES,
    Category,
    RingMode,
    StatusSettings,
)
from tests.stories.acd import SALES, Acd, one_queue, queue_settings, settings

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
