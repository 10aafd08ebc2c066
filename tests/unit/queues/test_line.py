"""The order of a queue is that of sorted(), whatever comes and goes."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from acd.ids import AgentId, EntryId, InteractionId, QueueName
from acd.queues.entry import Entry, EntryKind
from acd.queues.line import Line, entry_order

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
FEW = st.integers(min_value=0, max_value=3)


def entry(
    id: int,
    priority: int = 0,
    seconds: int = 0,
    stage: int = 0,
    lifted: bool = False,
    not_for: tuple[str, ...] = (),
) -> Entry:
    new = Entry(
        id=EntryId(f"1-{id}-1.1"),
        interaction=InteractionId(f"1-{id}"),
        queue=QueueName("sales"),
        kind=EntryKind.CALLER,
        channel=None,
        priority=priority,
        order_since=NOW + timedelta(seconds=seconds),
        entered_at=NOW,
        stage=stage,
        lifted=lifted,
    )
    for agent in not_for:
        new = new.exclude(AgentId(agent), NOW + timedelta(seconds=5))
    return new


# Few values, so that many are equal in part.
excluded = st.sampled_from([(), ("a",), ("b",), ("a", "b"), ("b", "a")])
entries = st.builds(entry, st.integers(0, 30), FEW, FEW, FEW, st.booleans(), excluded)


def test_who_was_lifted_first_then_higher_priority_then_who_waits_longest_then_the_id() -> None:
    lifted = entry(5, seconds=8, lifted=True)
    urgent, early, late = entry(3, priority=1, seconds=9), entry(2, seconds=1), entry(1, seconds=2)
    twin = entry(4, seconds=1)
    assert sorted([late, twin, early, lifted, urgent], key=entry_order) == [
        lifted,
        urgent,
        early,
        twin,
        late,
    ]


@given(st.lists(entries, unique_by=lambda entry: entry.id), st.data())
def test_a_line_is_sorted_whatever_comes_and_goes(
    waiting: list[Entry], data: st.DataObject
) -> None:
    line = Line()
    for each in waiting:
        line.add(each)
    assert list(line) == sorted(map(entry_order, waiting))
    gone = data.draw(st.lists(st.sampled_from(waiting), unique=True)) if waiting else []
    for each in gone:
        line.remove(each)
    left = [each for each in waiting if each not in gone]
    assert list(line) == sorted(map(entry_order, left))
    assert len(line) == len(left)


def test_of_several_who_were_lifted_the_longest_wait_counts_and_no_priority() -> None:
    urgent, early = entry(1, priority=9, seconds=2, lifted=True), entry(2, seconds=1, lifted=True)
    assert sorted([urgent, early], key=entry_order) == [early, urgent]


@given(st.lists(entries, unique_by=lambda entry: entry.id))
def test_the_first_of_each_group_of_equals_is_told_in_order(waiting: list[Entry]) -> None:
    line = Line()
    for each in waiting:
        line.add(each)
    groups: dict[object, list[Entry]] = {}
    for each in waiting:
        groups.setdefault((each.stage, each.excluded_agents), []).append(each)
    firsts = {min(map(entry_order, equals)): group for group, equals in groups.items()}
    assert line.firsts() == sorted(firsts.items())
