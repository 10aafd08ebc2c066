"""Metrics for Prometheus: what is counted as it happens, and what is looked at when it asks.

Names carry no ids, and labels only what is configured or is one of a few words. docs/metrics.md is
made from what stands here.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from aiohttp import web
from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from acd.agents.attempt import Attempt
from acd.calls.interaction import Interaction
from acd.facts import EffectFailed
from acd.http import queue_metrics
from acd.http.queue_metrics import InTime, Waits
from acd.http.route import Asked, Nothing, Route
from acd.http.stream import Stream
from acd.ids import QueueGroupName, QueueName
from acd.permissions import Key
from acd.queues.entry import Entry, EntryKind
from acd.queues.offer import Offer
from acd.views import Change

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
FAST = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)
"""Bounds of the times of commands and commits, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probes:
    """What is looked at when Prometheus asks."""

    loop_lag: Callable[[], tuple[Mapping[str, int], float]]
    """Looks by their upper bound in ms, and the seconds of all together."""
    inbox: Callable[[], int]
    """Inputs that wait for the core."""
    lanes: Callable[[], int]
    """Lanes with effects that are being performed, or wait."""
    backlog: Callable[[], tuple[int, int, int]]
    """What waits for the database: lines of the journal, their bytes, ended rows."""
    database_away_s: Callable[[], float]
    """How long the database has not answered; 0 while it does."""


class Metrics:
    def __init__(
        self,
        *,
        stream: Stream,
        probes: Probes,
        now: Callable[[], datetime],
        version: str,
    ) -> None:
        self._stream = stream
        self._now = now
        self._waits = Waits()
        self._in_time = InTime()
        self._registry = CollectorRegistry()
        self._registry.register(Looked(stream, probes, version))
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        self._calls = self._counter("calls", "Calls that have ended", "outcome")
        self._offers = self._counter("offers", "Offers that have ended", "outcome")
        self._attempts = self._counter(
            "attempts", "Ringings of one device that have ended", "device", "outcome"
        )
        self._effects_failed = self._counter(
            "effects_failed", "Effects that could not be performed", "effect", "reason"
        )
        self._events = self._counter("ari_events", "Events of Asterisk", "node", "type")
        self._commands = self._histogram(
            "ari_command_seconds", "Commands to Asterisk, until the answer", "operation"
        )
        self._commands_failed = self._counter(
            "ari_commands_failed",
            "Commands that Asterisk refused or did not answer",
            "operation",
            "reason",
        )
        # Each call has dozens of these, and finding the labels takes longer than counting.
        self._event, self._command = cache(self._events.labels), cache(self._commands.labels)
        self._commits = self._histogram("journal_commit_seconds", "Groups of the journal")
        self._lines = self._counter("journal_lines", "Lines of the journal that are committed")

    def _counter(self, name: str, says: str, *labels: str) -> Counter:
        return Counter(f"acd_{name}", says, labels, registry=self._registry)

    def _histogram(self, name: str, says: str, *labels: str) -> Histogram:
        return Histogram(f"acd_{name}", says, labels, registry=self._registry, buckets=FAST)

    # What happens.

    def changed(self, changes: Iterable[Change]) -> None:
        """Count what has ended with one input."""
        for change in changes:
            if not change.live:
                self._ended(change.row)

    def _ended(self, row: Any) -> None:
        match row:
            case Interaction(outcome=outcome) if outcome:
                self._calls.labels(outcome).inc()
            case Entry(kind=EntryKind.CALLER):
                self._waits.note(row)
                self._in_time.note(row, self._stream.view.tables.settings.queues.get(row.queue))
            case Offer(outcome=outcome) if outcome:
                self._offers.labels(outcome).inc()
            case Attempt(device=device, outcome=outcome) if outcome:
                self._attempts.labels(device, outcome).inc()

    def effect_failed(self, fact: EffectFailed) -> None:
        reason = "no answer" if fact.unreachable else "refused"
        self._effects_failed.labels(type(fact.effect).__name__, reason).inc()

    def ari_event(self, node: str, kind: str) -> None:
        self._event(node, kind).inc()

    def ari_command(self, operation: str, seconds: float, status: int) -> None:
        """status: HTTP's; 0: no answer."""
        self._command(operation).observe(seconds)
        if status == 0 or status >= 400:
            reason = "no answer" if status == 0 else f"{status // 100}xx"
            self._commands_failed.labels(operation, reason).inc()

    def committed(self, seconds: float, lines: int) -> None:
        """A group is written, with so many lines of the journal."""
        self._commits.observe(seconds)
        self._lines.inc(lines)

    # What is told.

    def routes(self) -> list[Route[Any]]:
        return [
            Route(
                method="GET",
                path="/metrics",
                does=self.told,
                says="Metrics for Prometheus (docs/metrics.md)",
                needs=Key.METRICS_SEE,
                sends=Nothing,
                answers=str,
            )
        ]

    async def told(self, asked: Asked[Nothing]) -> web.Response:
        text = await self.text()
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE})

    async def text(self) -> bytes:
        """All metrics; the loop gets its turn in between."""
        await self._stream.draw()
        parts = []
        for part in self._parts():
            parts.append(part)
            await asyncio.sleep(0)
        return b"".join(parts)

    def _parts(self) -> Iterator[bytes]:
        for metric in self._registry.collect():
            yield generate_latest(_Alone(metric))
        for text in queue_metrics.gauges(self._stream.view.counts, self._now()):
            yield text.encode()
        for text in (*self._in_time.texts(), *queue_metrics.groups(self._groups())):
            yield text.encode()
        for text in self._waits.texts():
            yield text.encode()

    def _groups(self) -> Mapping[QueueGroupName, Sequence[QueueName]]:
        return self._stream.view.tables.settings.queue_groups


class _Alone(Collector):
    """One metric as a registry of its own, so that it can be written by itself."""

    def __init__(self, metric: Metric) -> None:
        self._metric = metric

    def collect(self) -> Iterable[Metric]:
        return (self._metric,)


class Looked(Collector):
    """What is not counted but looked at."""

    def __init__(self, stream: Stream, probes: Probes, version: str) -> None:
        self._stream = stream
        self._probes = probes
        self._version = version

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        about = {"version": self._version, "run": str(self._stream.run_number)}
        yield InfoMetricFamily("acd_build", "Which program this is, and which run of it", about)
        yield self._lag()
        yield from self._engine()
        yield from self._database()
        yield from self._nodes()
        yield from self._agents()
        yield from self._subscribers()

    def _lag(self) -> Metric:
        counts, total_s = self._probes.loop_lag()
        buckets, seen = [], 0
        for bound, count in counts.items():
            seen += count
            buckets.append(("+Inf" if bound == "inf" else str(float(bound) / 1000), seen))
        says = "How late the event loop comes to what is due, looked at every 20 ms"
        return HistogramMetricFamily("acd_loop_lag_seconds", says, buckets, total_s)

    def _engine(self) -> Iterator[Metric]:
        yield _gauge("inbox_depth", "Inputs that wait for the core", self._probes.inbox())
        yield _gauge("lanes", "Lanes with effects on their way", self._probes.lanes())

    def _database(self) -> Iterator[Metric]:
        lines, size, rows = self._probes.backlog()
        away = self._probes.database_away_s()
        yield _gauge("journal_backlog_lines", "Lines that wait for the database", lines)
        yield _gauge("journal_backlog_bytes", "Memory that they take", size)
        yield _gauge("journal_backlog_rows", "Ended rows that wait for the database", rows)
        yield _gauge("database_up", "1 while the database answers", away == 0)
        yield _gauge("database_away_seconds", "How long it has not answered", away)

    def _nodes(self) -> Iterator[Metric]:
        view = self._stream.view
        up = _labelled("node_up", "1 while the events of this Asterisk reach us", "node")
        calls = _labelled("calls_in_progress", "Calls on this Asterisk", "node")
        for node in view.tables.nodes.values():
            up.add_metric([node.id], float(node.up))
            calls.add_metric([node.id], view.counts.calls[node.id])
        yield from (up, calls, *self._trunks())

    def _trunks(self) -> Iterator[Metric]:
        tables = self._stream.view.tables
        down = {trunk for node in tables.nodes.values() for trunk in node.trunks_down}
        up = _labelled("trunk_up", "1 while the carrier answers, or is not asked", "trunk")
        calls = _labelled("trunk_calls", "Calls over this carrier, in and out", "trunk")
        for trunk in tables.settings.trunks:
            up.add_metric([trunk], float(trunk not in down))
            calls.add_metric([trunk], tables.calls_on(trunk))
        yield from (up, calls)

    def _agents(self) -> Iterator[Metric]:
        agents = _labelled("agents", "Agents, by what they do or what keeps them", "state")
        for state, count in sorted(self._stream.view.counts.agents.items()):
            agents.add_metric([state], count)
        yield agents

    def _subscribers(self) -> Iterator[Metric]:
        stream = self._stream
        yield _gauge("stream_subscribers", "Subscribers of the event stream", stream.subscribers)
        yield _count("stream_frames", "Frames of the event stream", stream.frames)
        yield _count("stream_messages", "Messages to its subscribers", stream.messages)
        yield _count("stream_cut", "Subscribers cut because they did not read", stream.cut)


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(f"acd_{name}", says, value)


def _labelled(name: str, says: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"acd_{name}", says, labels=labels)


def _count(name: str, says: str, value: float) -> Metric:
    return CounterMetricFamily(f"acd_{name}", says, value)
