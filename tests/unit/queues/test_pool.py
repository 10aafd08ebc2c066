"""The members of a queue in the order of each strategy, and what is told of that order."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.ids import AgentId, ProjectName, QueueName, SkillName
from acd.queues.memory import Memory
from acd.queues.pool import Pool
from acd.queues.ranking import Standing
from acd.settings import QueueSettings, QueueSkill, SkillStep, Strategy

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
SALES = QueueName("sales")
NEW = Memory.of(SALES)
A, B, C, D, E = ABCDE = tuple(map(AgentId, "abcde"))
TURKISH = QueueSkill(
    name=SkillName("turkish"),
    level=5,
    relax=(SkillStep(after_s=30, level=3), SkillStep(after_s=60, level=0)),
)
EVERYBODY = (0, frozenset[AgentId]())


def queue(
    strategy: Strategy, agents: tuple[AgentId, ...] = ABCDE, *skills: QueueSkill
) -> QueueSettings:
    return QueueSettings(
        queue=SALES,
        project=ProjectName("support"),
        number="700",
        strategy=strategy,
        agents=agents,
        skills=skills,
    )


def standing(
    agent: AgentId, since: int = 0, level: int = 0, priority: int = 0, calls: int = 0
) -> Standing:
    """Idle since so many seconds after NOW, and active a minute later."""
    idle_since = NOW + timedelta(seconds=since)
    return Standing(
        agent=agent,
        idle_since=idle_since,
        active_at=idle_since + timedelta(minutes=1),
        activity="call",
        calls=calls,
        priority=priority,
        skills={SkillName("turkish"): level},
    )


def pool(settings: QueueSettings, *standings: Standing) -> Pool:
    made = Pool(settings)
    for each in standings:
        made.put(each.agent, each)
    return made


def turns(
    of: Pool, memory: Memory = NEW, *unwanted: AgentId, stage: int = 0, most: int = 99
) -> list[AgentId]:
    candidates = of.candidates((stage, frozenset(unwanted)), memory)
    return [rank[-1] for rank in islice(candidates, most)]


def test_the_longest_idle_comes_first_and_of_two_alike_the_first_by_name() -> None:
    of = pool(queue(Strategy.LONGEST_IDLE), standing(A, 3), standing(C, 1), standing(B, 1))
    assert turns(of) == [B, C, A]


def test_who_has_fewest_calls_comes_first_then_who_is_idle_longest() -> None:
    of = pool(queue(Strategy.FEWEST_CALLS), standing(A, 1, calls=2), standing(B, 9), standing(C, 5))
    assert turns(of) == [C, B, A]


def test_linear_is_the_order_of_the_configuration_and_then_who_has_chosen_the_queue() -> None:
    settings = queue(Strategy.LINEAR, (C, A))
    assert turns(pool(settings, *map(standing, ABCDE))) == [C, A, B, D, E]


def test_a_round_goes_on_behind_who_was_asked_last() -> None:
    of = pool(queue(Strategy.ROUND_ROBIN), *map(standing, ABCDE))
    assert turns(of) == [A, B, C, D, E]
    assert turns(of, NEW.offered(0, C)) == [D, E, A, B, C]
    assert turns(of, NEW.offered(0, C), D) == [E, A, B, C]
    of.put(E, "busy")
    assert turns(of, NEW.offered(0, D)) == [A, B, C, D]


def test_a_round_goes_on_also_where_who_was_asked_last_is_away() -> None:
    of = pool(queue(Strategy.ROUND_ROBIN), *map(standing, (A, B, D)))
    assert turns(of, NEW.offered(0, C)) == [D, A, B]


def test_who_has_chosen_the_queue_has_a_turn_behind_the_assigned() -> None:
    of = pool(queue(Strategy.ROUND_ROBIN, (C, A)), *map(standing, ABCDE))
    assert turns(of, NEW.offered(0, A)) == [B, D, E, C, A]
    assert turns(of, NEW.offered(0, D)) == [E, C, A, B, D]


@pytest.mark.parametrize("strategy", list(Strategy))
def test_higher_priority_comes_first_whatever_the_strategy(strategy: Strategy) -> None:
    calls = {A: 0, B: 0, C: 9, D: 9}
    priorities = {A: 0, B: -1, C: 5, D: 5}
    of = pool(
        queue(strategy),
        *(standing(a, ord(a), priority=priorities[a], calls=calls[a]) for a in calls),
    )
    assert sorted(turns(of)[:2]) == [C, D]
    assert turns(of)[2:] == [A, B]
    assert turns(of, NEW.offered(5, C).offered(0, A), C, D) == [A, B]


def test_each_priority_has_a_round_of_its_own() -> None:
    of = pool(
        queue(Strategy.ROUND_ROBIN),
        *(standing(a, priority=p) for a, p in zip(ABCDE, (5, 5, 0, 0, 0), strict=True)),
    )
    memory = NEW.offered(5, A).offered(0, D)
    assert turns(of, memory) == [B, A, E, C, D]


@given(st.integers(1, 5), st.integers(0, 200), st.integers(0, 5))
def test_by_lot_everybody_has_one_turn(there: int, before: int, unwanted: int) -> None:
    memory = NEW
    for _ in range(before):
        memory = memory.offered(0, A)
    of = pool(queue(Strategy.RANDOM), *map(standing, ABCDE[:there]))
    assert sorted(turns(of, memory, *ABCDE[:unwanted])) == list(ABCDE[unwanted:there])
    assert turns(of, memory) == turns(of, memory)


def test_by_lot_each_is_as_likely_as_another_whoever_is_excluded() -> None:
    of, memory = pool(queue(Strategy.RANDOM), *map(standing, ABCDE)), NEW
    wins: Counter[AgentId] = Counter()
    for _ in range(1200):
        [winner] = turns(of, memory, C, most=1)
        wins[winner] += 1
        memory = memory.offered(0, winner)
    assert set(wins) == {A, B, D, E}
    assert all(250 < count < 350 for count in wins.values())


# Skills.


def test_a_skill_that_is_too_low_is_enough_later() -> None:
    settings = queue(Strategy.LONGEST_IDLE, ABCDE, TURKISH)
    of = pool(settings, standing(A, 1), standing(B, 2, level=3), standing(C, 3, level=5))
    assert [turns(of, stage=stage) for stage in (0, 1, 2)] == [[C], [B, C], [A, B, C]]
    assert of.passed_over(EVERYBODY) == {"skill too low": 2}
    assert of.passed_over((1, frozenset([A, B]))) == {
        "skill too low": 1,
        "excluded from this entry": 1,
    }
    assert [of.asked(stage) for stage in (0, 1, 2)] == [(("turkish", 5),), (("turkish", 3),), ()]


def test_who_will_never_do_is_counted_and_never_asked() -> None:
    strict = QueueSkill(name=SkillName("turkish"), level=5)
    of = pool(queue(Strategy.LONGEST_IDLE, ABCDE, strict), standing(A), standing(B, level=10))
    assert turns(of) == [B]
    assert of.passed_over(EVERYBODY) == {"skill too low": 1}


@pytest.mark.parametrize("strategy", list(Strategy))
def test_each_strategy_orders_all_levels_as_one(strategy: Strategy) -> None:
    """As the longer somebody waits the more may be asked, of whatever level they are."""
    skilled = queue(strategy, ABCDE, TURKISH)
    levels = zip(ABCDE, (0, 5, 3, 9, 0), (4, 2, 5, 3, 1), strict=True)
    standings = [standing(agent, since, level) for agent, level, since in levels]
    memory = NEW.offered(0, B)
    found = turns(pool(skilled, *standings), memory, stage=2)
    if strategy is Strategy.RANDOM:
        assert sorted(found) == list(ABCDE)
    else:
        assert found == turns(pool(queue(strategy), *standings), memory)


# Members.


def test_who_comes_and_goes_is_counted_once() -> None:
    of = pool(queue(Strategy.LINEAR), standing(A), standing(B))
    of.put(A, "busy")
    of.put(C, "busy")
    assert (len(of), turns(of), +of.kept_out) == (1, [B], {"busy": 2})
    of.put(A, standing(A))
    of.put(C, None)
    of.put(C, None)
    assert (len(of), turns(of), +of.kept_out) == (2, [A, B], {})
    of.put(A, None)
    assert [rank[-1] for rank in of] == [B]


# What is told.


def test_what_decides_is_said_in_words() -> None:
    said = {strategy: pool(queue(strategy), standing(B, 7, calls=3)).words for strategy in Strategy}
    ranks = {s: next(iter(pool(queue(s), standing(B, 7, calls=3)))) for s in Strategy}
    assert {s: say(ranks[s], NEW) for s, say in said.items()} == {
        Strategy.ROUND_ROBIN: ("place 2 of 5, and nobody was asked before",),
        Strategy.LEAST_RECENT_ACTIVITY: ("no activity since 2026-01-05 09:01:07.000 UTC (call)",),
        Strategy.LONGEST_IDLE: ("idle since 2026-01-05 09:00:07.000 UTC",),
        Strategy.FEWEST_CALLS: (
            "3 calls of this queue since log-in",
            "idle since 2026-01-05 09:00:07.000 UTC",
        ),
        Strategy.LINEAR: ("place 2 of 5",),
        Strategy.RANDOM: ("drawn by lot",),
        Strategy.RING_ALL: ("all are asked", "idle since 2026-01-05 09:00:07.000 UTC"),
    }


def test_how_far_a_round_has_gone_is_said() -> None:
    of = pool(queue(Strategy.ROUND_ROBIN, (A, B, C)), *map(standing, (A, B, E)))
    memory = NEW.offered(0, B)
    said = {rank[-1]: of.words(rank, memory) for rank in of}
    assert said == {
        A: ("2 places after b, who was asked last",),
        B: ("3 places after b, who was asked last",),
        E: ("behind the 3 assigned, by name, after b, who was asked last",),
    }
    [first] = [rank for rank in of if rank[-1] == A]
    assert of.words(first, NEW.offered(0, C)) == ("1 place after c, who was asked last",)


def test_a_priority_is_said_where_there_is_one() -> None:
    of = pool(queue(Strategy.LINEAR), standing(A, priority=-3))
    assert of.words(next(iter(of)), NEW) == ("priority -3", "place 1 of 5")
