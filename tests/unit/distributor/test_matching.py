"""Who gets whom: the order of callers, of queues and of agents, and what is told about it."""

from dataclasses import replace

import pytest

from acd.ids import AgentId
from acd.requests import FinishAcw, LogOut
from acd.settings import Settings, Strategy
from tests.stories.acd import SALES, SERVICE, Acd, one_queue, queue_settings, settings
from tests.unit.distributor.scenes import (
    AYSE,
    BARIS,
    CEM,
    TWO_QUEUES,
    at_work,
    offer,
    ringing,
    talking,
)


def offered(acd: Acd) -> dict[str, str]:
    """Which caller each agent is offered."""
    state = acd.world.core.state
    names = {channel: name for name, channel in acd._callers.items()}
    return {
        offer.agent: names[channel]
        for offer in state.offers.values()
        if (channel := state.entries[offer.entry].channel)
    }


def both_queues(**service: object) -> Settings:
    """Ayşe serves sales and service."""
    return settings(
        queue_settings(SALES, "700", "ayse"), queue_settings(SERVICE, "701", "ayse", **service)
    )


# Callers.


def test_who_waits_longest_comes_first() -> None:
    acd = Acd(one_queue("ayse"))
    acd.calls("first")
    acd.calls("second")
    acd.at_work("ayse")
    assert offered(acd) == {"ayse": "first"}


def test_every_caller_who_can_have_an_agent_has_one_at_once() -> None:
    acd = Acd(one_queue("ayse", "baris", "cem"))
    for caller in ("first", "second", "third", "fourth"):
        acd.calls(caller)
    acd.at_work("ayse", "baris", "cem")
    assert offered(acd) == {"ayse": "first", "baris": "second", "cem": "third"}
    acd.expect_waiting("first", "second", "third", "fourth")


def test_a_caller_whom_nobody_may_take_just_now_does_not_hold_up_the_next() -> None:
    acd = ringing("ayse")
    acd.calls("second")
    acd.rings("ayse")
    acd.rejects("ayse", 603)
    assert offered(acd) == {"ayse": "second"}
    acd.expect_waiting("first", "second")


def test_among_queues_of_equal_priority_the_longest_wait_counts() -> None:
    acd = Acd(both_queues())
    for _ in range(8):
        # By their ids the tenth call would come before the ninth.
        acd.calls("gone")
        acd.caller_hangs_up("gone")
    acd.calls("in service", "701")
    acd.calls("in sales", "700")
    acd.at_work("ayse")
    assert offered(acd) == {"ayse": "in service"}


def test_the_queue_with_the_higher_priority_goes_first_however_late() -> None:
    acd = Acd(both_queues(priority=1))
    acd.calls("in sales", "700")
    acd.calls("in service", "701")
    acd.at_work("ayse")
    assert offered(acd) == {"ayse": "in service"}


def test_a_queue_without_agents_holds_up_no_other_queue() -> None:
    acd = Acd(
        settings(
            queue_settings(SALES, "700", "ayse"),
            queue_settings(SERVICE, "701", "baris", priority=9),
        )
    )
    acd.calls("in service", "701")
    acd.calls("in sales", "700")
    acd.at_work("ayse")
    assert offered(acd) == {"ayse": "in sales"}


def test_a_caller_with_priority_goes_before_those_who_wait_longer() -> None:
    acd = Acd(one_queue("ayse"))
    acd.calls("first")
    acd.calls("urgent")
    state = acd.world.core.state
    urgent = list(state.entries.values())[1]
    state.put(replace(urgent, priority=1))
    acd.at_work("ayse")
    assert offered(acd) == {"ayse": "urgent"}


# Agents.


def test_who_is_idle_longest_is_asked_first() -> None:
    acd = at_work("cem", "ayse", "baris")
    acd.calls("first")
    assert offered(acd) == {"cem": "first"}


def test_the_end_of_a_call_starts_the_clock_anew() -> None:
    acd = talking("ayse", "baris")
    acd.caller_hangs_up("first")
    acd.ask(FinishAcw(agent=AYSE))
    acd.pass_time(1)
    acd.calls("second")
    assert offered(acd) == {"baris": "second"}


def test_who_did_not_answer_goes_to_the_back() -> None:
    acd = ringing("ayse", "baris")
    acd.rings("ayse")
    acd.pass_time(20)
    assert offered(acd) == {"baris": "first"}
    acd.takes("baris")
    acd.caller_hangs_up("first")
    acd.at_work("cem")
    acd.pass_time(20)
    acd.calls("second")
    assert offered(acd) == {"ayse": "second"}


def test_only_members_are_asked() -> None:
    acd = at_work("ayse", "cem", of=TWO_QUEUES)
    acd.calls("first", "701")
    assert offered(acd) == {}


# Everybody at once.


def test_ring_all_asks_everybody_who_is_free() -> None:
    acd = at_work("ayse", "baris", "cem", strategy=Strategy.RING_ALL)
    acd.calls("first")
    acd.calls("second")
    assert offered(acd) == {"ayse": "first", "baris": "first", "cem": "first"}


def test_who_becomes_free_joins_in_while_it_rings() -> None:
    acd = Acd(one_queue("ayse", "baris", strategy=Strategy.RING_ALL))
    acd.at_work("ayse")
    acd.calls("first")
    acd.at_work("baris")
    assert offered(acd) == {"ayse": "first", "baris": "first"}


def test_once_somebody_has_won_nobody_else_is_asked() -> None:
    acd = at_work("ayse", "baris", strategy=Strategy.RING_ALL, whisper="sound:sales")
    acd.calls("first")
    acd.takes("ayse")
    acd.at_work("cem")
    acd.pass_time(1)
    acd.expect(ayse="reserved", baris="idle")


# What is told.


def test_an_offer_says_why_it_was_made() -> None:
    acd = at_work("ayse", "baris", "cem")
    idle_since = acd.world.core.state.agents[AYSE].idle_since
    acd.calls("first")
    why = offer(acd).explanation
    assert why.strategy == "longest_idle"
    assert idle_since == acd.world.now.replace(minute=0, second=1)
    assert why.key == ("idle since 2026-01-05 09:00:01.000 UTC",)
    assert why.runners_up == ("baris", "cem")
    assert why.runners_up_keys == (
        ("idle since 2026-01-05 09:00:02.000 UTC",),
        ("idle since 2026-01-05 09:00:03.000 UTC",),
    )
    assert (why.asked, why.lifted) == ((), False)
    assert why.excluded == ()
    assert why.settings_version == 1


def test_an_offer_says_what_kept_the_others_out() -> None:
    acd = Acd(one_queue("ayse", "baris", "cem", "defne"))
    acd.at_work("baris", "cem", "ayse")
    acd.calls("first")
    acd.takes("baris")
    acd.world.unregister("1003")
    acd.calls("second")
    assert offered(acd) == {"ayse": "second"}
    assert offer(acd).explanation.excluded == (("busy", 1), ("logged out", 1), ("no device", 1))


def test_who_is_excluded_from_this_caller_and_who_is_away_are_each_counted_once() -> None:
    acd = ringing("ayse", "baris", "cem")
    acd.rejects("ayse", 603)
    assert offer(acd).explanation.excluded == (("excluded from this entry", 1),)
    acd.ask(LogOut(agent=AYSE))
    acd.rejects("baris", 603)
    assert offer(acd).agent == CEM
    assert offer(acd).explanation.excluded == (("excluded from this entry", 1), ("logged out", 1))


def test_at_most_five_runners_up_are_named() -> None:
    names = [f"agent{n}" for n in range(8)]
    base = one_queue(*names)
    template = base.agents[BARIS]
    people = {AgentId(name): replace(template, agent=AgentId(name)) for name in names}
    acd = Acd(replace(base, agents={**base.agents, **people}))
    state = acd.world.core.state
    phone = replace(state.agents[BARIS].devices[0], endpoints=("PJSIP/1002",))
    for name in names:
        state.put(state.agents[AgentId(name)].with_device(phone))
    acd.at_work(*names)
    acd.calls("first")
    assert offer(acd).agent == "agent0"
    assert offer(acd).explanation.runners_up == tuple(names[1:6])


@pytest.mark.parametrize("strategy", list(Strategy))
def test_with_nobody_at_work_a_caller_waits(strategy: Strategy) -> None:
    acd = at_work(strategy=strategy)
    acd.calls("first")
    assert offered(acd) == {}
    acd.expect_waiting("first")
