"""What an agent does is one stream without gaps."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from acd.agents.agent import Agent
from acd.agents.assignment import Assignment, Phase
from acd.db.intervals import Interval, Intervals
from acd.ids import AgentId, InteractionId, ProjectName, StatusName
from acd.settings import AVAILABLE, Category, RingMode

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
AYSE = AgentId("ayse")
OUT = Agent(id=AYSE, ring=RingMode.EXTENSION, since=NOON, idle_since=NOON)
IN = replace(
    OUT, project=ProjectName("support"), status=AVAILABLE, category=Category.AVAILABLE, misses=1
)
LUNCH = replace(IN, status=StatusName("Lunch"), category=Category.BREAK)
TALK = Assignment(interaction=InteractionId("1-1"), phase=Phase.TALKING)
TALKING = replace(IN, assignments=(TALK,))
ACW = replace(IN, assignments=(replace(TALK, phase=Phase.ACW),))
STATES = (OUT, IN, LUNCH, TALKING, ACW)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


class Kept:
    """The table as upserts leave it."""

    def __init__(self, intervals: Intervals) -> None:
        self.intervals = intervals
        self.rows: dict[object, Interval] = {}

    def follow(self, agent: Agent, now: datetime) -> None:
        intervals = list(self.intervals.follow(agent, now))
        assert not [each for each in intervals if each.started_at == each.ended_at]
        self.take(intervals)

    def take(self, intervals: list[Interval]) -> None:
        self.rows.update({interval.key: interval for interval in intervals})

    @property
    def spans(self) -> list[tuple[datetime, datetime | None]]:
        return [(row.started_at, row.ended_at) for row in self.rows.values()]


def test_an_interval_begins_when_what_the_agent_does_changes() -> None:
    kept = Kept(Intervals())
    kept.follow(IN, at(0))
    kept.follow(replace(IN, misses=2), at(1))
    kept.follow(TALKING, at(2))
    kept.follow(ACW, at(5))
    assert kept.spans == [(at(0), at(2)), (at(2), at(5)), (at(5), None)]
    assert [row.phase for row in kept.rows.values()] == [None, Phase.TALKING, Phase.ACW]


def test_what_lasts_no_time_leaves_no_interval() -> None:
    kept = Kept(Intervals())
    kept.follow(IN, at(0))
    kept.follow(TALKING, at(1))
    kept.follow(LUNCH, at(1))
    assert kept.spans == [(at(0), at(1)), (at(1), None)]
    assert [row.status for row in kept.rows.values()] == [AVAILABLE, "Lunch"]


def test_an_agent_who_is_removed_has_no_open_interval() -> None:
    kept = Kept(Intervals())
    kept.follow(IN, at(0))
    kept.take(list(kept.intervals.leave(AYSE, at(1))))
    kept.take(list(kept.intervals.leave(AYSE, at(2))))
    assert kept.spans == [(at(0), at(1))]


def open_since(agent: Agent, minutes: float) -> Interval:
    (interval,) = Intervals().follow(agent, at(minutes))
    return interval


def test_after_a_crash_the_interval_goes_on_if_the_live_state_says_so() -> None:
    intervals = Intervals([open_since(TALKING, 0)])
    assert list(intervals.resume([TALKING], last_seen=at(3))) == []
    kept = Kept(intervals)
    kept.follow(ACW, at(9))
    assert kept.spans == [(at(0), at(9)), (at(9), None)]


def test_after_a_crash_an_interval_that_is_not_so_any_more_ends_when_it_was_last_seen() -> None:
    kept = Kept(Intervals([open_since(TALKING, 0)]))
    kept.take(list(kept.intervals.resume([IN], last_seen=at(3))))
    assert kept.spans == [(at(0), at(3)), (at(3), None)]


def test_after_a_crash_the_interval_of_an_agent_who_is_gone_is_closed() -> None:
    kept = Kept(Intervals([open_since(TALKING, 0)]))
    kept.take(list(kept.intervals.resume([], last_seen=at(3))))
    assert kept.spans == [(at(0), at(3))]


@given(st.lists(st.tuples(st.sampled_from(STATES), st.integers(min_value=-5, max_value=30))))
def test_intervals_touch_and_add_up_whatever_happens(
    moves: list[tuple[Agent, int]],
) -> None:
    """Also when the clock is set back between two runs."""
    kept = Kept(Intervals())
    now, latest = NOON, NOON
    kept.follow(OUT, now)
    for agent, minutes in moves:
        now += timedelta(minutes=minutes)
        latest = max(latest, now)
        kept.follow(agent, now)
    rows = sorted(kept.rows.values(), key=lambda row: row.started_at)
    for before, after in pairwise(rows):
        assert before.ended_at == after.started_at
        assert before.started_at < after.started_at
    assert rows[0].started_at == NOON
    assert rows[-1].ended_at is None
    assert rows[-1].started_at <= latest
