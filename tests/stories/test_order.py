"""Whose turn it is: each strategy through whole calls, restarts and new configurations."""

from collections import Counter
from dataclasses import replace

import pytest

from acd.ids import AgentId, SkillName, StatusName
from acd.queues.offer import Explanation
from acd.requests import FinishAcw, LogOut, SetStatus
from acd.settings import (
    AVAILABLE,
    SYSTEM_STATUSES,
    Category,
    QueueSkill,
    Settings,
    SkillStep,
    StatusSettings,
    Strategy,
)
from tests.stories.acd import SALES, SERVICE, Acd, one_queue, queue_settings, settings

AYSE, BARIS, CEM = map(AgentId, ("ayse", "baris", "cem"))
ALL = ("ayse", "baris", "cem")
LUNCH = StatusName("Lunch")
TURKISH = SkillName("turkish")
ASKED = QueueSkill(
    name=TURKISH, level=5, relax=(SkillStep(after_s=30, level=3), SkillStep(after_s=60, level=0))
)


def at_work(strategy: Strategy, *agents: str, of: Settings | None = None) -> Acd:
    acd = Acd(of or with_lunch(one_queue(*ALL, strategy=strategy)))
    acd.at_work(*(agents or ALL))
    return acd


def with_lunch(of: Settings) -> Settings:
    lunch = StatusSettings(name=LUNCH, category=Category.BREAK)
    return replace(of, statuses={**SYSTEM_STATUSES, LUNCH: lunch})


def with_agent(of: Settings, agent: AgentId, **changes: object) -> Settings:
    changed = replace(of.agents[agent], **changes)  # type: ignore[arg-type]
    return replace(of, agents={**of.agents, agent: changed})


def asked(acd: Acd) -> list[AgentId]:
    """To whom something is being offered."""
    return [offer.agent for offer in acd.world.core.state.offers.values()]


def why(acd: Acd) -> Explanation:
    [offer] = acd.world.core.state.offers.values()
    return offer.explanation


def turn(acd: Acd, caller: str = "somebody") -> AgentId:
    """Who is offered the call of somebody who gives up at once."""
    acd.calls(caller)
    [agent] = asked(acd)
    acd.caller_hangs_up(caller)
    acd.pass_time(1)
    return agent


def turns(acd: Acd, count: int) -> list[AgentId]:
    return [turn(acd) for _ in range(count)]


def has_a_call(acd: Acd, agent: str, caller: str = "first") -> None:
    """The agent, whose turn it is, talks for ten seconds."""
    acd.calls(caller)
    assert asked(acd) == [agent]
    acd.takes(agent)
    acd.pass_time(10)
    acd.caller_hangs_up(caller)
    acd.ask(FinishAcw(agent=AgentId(agent)))
    acd.pass_time(1)


# Round robin.


def test_a_round_goes_through_all_and_begins_again() -> None:
    acd = at_work(Strategy.ROUND_ROBIN)
    assert turns(acd, 7) == [AYSE, BARIS, CEM, AYSE, BARIS, CEM, AYSE]


def test_who_is_away_when_the_turn_comes_is_passed_over_until_the_next_round() -> None:
    acd = at_work(Strategy.ROUND_ROBIN)
    assert turn(acd) == AYSE
    acd.ask(SetStatus(agent=BARIS, status=LUNCH))
    assert turn(acd) == CEM
    acd.ask(SetStatus(agent=BARIS, status=AVAILABLE))
    assert turns(acd, 3) == [AYSE, BARIS, CEM]


def test_a_round_goes_on_behind_who_was_asked_last_and_is_away_by_now() -> None:
    acd = at_work(Strategy.ROUND_ROBIN)
    assert turns(acd, 2) == [AYSE, BARIS]
    acd.ask(SetStatus(agent=BARIS, status=LUNCH))
    assert turns(acd, 2) == [CEM, AYSE]


def test_a_round_goes_on_after_a_crash() -> None:
    acd = at_work(Strategy.ROUND_ROBIN)
    assert turns(acd, 2) == [AYSE, BARIS]
    acd.world.keep()
    acd.world.crash()
    acd.world.settle()
    assert turns(acd, 2) == [CEM, AYSE]


def test_a_round_goes_on_in_a_new_configuration() -> None:
    """Trap 25 is an order lost in a copy."""
    acd = at_work(Strategy.ROUND_ROBIN)
    assert turn(acd) == AYSE
    acd.world.apply(with_lunch(one_queue("ayse", "cem", "baris", strategy=Strategy.ROUND_ROBIN)))
    assert turns(acd, 3) == [CEM, BARIS, AYSE]


def test_a_round_goes_on_behind_who_was_removed() -> None:
    acd = at_work(Strategy.ROUND_ROBIN)
    assert turns(acd, 2) == [AYSE, BARIS]
    acd.world.apply(with_lunch(one_queue("ayse", "cem", strategy=Strategy.ROUND_ROBIN)))
    assert turns(acd, 3) == [CEM, AYSE, CEM]


def test_how_far_the_round_has_gone_is_told() -> None:
    acd = at_work(Strategy.ROUND_ROBIN)
    assert turn(acd) == AYSE
    acd.calls("first")
    assert why(acd).key == ("1 place after ayse, who was asked last",)
    assert why(acd).runners_up == (CEM, AYSE)
    assert why(acd).runners_up_keys == (
        ("2 places after ayse, who was asked last",),
        ("3 places after ayse, who was asked last",),
    )


# By time.


def test_a_mere_change_of_status_moves_back_and_is_seen() -> None:
    acd = at_work(Strategy.LEAST_RECENT_ACTIVITY)
    acd.ask(SetStatus(agent=AYSE, status=LUNCH))
    acd.pass_time(5)
    acd.ask(SetStatus(agent=AYSE, status=AVAILABLE))
    at = acd.world.now
    acd.calls("first")
    assert asked(acd) == [BARIS]
    assert why(acd).key[0].endswith("(log-in)")
    assert why(acd).runners_up == (CEM, AYSE)
    assert why(acd).runners_up_keys[1] == (
        f"no activity since {at:%Y-%m-%d %H:%M:%S}.000 UTC (change of status)",
    )


@pytest.mark.parametrize(
    ("strategy", "said"),
    [(Strategy.LEAST_RECENT_ACTIVITY, "(after-call work)"), (Strategy.LONGEST_IDLE, "idle since")],
)
def test_who_has_had_a_call_moves_back(strategy: Strategy, said: str) -> None:
    acd = at_work(strategy)
    has_a_call(acd, "ayse")
    acd.calls("second")
    assert asked(acd) == [BARIS]
    assert said in why(acd).runners_up_keys[1][0]


@pytest.mark.parametrize(
    "strategy",
    [Strategy.LEAST_RECENT_ACTIVITY, Strategy.LONGEST_IDLE, Strategy.FEWEST_CALLS],
)
def test_who_did_not_answer_moves_back(strategy: Strategy) -> None:
    """Trap 26: the same agent was asked again and again, and did not answer."""
    acd = at_work(strategy)
    acd.calls("first")
    acd.rings("ayse")
    acd.pass_time(20)
    assert asked(acd) == [BARIS]
    acd.caller_hangs_up("first")
    acd.pass_time(10)
    acd.calls("second")
    assert asked(acd) == [BARIS]
    assert why(acd).runners_up == (CEM, AYSE)


def test_a_change_of_status_is_nothing_to_the_longest_idle() -> None:
    acd = at_work(Strategy.LONGEST_IDLE)
    acd.ask(SetStatus(agent=AYSE, status=LUNCH))
    acd.ask(SetStatus(agent=AYSE, status=AVAILABLE))
    assert turn(acd) == AYSE


def test_log_in_starts_the_clock_of_the_longest_idle() -> None:
    """Who has just come is behind all who have waited since, and before who had a call since."""
    acd = at_work(Strategy.LONGEST_IDLE, "cem", "baris")
    acd.at_work("ayse")
    has_a_call(acd, "cem")
    acd.calls("second")
    assert asked(acd) == [BARIS]
    assert why(acd).runners_up == (AYSE, CEM)


# By count, by place, by lot.


def test_who_has_had_fewest_calls_of_this_queue_since_log_in_comes_first() -> None:
    both = with_lunch(
        settings(
            queue_settings(SALES, "700", "ayse", "baris", strategy=Strategy.FEWEST_CALLS),
            queue_settings(SERVICE, "701", "baris", strategy=Strategy.FEWEST_CALLS),
        )
    )
    acd = at_work(Strategy.FEWEST_CALLS, "ayse", "baris", of=both)
    has_a_call(acd, "ayse")
    acd.calls("of another queue", "701")
    acd.takes("baris")
    acd.caller_hangs_up("of another queue")
    acd.ask(FinishAcw(agent=BARIS))
    acd.pass_time(1)
    acd.calls("second")
    assert asked(acd) == [BARIS]
    assert why(acd).key[0] == "0 calls of this queue since log-in"
    assert why(acd).runners_up_keys[0][0] == "1 calls of this queue since log-in"
    acd.caller_hangs_up("second")
    acd.ask(LogOut(agent=AYSE))
    acd.at_work("ayse")
    acd.calls("third")
    assert why(acd).runners_up_keys[0][0] == "0 calls of this queue since log-in"


def test_linear_begins_at_the_first_each_time() -> None:
    acd = at_work(Strategy.LINEAR)
    assert turns(acd, 3) == [AYSE, AYSE, AYSE]
    acd.ask(SetStatus(agent=AYSE, status=LUNCH))
    assert turns(acd, 2) == [BARIS, BARIS]


def test_the_lot_falls_as_it_would_have_without_a_crash() -> None:
    calm, crashed = at_work(Strategy.RANDOM), at_work(Strategy.RANDOM)
    expected = turns(calm, 30)
    found = turns(crashed, 12)
    crashed.world.keep()
    crashed.world.crash()
    crashed.world.settle()
    assert found + turns(crashed, 18) == expected
    assert set(Counter(expected)) == {AYSE, BARIS, CEM}


# Fairness: measured, for each strategy that promises some.


@pytest.mark.parametrize(
    ("strategy", "bound"),
    [
        (Strategy.ROUND_ROBIN, 0),
        (Strategy.LONGEST_IDLE, 0),
        (Strategy.LEAST_RECENT_ACTIVITY, 0),
        (Strategy.FEWEST_CALLS, 0),
        (Strategy.RANDOM, 6),
    ],
)
def test_everybody_has_as_many_calls_as_the_others(strategy: Strategy, bound: int) -> None:
    """Trap 27: of 3 k calls to three idle agents each has k, but for the bound."""
    acd, had = at_work(strategy), Counter[AgentId]()
    for _ in range(24):
        acd.calls("one")
        [agent] = asked(acd)
        acd.takes(agent)
        acd.caller_hangs_up("one")
        acd.ask(FinishAcw(agent=agent))
        acd.pass_time(1)
        had[agent] += 1
    assert all(abs(had[agent] - 8) <= bound for agent in (AYSE, BARIS, CEM))


@pytest.mark.parametrize("strategy", list(Strategy))
def test_one_who_is_away_keeps_nobody_waiting(strategy: Strategy) -> None:
    """Trap 14: the last in the order was not there, and nobody was asked any more."""
    acd = at_work(strategy, "cem")
    acd.calls("first")
    assert asked(acd) == [CEM]
    acd.ask(LogOut(agent=CEM))
    acd.at_work("ayse")
    assert asked(acd) == [AYSE]


@pytest.mark.parametrize("strategy", [s for s in Strategy if s is not Strategy.RING_ALL])
def test_callers_who_come_together_have_different_agents(strategy: Strategy) -> None:
    """Traps 5 and 29: each has one at once, and none has another's."""
    acd = at_work(strategy)
    for n in range(4):
        acd.world.asterisk.call("700", caller=f"+90212{n}")
    acd.world.settle()
    assert sorted(asked(acd)) == [AYSE, BARIS, CEM]


@pytest.mark.parametrize("strategy", list(Strategy))
def test_a_strategy_that_changes_leaves_nobody_behind(strategy: Strategy) -> None:
    """Trap 15: who waited then waited for ever."""
    acd = at_work(Strategy.LINEAR, "ayse")
    acd.calls("first")
    acd.calls("second")
    acd.world.apply(with_lunch(one_queue(*ALL, strategy=strategy)))
    acd.at_work("baris", "cem")
    entries = {offer.entry for offer in acd.world.core.state.offers.values()}
    assert len(entries) == (1 if strategy is Strategy.RING_ALL else 2)
    acd.all_go_home()


# Priorities.


@pytest.mark.parametrize("strategy", list(Strategy))
def test_an_agent_of_higher_priority_is_asked_first(strategy: Strategy) -> None:
    of = with_agent(with_lunch(one_queue(*ALL, strategy=strategy)), CEM, priority=1)
    acd = at_work(strategy, of=of)
    acd.calls("first")
    assert asked(acd)[0] == CEM
    first = next(iter(acd.world.core.state.offers.values())).explanation
    assert first.key[0] == "priority 1"


def test_an_agents_priority_changes_at_once() -> None:
    of = with_lunch(one_queue(*ALL, strategy=Strategy.LINEAR))
    acd = at_work(Strategy.LINEAR, of=of)
    acd.world.apply(with_agent(of, BARIS, priority=1))
    assert turn(acd) == BARIS
    acd.world.apply(of)
    assert turn(acd) == AYSE


def two_queues(**sales: object) -> Settings:
    """All serve sales and service, which has the higher priority and asks for a skill."""
    return with_lunch(
        settings(
            queue_settings(SALES, "700", *ALL, strategy=Strategy.LINEAR, **sales),
            queue_settings(
                SERVICE, "701", *ALL, strategy=Strategy.LINEAR, priority=5, skills=(ASKED,)
            ),
        )
    )


def test_who_an_agent_may_not_take_holds_up_nobody_else() -> None:
    """Trap 22: a call of a higher priority, which this agent could not take, blocked the next."""
    acd = Acd(two_queues())
    acd.calls("in service", "701")
    acd.calls("in sales", "700")
    acd.at_work("ayse")
    [offer] = acd.world.core.state.offers.values()
    assert acd.world.core.state.entries[offer.entry].queue == SALES


def test_all_who_wait_have_one_order_whatever_changes() -> None:
    """Trap 23: an order that was not total stopped all offers. Trap 24: one was reversed."""
    acd = Acd(two_queues(starvation_s=50))
    acd.calls("starving", "700")
    acd.pass_time(40)
    for caller, number in (("sales", "700"), ("service", "701"), ("later", "701")):
        acd.calls(caller, number)
    acd.world.apply(with_agent(acd.world.settings, AYSE, skills={TURKISH: 9}))
    acd.pass_time(10)
    served = []
    for _ in range(4):
        acd.at_work("ayse")
        [offer] = acd.world.core.state.offers.values()
        names = {channel: name for name, channel in acd._callers.items()}
        channel = acd.world.core.state.entries[offer.entry].channel
        assert channel
        served.append(names[channel])
        acd.caller_hangs_up(names[channel])
        acd.ask(LogOut(agent=AYSE))
    assert served == ["starving", "service", "later", "sales"]


# Skills.


def skilled() -> Settings:
    of = with_lunch(
        settings(queue_settings(SALES, "700", *ALL, strategy=Strategy.LINEAR, skills=(ASKED,)))
    )
    of = with_agent(of, BARIS, skills={TURKISH: 3})
    return with_agent(of, CEM, skills={TURKISH: 5})


def test_only_who_can_is_asked_and_the_others_are_counted() -> None:
    acd = at_work(Strategy.LINEAR, of=skilled())
    acd.calls("first")
    assert asked(acd) == [CEM]
    assert why(acd).asked == ((TURKISH, 5),)
    assert why(acd).excluded == (("skill too low", 2),)


def test_less_is_enough_from_its_very_moment_on() -> None:
    acd = Acd(skilled())
    acd.at_work("ayse", "baris")
    acd.calls("first")
    acd.pass_time(29.999)
    assert asked(acd) == []
    acd.pass_time(0.001)
    assert asked(acd) == [BARIS]
    assert why(acd).asked == ((TURKISH, 3),)
    acd.ask(SetStatus(agent=BARIS, status=LUNCH))
    acd.pass_time(29.999)
    assert asked(acd) == []
    acd.pass_time(0.001)
    assert asked(acd) == [AYSE]
    assert why(acd).asked == ()


def test_a_skill_that_is_learnt_counts_at_once() -> None:
    acd = Acd(skilled())
    acd.at_work("ayse")
    acd.calls("first")
    acd.world.apply(with_agent(skilled(), AYSE, skills={TURKISH: 10}))
    assert asked(acd) == [AYSE]


def test_what_a_queue_asks_may_change_while_somebody_waits() -> None:
    acd = Acd(skilled())
    acd.at_work("ayse")
    acd.calls("first")
    acd.pass_time(10)
    soon = replace(ASKED, relax=(SkillStep(after_s=5, level=0),))
    of = settings(queue_settings(SALES, "700", *ALL, strategy=Strategy.LINEAR, skills=(soon,)))
    acd.world.apply(with_lunch(of))
    assert asked(acd) == [AYSE]


# The bound of starvation.


def test_who_has_waited_for_too_long_goes_before_all_others() -> None:
    acd = Acd(two_queues(starvation_s=50))
    acd.calls("in sales", "700")
    acd.calls("in service", "701")
    acd.pass_time(49)
    of = with_agent(acd.world.settings, AYSE, skills={TURKISH: 9})
    acd.world.apply(of)
    acd.at_work("ayse")
    [offer] = acd.world.core.state.offers.values()
    assert acd.world.core.state.entries[offer.entry].queue == SALES
    assert why(acd).lifted


def test_of_several_who_have_waited_for_too_long_the_longest_wait_counts() -> None:
    sales = queue_settings(SALES, "700", *ALL, starvation_s=50)
    service = queue_settings(SERVICE, "701", *ALL, starvation_s=10, priority=5)
    acd = Acd(with_lunch(settings(sales, service)))
    acd.calls("in sales", "700")
    acd.calls("in service", "701")
    acd.pass_time(60)
    acd.at_work("ayse")
    [offer] = acd.world.core.state.offers.values()
    assert acd.world.core.state.entries[offer.entry].queue == SALES


def test_without_a_bound_the_higher_priority_goes_first_for_ever() -> None:
    acd = Acd(two_queues())
    acd.calls("in sales", "700")
    acd.pass_time(3600)
    acd.calls("in service", "701")
    acd.world.apply(with_agent(acd.world.settings, AYSE, skills={TURKISH: 9}))
    acd.at_work("ayse")
    [offer] = acd.world.core.state.offers.values()
    assert acd.world.core.state.entries[offer.entry].queue == SERVICE
    assert not why(acd).lifted


def test_a_bound_that_is_set_counts_for_those_who_wait_already() -> None:
    acd = Acd(two_queues())
    acd.calls("in sales", "700")
    acd.pass_time(100)
    acd.world.apply(with_agent(two_queues(starvation_s=50), AYSE, skills={TURKISH: 9}))
    acd.calls("in service", "701")
    acd.at_work("ayse")
    assert why(acd).lifted


def test_who_returns_keeps_what_the_wait_has_brought() -> None:
    """Trap 28: who came back had lost the place."""
    acd = Acd(skilled())
    acd.at_work("baris")
    acd.calls("first")
    acd.calls("second")
    acd.pass_time(31)
    acd.takes("baris")
    acd.agent_hangs_up("baris", cause=38)
    acd.pass_time(15)
    acd.at_work("cem")
    assert acd.waiting() == ["first", "second"]
    entries = acd.world.core.state.entries
    assert {entry.stage for entry in entries.values()} == {1}
