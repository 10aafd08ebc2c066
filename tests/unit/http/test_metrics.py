"""What Prometheus is told."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from acd.agents.attempt import AttemptOutcome
from acd.calls.interaction import InteractionOutcome
from acd.effects import Answer
from acd.facts import EffectFailed
from acd.http.metrics import CONTENT_TYPE, Metrics
from acd.http.queue_metrics import GAUGES, SLICE, InTime, Waits
from acd.http.stream import Stream
from acd.http.view import LiveView
from acd.ids import Lane, QueueGroupName, QueueName, TrunkName
from acd.permissions import Role
from acd.queues.entry import EntryKind, EntryOutcome
from acd.queues.offer import OfferOutcome
from acd.settings import QueueSettings, TrunkSettings
from tests.unit.http import rows
from tests.unit.http.rows import BARIS, NOW, state
from tests.unit.http.sites import PROBES, Site, open_site

Told = dict[tuple[str, frozenset[tuple[str, str]]], float]


def parsed(text: str) -> Told:
    """As Prometheus reads it. Raises ValueError for what it would refuse."""
    found: Told = {}
    families = list(text_string_to_metric_families(text))
    names = [family.name for family in families]
    assert len(names) == len(set(names)), "a family is told twice"
    for family in families:
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in found, key
            found[key] = sample.value
    return found


class Lives:
    """Metrics over a state, with what happens there."""

    def __init__(self, *live: Any) -> None:
        self.state = state(*live)
        self.state.commit()
        self.stream = Stream(LiveView(lambda: self.state), run=3, now=lambda: NOW)
        self.metrics = Metrics(stream=self.stream, probes=PROBES, now=lambda: NOW, version="9")

    def end(self, *ended: Any) -> None:
        for row in ended:
            self.state.put(row)
            self.state.commit()
            self.state.end(row)
        changes = self.state.commit()
        self.metrics.changed(changes)
        self.stream.changed(changes)

    async def told(self) -> Told:
        return parsed((await self.metrics.text()).decode())

    async def value(self, name: str, **labels: str) -> float | None:
        return (await self.told()).get((name, frozenset(labels.items())))


@pytest.fixture
async def lives() -> Lives:
    return Lives(rows.agent(), rows.logged_out(BARIS))


OUTCOMES: list[tuple[Any, str, Mapping[str, str]]] = [
    (
        rows.interaction(9, outcome=InteractionOutcome.ANSWERED, ended_at=NOW),
        "acd_calls_total",
        {"outcome": "answered"},
    ),
    (
        replace(rows.offer(), outcome=OfferOutcome.MISSED, ended_at=NOW),
        "acd_offers_total",
        {"outcome": "missed"},
    ),
    (
        replace(rows.attempt(), outcome=AttemptOutcome.BUSY, ended_at=NOW),
        "acd_attempts_total",
        {"device": "extension", "outcome": "busy"},
    ),
    (
        rows.entry(waits=42, outcome=EntryOutcome.ABANDONED, ended_at=NOW),
        "acd_queue_wait_seconds_sum",
        {"queue": "sales", "outcome": "abandoned"},
    ),
]


@pytest.mark.parametrize(("row", "name", "labels"), OUTCOMES)
async def test_what_ends_is_counted_by_how_it_has_ended(
    lives: Lives, row: Any, name: str, labels: Mapping[str, str]
) -> None:
    lives.end(row)
    each = 42.0 if name.endswith("_sum") else 1.0
    assert await lives.value(name, **labels) == each
    lives.end(row)
    assert await lives.value(name, **labels) == 2 * each


async def test_what_only_changes_is_not_counted(lives: Lives) -> None:
    lives.state.put(rows.interaction())
    lives.metrics.changed(lives.state.commit())
    assert not [name for name, _ in await lives.told() if name == "acd_calls_total"]


async def test_a_wait_is_in_every_bucket_above_it(lives: Lives) -> None:
    for seconds in (5, 25, 1000):
        entry = rows.entry(waits=seconds, outcome=EntryOutcome.ANSWERED, ended_at=NOW)
        lives.end(entry)
        lives.end(replace(entry, kind=EntryKind.CALLBACK))
    labels = {"queue": "sales", "outcome": "answered"}
    found = [
        await lives.value("acd_queue_wait_seconds_bucket", le=bound, **labels)
        for bound in ("5.0", "20.0", "30.0", "600.0", "+Inf")
    ]
    assert found == [1, 1, 2, 2, 3]
    assert await lives.value("acd_queue_wait_seconds_count", **labels) == 3


async def test_queues_and_agents_are_shown_as_they_are_now(lives: Lives) -> None:
    for row in (rows.interaction(), rows.entry(waits=30), rows.interaction(2), rows.leg()):
        lives.state.put(row)
    lives.state.put(rows.talking(2))
    lives.state.put(rows.agent(BARIS))
    lives.stream.changed(lives.state.commit())
    told = await lives.told()
    seen = {name: value for (name, labels), value in told.items() if dict(labels).get("queue")}
    assert seen == {
        "acd_queue_waiting": 1,
        "acd_queue_longest_wait_seconds": 30,
        "acd_queue_agents_logged_in": 2,
        "acd_queue_agents_ready": 1,
        "acd_queue_agents_talking": 1,
    }
    agents = {labels: n for (name, labels), n in told.items() if name == "acd_agents"}
    states = {dict(labels)["state"]: n for labels, n in agents.items()}
    assert {state: n for state, n in states.items() if n} == {"talking": 1, "ready": 1}


async def test_nodes_and_carriers_are_up_or_not(lives: Lives) -> None:
    good, bad = TrunkName("good"), TrunkName("bad")
    trunks = {name: TrunkSettings(trunk=name, node=rows.NODE) for name in (good, bad)}
    lives.state.put(replace(rows.settings().general, trunks=trunks))
    lives.state.put(replace(lives.state.nodes[rows.NODE], up=False, trunks_down=(bad,)))
    lives.state.put(rows.interaction())
    lives.state.put(rows.leg(trunk=good))
    lives.stream.changed(lives.state.commit())
    assert await lives.value("acd_node_up", node="asterisk") == 0
    assert await lives.value("acd_calls_in_progress", node="asterisk") == 1
    assert await lives.value("acd_trunk_up", trunk="good") == 1
    assert await lives.value("acd_trunk_up", trunk="bad") == 0
    assert await lives.value("acd_trunk_calls", trunk="good") == 1


async def test_the_program_shows_how_it_is(lives: Lives) -> None:
    told = await lives.told()
    shown = {name: value for (name, labels), value in told.items() if not labels}
    expected = {
        "acd_inbox_depth": 3,
        "acd_lanes": 4,
        "acd_journal_backlog_lines": 5,
        "acd_journal_backlog_bytes": 6,
        "acd_journal_backlog_rows": 7,
        "acd_database_up": 0,
        "acd_database_away_seconds": 8.5,
        "acd_loop_lag_seconds_count": 8,
        "acd_loop_lag_seconds_sum": 1.5,
        "acd_stream_subscribers": 0,
    }
    assert {name: shown[name] for name in expected} == expected
    lag = {dict(labels)["le"]: n for (name, labels), n in told.items() if "lag_seconds_b" in name}
    assert lag == {"0.001": 5, "0.02": 7, "+Inf": 8}
    assert told["acd_build_info", frozenset({("version", "9"), ("run", "3")})] == 1
    assert shown["process_resident_memory_bytes"] > 0


async def test_commands_events_and_effects_are_counted(lives: Lives) -> None:
    metrics = lives.metrics
    for seconds, status in ((0.003, 204), (0.3, 404), (5.0, 0), (0.001, 500)):
        metrics.ari_command("channels.hangup", seconds, status)
    metrics.ari_event("asterisk", "StasisStart")
    effect = Answer(lane=Lane("1-1"), channel=rows.channel("c1"))
    metrics.effect_failed(EffectFailed(effect=effect, reason="x"))
    metrics.effect_failed(EffectFailed(effect=effect, reason="y", unreachable=True))
    metrics.committed(0.004, 17)
    command = {"operation": "channels.hangup"}
    assert await lives.value("acd_ari_command_seconds_count", **command) == 4
    assert await lives.value("acd_ari_command_seconds_bucket", le="0.005", **command) == 2
    for reason in ("4xx", "5xx", "no answer"):
        failed = await lives.value("acd_ari_commands_failed_total", reason=reason, **command)
        assert failed == 1
    event = {"node": "asterisk", "type": "StasisStart"}
    assert await lives.value("acd_ari_events_total", **event) == 1
    for reason in ("refused", "no answer"):
        labels = {"effect": "Answer", "reason": reason}
        assert await lives.value("acd_effects_failed_total", **labels) == 1
    assert await lives.value("acd_journal_commit_seconds_count") == 1
    assert await lives.value("acd_journal_lines_total") == 17


async def test_names_are_written_so_that_they_can_be_read(lives: Lives) -> None:
    odd = QueueName('a "b"\\\n')
    queue = QueueSettings(queue=odd, project=rows.SUPPORT, number="9")
    lives.state.put(queue)
    lives.stream.changed(lives.state.commit())
    assert await lives.value("acd_queue_waiting", queue=odd) == 0


async def test_many_queues_are_written_a_few_at_a_time() -> None:
    waits = Waits()
    for number in range(SLICE * 2 + 1):
        entry = rows.entry(queue=QueueName(f"q{number}"), outcome=EntryOutcome.ANSWERED)
        waits.note(replace(entry, ended_at=NOW + timedelta(seconds=1)))
    sizes = [text.count("_sum{") for text in waits.texts()]
    assert sizes == [0, SLICE, SLICE, 1]


async def test_others_get_their_turn_meanwhile(lives: Lives) -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    await lives.metrics.text()
    counting.cancel()
    assert turns > len(GAUGES)


def test_two_processes_in_one_do_not_share_what_they_count() -> None:
    """As they would with the library's own registry."""
    Lives(), Lives()


# Over HTTP.


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with open_site(rows.agent()) as site:
        yield site


async def test_a_supervisor_may_scrape_and_an_agent_may_not(site: Site) -> None:
    site.accounts.add("ayse", Role.AGENT)
    site.accounts.add("prometheus", Role.SUPERVISOR)
    async with site.client.get("/metrics", headers=site.shown("prometheus")) as answer:
        assert answer.headers["Content-Type"] == CONTENT_TYPE
        assert ("acd_inbox_depth", frozenset()) in parsed(await answer.text())
    async with site.client.get("/metrics", headers=site.shown("ayse")) as answer:
        assert answer.status == 403


# The service level, and groups.


async def test_who_is_answered_in_time_and_who_hangs_up_soon_is_counted(lives: Lives) -> None:
    queue = lives.state.settings.queues[rows.SALES]
    lives.state.put(replace(queue, service_level_s=30, short_abandon_s=5))
    lives.state.commit()
    for number, (waited, outcome) in enumerate(
        [
            (30, EntryOutcome.ANSWERED),
            (31, EntryOutcome.ANSWERED),
            (4, EntryOutcome.ABANDONED),
            (5, EntryOutcome.ABANDONED),
            (4, EntryOutcome.QUEUE_EXIT),
        ],
        start=1,
    ):
        lives.end(rows.entry(number, waits=waited, outcome=outcome, ended_at=NOW))
    assert await lives.value("acd_queue_answered_in_time_total", queue="sales") == 1
    assert await lives.value("acd_queue_short_abandons_total", queue="sales") == 1


def test_an_entry_of_a_queue_that_is_gone_counts_nowhere() -> None:
    in_time = InTime()
    in_time.note(rows.entry(1, waits=1, outcome=EntryOutcome.ANSWERED, ended_at=NOW), None)
    assert "".join(in_time.texts()).count("{") == 0


async def test_which_queue_is_in_which_group_is_told(lives: Lives) -> None:
    group = QueueGroupName("centre")
    lives.state.put(replace(lives.state.settings.general, queue_groups={group: (rows.SALES,)}))
    lives.state.commit()
    assert await lives.value("acd_queue_group", group="centre", queue="sales") == 1
