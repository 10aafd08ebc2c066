"""The tables: what one input has changed, taking it back, indexes and deadlines."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from acd.agents.agent import Agent
from acd.agents.device import Device, DeviceKind
from acd.calls.interaction import Interaction
from acd.calls.leg import Leg, Role
from acd.distributor import Change, Node, State
from acd.distributor.state import Count
from acd.ids import (
    HOLDING,
    AgentId,
    BridgeId,
    Channel,
    ChannelId,
    EntryId,
    ExtensionNumber,
    InteractionId,
    NodeId,
    OfferId,
    ProjectName,
    QueueName,
)
from acd.queues.entry import Entry, EntryKind, EntryOutcome
from acd.queues.line import entry_order
from acd.settings import (
    AgentSettings,
    Category,
    General,
    QueueSettings,
    RingMode,
    Settings,
    Strategy,
)

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
NODE = NodeId("a")
SUPPORT, CARE = ProjectName("support"), ProjectName("care")
SALES, SERVICE = QueueName("sales"), QueueName("service")
AYSE, BARIS = AgentId("ayse"), AgentId("baris")
CALL = InteractionId("1-1")


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def settings(
    members: tuple[AgentId, ...] = (AYSE, BARIS), strategy: Strategy = Strategy.LINEAR
) -> Settings:
    sales = QueueSettings(
        queue=SALES, project=SUPPORT, number="700", agents=members, strategy=strategy
    )
    service = QueueSettings(queue=SERVICE, project=CARE, number="701", agents=(AYSE,))
    agents = AgentSettings(agent=AYSE, name="Ayşe", node=NODE, extension=ExtensionNumber("1001"))
    return Settings(queues={SALES: sales, SERVICE: service}, agents={AYSE: agents})


def agent(id: AgentId, since: float = 0, *, ready: bool = True, out: float | None = None) -> Agent:
    device = Device(
        kind=DeviceKind.EXTENSION,
        endpoints=("PJSIP/1001",),
        out_until=None if out is None else after(out),
    )
    return Agent(
        id=id,
        ring=RingMode.EXTENSION,
        project=SUPPORT,
        category=Category.AVAILABLE if ready else Category.BREAK,
        since=NOW,
        idle_since=after(since),
        devices=(device,),
    )


def entry(
    n: int = 1, since: float = 0, queue: QueueName = SALES, *, offered: bool = False
) -> Entry:
    return Entry(
        id=EntryId(f"1-{n}-1.1"),
        interaction=InteractionId(f"1-{n}"),
        queue=queue,
        kind=EntryKind.CALLER,
        channel=None,
        order_since=after(since),
        entered_at=NOW,
        offers=(OfferId("x"),) if offered else (),
    )


def leg(n: int = 1, interaction: InteractionId = CALL, due: float | None = None) -> Leg:
    return Leg(
        channel=Channel(NODE, ChannelId(f"in.{n}")),
        interaction=interaction,
        role=Role.CALLER,
        asked_at=NOW,
        due=None if due is None else after(due),
    )


def interaction(*bridges: str) -> Interaction:
    return Interaction(
        id=CALL,
        node=NODE,
        caller="",
        number="700",
        started_at=NOW,
        bridges=tuple(map(BridgeId, bridges)),
    )


def state() -> State:
    new = State(run=1)
    configure(new, settings())
    new.commit()
    return new


def configure(s: State, new: Settings) -> None:
    for row in (new.general, *new.queues.values(), *new.agents.values()):
        s.put(row)


def whole(s: State) -> Settings:
    """The settings as they are now, whatever becomes of the rows."""
    return replace(s.settings, queues=dict(s.settings.queues), agents=dict(s.settings.agents))


# What one input has changed.


def test_a_commit_says_what_has_changed_once() -> None:
    s = state()
    s.put(entry())
    s.put(replace(entry(), priority=1))
    assert s.commit() == (Change(row=replace(entry(), priority=1), live=True),)
    assert s.commit() == ()


def test_a_row_that_is_put_as_it_is_has_not_changed() -> None:
    s = state()
    s.put(entry())
    s.commit()
    s.put(entry())
    assert s.commit() == ()


def test_a_row_that_ends_is_told_as_it_is_kept_for_reports() -> None:
    s = state()
    s.put(entry())
    s.commit()
    ended = replace(entry(), outcome=EntryOutcome.ANSWERED, ended_at=NOW)
    s.end(ended)
    assert s.commit() == (Change(row=ended, live=False),)
    assert not s.entries


def test_a_row_that_comes_and_goes_within_one_input_is_told_too() -> None:
    s = state()
    s.put(entry())
    s.end(entry())
    assert s.commit() == (Change(row=entry(), live=False),)


def test_a_row_that_comes_again_after_its_end_lives() -> None:
    s = state()
    s.put(entry())
    s.end(entry())
    s.put(replace(entry(), priority=1))
    assert s.commit() == (Change(row=replace(entry(), priority=1), live=True),)


def test_what_was_not_committed_can_be_taken_back() -> None:
    s = state()
    s.put(entry(1))
    s.put(agent(AYSE))
    s.next_number()
    s.commit()
    s.put(replace(entry(1), priority=1))
    s.put(entry(2))
    s.put(leg())
    s.end(agent(AYSE))
    configure(s, settings(members=()))
    assert s.next_number() == 2
    s.roll_back()
    assert s.entries == {entry(1).id: entry(1)}
    assert s.agents == {AYSE: agent(AYSE)}
    assert not s.legs
    assert not s.legs_of(CALL)
    assert s.settings == settings()
    assert s.commit() == ()
    assert s.next_number() == 2
    assert list(s.pools[SALES]) == [(0, 0, AYSE)]


def test_each_run_counts_its_interactions_and_rows_are_all_there_is_to_know() -> None:
    s = state()
    assert [s.next_number(), s.next_number()] == [1, 2]
    again, later = State(s.run), State(s.run + 1)
    for row in s.rows():
        again.put(row)
        later.put(row)
    assert again.next_number() == 3
    assert later.next_number() == 1
    assert {type(row) for row in s.rows()} == {General, QueueSettings, AgentSettings, Count}


def test_a_queue_and_who_is_in_it_come_and_go_together() -> None:
    s = state()
    queue = s.queue(SERVICE)
    s.put(entry(queue=SERVICE))
    s.roll_back()
    s.end(queue)
    assert SERVICE not in s.lines
    assert SERVICE not in s.pools
    s.put(queue)
    s.put(entry(queue=SERVICE))
    s.commit()
    s.end(entry(queue=SERVICE))
    s.end(queue)
    s.roll_back()
    assert list(s.lines[SERVICE]) == [entry_order(entry(queue=SERVICE))]
    new = replace(queue, queue=QueueName("new"))
    s.put(new)
    s.put(entry(2, queue=new.queue))
    s.roll_back()
    assert set(s.lines) == {SALES, SERVICE}


def test_of_a_row_that_came_and_went_nothing_is_left_to_take_back() -> None:
    s = state()
    s.put(entry())
    s.end(entry())
    s.roll_back()
    assert not s.entries
    assert s.commit() == ()


# Deadlines.


def test_the_earliest_deadline_comes_first_and_each_once() -> None:
    s = state()
    s.put(leg(1, due=5))
    s.put(leg(2, due=3))
    s.put(leg(3))
    assert s.next_deadline() == after(3)
    assert s.pop_due(after(2)) is None
    assert s.pop_due(after(9)) == leg(2, due=3)
    assert s.pop_due(after(9)) == leg(1, due=5)
    assert s.pop_due(after(9)) is None
    assert s.next_deadline() is None


def test_a_deadline_that_has_moved_or_went_with_its_row_is_not_kept() -> None:
    s = state()
    s.put(leg(1, due=3))
    s.put(leg(2, due=4))
    s.put(leg(1, due=9))
    s.end(leg(2, due=4))
    assert s.next_deadline() == after(9)
    s.put(leg(1))
    assert s.next_deadline() is None


def test_rows_of_different_kinds_may_have_one_deadline() -> None:
    s = state()
    s.put(agent(AYSE, out=3))
    s.put(leg(1, due=3))
    s.put(replace(entry(), expires_at=after(3)))
    popped = [type(s.pop_due(after(3))) for _ in range(3)]
    assert popped == [Agent, Leg, Entry]


# Look-ups.


def test_the_legs_and_entries_of_an_interaction() -> None:
    s = state()
    for row in (leg(1), leg(2), leg(3, InteractionId("1-2")), entry(1), entry(2)):
        s.put(row)
    assert s.legs_of(CALL) == [leg(1), leg(2)]
    assert s.entries_of(CALL) == [entry(1)]
    s.end(leg(1))
    assert s.legs_of(CALL) == [leg(2)]
    s.end(leg(2))
    assert s.legs_of(CALL) == []


def test_whose_phone_an_extension_is() -> None:
    s = state()
    assert s.agent_on(NODE, ExtensionNumber("1001")) is None
    s.put(agent(AYSE))
    assert s.agent_on(NODE, ExtensionNumber("1001")) == agent(AYSE)
    assert s.agent_on(NodeId("b"), ExtensionNumber("1001")) is None


def test_a_node_is_up_when_its_events_reach_us() -> None:
    s = state()
    assert not s.node_up(NODE)
    s.put(Node(id=NODE, up=True))
    assert s.node_up(NODE)
    s.put(Node(id=NODE, up=False))
    assert not s.node_up(NODE)
    assert s.nodes[NODE].due is None


def test_a_bridge_is_owned_by_the_interaction_that_has_it_on_that_node() -> None:
    s = state()
    s.put(interaction("1-1-1.3"))
    assert s.owns_bridge(NODE, BridgeId("1-1-1.3"))
    assert s.owns_bridge(NODE, HOLDING)
    assert not s.owns_bridge(NODE, BridgeId("1-1-1.4"))
    assert not s.owns_bridge(NODE, BridgeId("1-2-1.3"))
    assert not s.owns_bridge(NodeId("b"), BridgeId("1-1-1.3"))
    assert not s.owns_bridge(NODE, None)


# Indexes.


def test_who_is_kept_out_of_a_queue_is_counted_by_reason() -> None:
    s = state()
    s.put(agent(AYSE))
    s.put(agent(BARIS, ready=False))
    assert list(s.pools[SALES]) == [(0, 0, AYSE)]
    assert s.pools[SALES].kept_out == Counter({"not available": 1})
    assert s.pools[SERVICE].kept_out == Counter({"in another project": 1})


def test_an_agent_who_is_removed_is_in_no_pool() -> None:
    s = state()
    s.put(agent(AYSE))
    s.end(agent(AYSE))
    assert not len(s.pools[SALES])
    assert not +s.pools[SERVICE].kept_out


def test_only_a_queue_in_which_something_has_become_possible_is_looked_at() -> None:
    s = state()
    s.dirty.clear()
    s.put(agent(AYSE, ready=False))
    assert not s.dirty
    s.put(agent(AYSE))
    assert list(s.dirty) == [SALES]
    s.dirty.clear()
    s.put(entry(queue=SERVICE))
    assert list(s.dirty) == [SERVICE]
    s.dirty.clear()
    s.put(entry(queue=SERVICE, offered=True))
    assert not s.dirty


Step = Callable[[State], object]


def puts(rows: st.SearchStrategy[object]) -> st.SearchStrategy[Step]:
    return rows.map(lambda row: lambda s: s.put(row))  # type: ignore[arg-type,return-value]


def configures(of: st.SearchStrategy[Settings]) -> st.SearchStrategy[Step]:
    return of.map(lambda new: lambda s: configure(s, new))


def ends(kind: type) -> st.SearchStrategy[Step]:
    """End the first row of that kind, if there is one."""

    def end(s: State) -> None:
        tables = (s.entries, s.legs, s.agents)
        for row in [row for table in tables for row in table.values() if type(row) is kind][:1]:
            s.end(row)

    return st.just(end)


few = st.integers(min_value=0, max_value=3)
ids = st.sampled_from([AYSE, BARIS])
queues = st.sampled_from([SALES, SERVICE])
maybe = st.none() | few
steps = st.lists(
    st.one_of(
        puts(st.builds(agent, ids, few, ready=st.booleans(), out=maybe)),
        puts(st.builds(entry, few, few, queues, offered=st.booleans())),
        puts(st.builds(leg, few, st.just(CALL), maybe)),
        configures(st.builds(settings, st.permutations([AYSE, BARIS]).map(tuple))),
        configures(
            st.builds(settings, st.sampled_from([(AYSE,), (BARIS,), ()]), st.sampled_from(Strategy))
        ),
        ends(Entry),
        ends(Leg),
        ends(Agent),
        st.just(State.commit),
        st.just(State.roll_back),
    ),
    max_size=30,
)


@given(steps)
def test_indexes_are_what_one_would_compute_anew(steps: list[Step]) -> None:
    s = state()
    for step in steps:
        step(s)
    for queue in (SALES, SERVICE):
        line_and_pool_are_true(s, queue)
    assert s.legs_of(CALL) == sorted_by_key(s, s.legs_of(CALL))
    assert {leg.channel for leg in s.legs_of(CALL)} == set(s.legs)
    assert {e.id for n in range(4) for e in s.entries_of(InteractionId(f"1-{n}"))} == set(s.entries)
    rows = [*s.legs.values(), *s.entries.values(), *s.agents.values()]
    assert s.next_deadline() == min((row.due for row in rows if row.due), default=None)


def line_and_pool_are_true(s: State, queue: QueueName) -> None:
    configured = s.settings.queues[queue]
    many = configured.strategy is Strategy.RING_ALL
    waiting = [e for e in s.entries.values() if e.queue == queue and e.wants(many=many)]
    assert list(s.lines[queue]) == sorted(map(entry_order, waiting))
    members = [s.agents[id] for id in configured.agents if id in s.agents]
    idle = [a for a in members if not a.not_ready and a.project == configured.project]
    ranks = {
        Strategy.LONGEST_IDLE: lambda a: (0, a.idle_since, a.id),
        Strategy.RING_ALL: lambda a: (0, a.idle_since, a.id),
        Strategy.LEAST_RECENT_ACTIVITY: lambda a: (0, a.idle_since, a.id),
        Strategy.FEWEST_CALLS: lambda a: (0, 0, a.idle_since, a.id),
        Strategy.RANDOM: lambda a: (0, a.id),
        Strategy.ROUND_ROBIN: lambda a: (0, configured.agents.index(a.id), a.id),
        Strategy.LINEAR: lambda a: (0, configured.agents.index(a.id), a.id),
    }
    assert list(s.pools[queue]) == sorted(map(ranks[configured.strategy], idle))
    reasons = Counter(a.not_ready or "in another project" for a in members if a not in idle)
    assert +s.pools[queue].kept_out == reasons


@given(steps, steps)
def test_taking_back_leaves_all_as_it_was(before: list[Step], since: list[Step]) -> None:
    s = state()
    for step in before:
        step(s)
    s.commit()
    picture = looks_like(s)
    for step in since:
        if step not in (State.commit, State.roll_back):
            step(s)
    s.roll_back()
    assert looks_like(s) == picture
    assert s.commit() == ()


def looks_like(s: State) -> object:
    lines = [list(s.lines[queue]) for queue in (SALES, SERVICE)]
    pools = [(list(s.pools[queue]), +s.pools[queue].kept_out) for queue in (SALES, SERVICE)]
    tables = [dict(s.legs), dict(s.entries), dict(s.agents), whole(s)]
    return lines, pools, tables, s.next_deadline(), {leg.channel for leg in s.legs_of(CALL)}


def sorted_by_key(s: State, legs: list[Leg]) -> list[Leg]:
    """Rows are listed in an order of their own: it hangs on no hash, nor on how they came."""
    return [leg for _, leg in sorted(s.legs.items()) if leg in legs]
