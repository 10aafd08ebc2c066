"""A small centre in which everything happens in every order: two queues, three agents, two callers.

After each input the oracle decides again: every offer is the one that must be made, and no one
waits beside an agent who could be asked.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from acd.distributor import Distributor
from acd.distributor.state import Row
from acd.facts import CallArrived, LegAnswered, LegGone, LegRinging
from acd.ids import AgentId, Channel, ChannelId, SkillName
from acd.requests import LogIn
from acd.settings import QueueSkill, Settings, SkillStep, Strategy
from tests.property.late_world import witness
from tests.stories.acd import SALES, SERVICE, SUPPORT, Acd, queue_settings, settings
from tests.world import oracle
from tests.world.asterisk import NODE
from tests.world.invariants import indexed
from tests.world.world import START

AYSE, BARIS, CEM = map(AgentId, ("ayse", "baris", "cem"))
TURKISH = SkillName("turkish")
ASKED = QueueSkill(name=TURKISH, level=5, relax=(SkillStep(after_s=30, level=0),))
Event = Callable[[Distributor], object]


def centre(strategy: Strategy) -> Settings:
    """All serve sales; service, for which one must know Turkish, goes first."""
    of = settings(
        queue_settings(SALES, "700", "ayse", "baris", "cem", strategy=strategy, starvation_s=40),
        queue_settings(
            SERVICE, "701", "baris", "ayse", strategy=strategy, priority=5, skills=(ASKED,)
        ),
    )
    skilled = replace(of.agents[BARIS], skills={TURKISH: 7}, priority=1)
    return replace(of, agents={**of.agents, BARIS: skilled})


def at(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def calls(n: int, number: str) -> Event:
    fact = CallArrived(channel=Channel(NODE, ChannelId(f"in.{n}")), number=number, caller=f"+9{n}")
    return lambda core: core.handle(fact, START + at(n))


def a_phone(end: Callable[[Channel], list[object]]) -> Event:
    """Something that the first phone does which is called, if there is one."""

    def does(core: Distributor) -> None:
        called = sorted(core.state.attempts)
        for fact in end(called[0]) if called else ():
            core.handle(fact, START + at(20))  # type: ignore[arg-type]

    return does


def time_passes(core: Distributor) -> None:
    """Half a minute and more, with all that comes due."""
    while (due := core.next_deadline()) and due <= START + at(60):
        core.handle_timeout(max(due, START + at(20)))


EVENTS: tuple[Event, ...] = (
    lambda core: core.request(LogIn(agent=AYSE, project=SUPPORT), START + at(1)),
    lambda core: core.request(LogIn(agent=BARIS, project=SUPPORT), START + at(2)),
    lambda core: core.request(LogIn(agent=CEM, project=SUPPORT), START + at(3)),
    calls(4, "700"),
    calls(5, "701"),
    a_phone(lambda phone: [LegRinging(channel=phone), LegAnswered(channel=phone)]),
    a_phone(lambda phone: [LegGone(channel=phone, cause=21, sip_status=603)]),
    lambda core: core.handle(LegGone(channel=Channel(NODE, ChannelId("in.5"))), START + at(21)),
    time_passes,
)


def beginning(strategy: Strategy) -> tuple[Row, ...]:
    return tuple(Acd(centre(strategy)).world.core.state.rows())


def every_order(
    rows: tuple[Row, ...], left: tuple[Event, ...], depth: int
) -> Iterator[Distributor]:
    """The centre after each beginning of each order of so many events."""
    for n, event in enumerate(left):
        core = Distributor(run=1, rows=rows, awake=True)
        event(core)
        yield core
        if depth > 1:
            rest = left[:n] + left[n + 1 :]
            yield from every_order(tuple(core.state.rows()), rest, depth - 1)


def explore(strategy: Strategy, depth: int) -> int:
    """Judge each of them; how many there were."""
    count = 0
    with witness():
        for core in every_order(beginning(strategy), EVENTS, depth):
            assert oracle.next_match(core.state) is None
            indexed(core.state)
            count += 1
    return count


@pytest.mark.parametrize("strategy", [Strategy.ROUND_ROBIN, Strategy.RANDOM])
def test_whatever_comes_first_nobody_waits_in_vain(strategy: Strategy) -> None:
    assert explore(strategy, 3) == 9 + 9 * 8 + 9 * 8 * 7


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("strategy", list(Strategy))
def test_whatever_comes_first_nobody_waits_in_vain_for_long(strategy: Strategy) -> None:
    assert explore(strategy, 4) == 9 + 9 * 8 + 9 * 8 * 7 + 9 * 8 * 7 * 6


def test_a_centre_that_is_begun_anew_from_its_rows_decides_the_same() -> None:
    """On this the search goes: it goes on from each point as often as it likes."""
    core = Distributor(run=1, rows=beginning(Strategy.RANDOM), awake=True)
    for event in EVENTS[:5]:
        event(core)
    again = Distributor(run=1, rows=tuple(core.state.rows()), awake=True)
    for event in EVENTS[5:]:
        event(core)
        event(again)
    assert rows_of(core) == rows_of(again)


def rows_of(core: Distributor) -> dict[object, Row]:
    return {(type(row), row.key): row for row in core.state.rows()}
