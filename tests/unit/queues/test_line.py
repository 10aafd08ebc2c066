"""The order of a queue is that of sorted(), whatever comes and goes."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from acd.ids import AgentId, EntryId, InteractionId, QueueName
from acd.queues.entry import Entry, EntryKind
from acd.queues.line import AgentOrder, Line, Pool, entry_order

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
FEW = st.integers(min_value=0, max_value=3)


def entry(id: int, priority: int = 0, seconds: int = 0) -> Entry:
    return Entry(
        id=EntryId(f"1-{id}-1.1"),
        interaction=InteractionId(f"1-{id}"),
        queue=QueueName("sales"),
        kind=EntryKind.CALLER,
        channel=None,
        priority=priority,
        order_since=NOW + timedelta(seconds=seconds),
        entered_at=NOW,
    )


def idle(agent: str, seconds: int = 0) -> AgentOrder:
    return (NOW + timedelta(seconds=seconds), AgentId(agent))


# Few values, so that many are equal in part.
entries = st.builds(entry, st.integers(0, 30), FEW, FEW)
idlers = st.builds(idle, st.sampled_from("abcdefghij"), FEW)


def test_higher_priority_first_then_who_waits_longest_then_the_id() -> None:
    urgent, early, late = entry(3, priority=1, seconds=9), entry(2, seconds=1), entry(1, seconds=2)
    twin = entry(4, seconds=1)
    assert sorted([late, twin, early, urgent], key=entry_order) == [urgent, early, twin, late]


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


@given(
    st.lists(idlers, unique_by=lambda order: order[1]),
    st.frozensets(st.sampled_from("abcdefghij").map(AgentId)),
    st.data(),
)
def test_a_pool_gives_who_is_idle_longest_of_those_wanted(
    agents: list[AgentOrder], unwanted: frozenset[AgentId], data: st.DataObject
) -> None:
    pool = Pool()
    for order in agents:
        pool.add(order)
    gone = data.draw(st.sampled_from(agents)) if agents else None
    if gone:
        pool.remove(gone)
    left = sorted(order for order in agents if order != gone)
    assert (list(pool), len(pool)) == (left, len(left))
    wanted = [order for order in left if order[1] not in unwanted]
    assert pool.first(unwanted) == (wanted[0] if wanted else None)


def test_the_runners_up_are_the_next_ones_in_order() -> None:
    pool = Pool()
    for n, agent in enumerate("edcba"):
        pool.add(idle(agent, n))
    assert pool.next_after(AgentId("e"), frozenset([AgentId("c")]), 2) == ["d", "b"]
    assert pool.next_after(AgentId("e"), frozenset(), 9) == ["d", "c", "b", "a"]
