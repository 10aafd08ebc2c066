"""`kill -9` with many agents and many waiting callers, and a new process: when it serves again."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import yaml

from bench.figures import Figure
from bench.process import AcdProcess
from bench.site import REPOSITORY, Place
from tests.integration.postgresql import cluster
from tests.integration.running import queue

PART = "restart"
AGENTS = 1000
CALLS = 200
RATE = 40.0
HOLD_MS = 120_000
GOAL_S = 3.0


async def measure(place: Place) -> list[Figure]:
    """Real calls on a real Asterisk, with either database; the phones are configured, not there."""
    figures = []
    with ExitStack() as stack:
        for kind in ("sqlite", "postgresql"):
            written = place.configure(
                f"restart-{kind}", queue("sales", "700", "ayse"), phones=AGENTS
            )
            if kind == "postgresql":
                _move_to(written, stack.enter_context(cluster()).create("acd"))
            figures += await _restart(place, written, kind)
    return figures


def _move_to(written: Path, database: str) -> None:
    configuration: Any = yaml.safe_load(written.read_text())
    configuration["database"] = database
    written.write_text(yaml.safe_dump(configuration, allow_unicode=True))


async def _restart(place: Place, written: Path, kind: str) -> list[Figure]:
    first = await _start(written)
    second = None
    try:
        await first.ready(within=120)
        await place.sipp.callers(
            "700", place.server, calls=CALLS, rate=RATE, hold_ms=HOLD_MS, echo=False
        )
        await first.live_until(_waiting(CALLS), CALLS / RATE + 20, f"{CALLS} wait")
        await first.kill()
        second = await _start(written)
        ready_s, used = await second.ready(), second.usage()
        waiting = (await second.live())["queues"][0]["waiting"]
        await place.hang_up_callers()
        await second.live_until(_waiting(0), 30, "all callers have gone")
    finally:
        for acd in (first, second):
            if acd is not None:
                await acd.stop()
    return [
        _figure(f"{kind}: from the start until it serves", ready_s, "s", goal=GOAL_S),
        _figure(f"{kind}: processor time of that", used.all, "s"),
        _figure(f"{kind}: calls lost", CALLS - waiting, "calls", goal=0),
    ]


async def _start(written: Path) -> AcdProcess:
    return await AcdProcess.start(REPOSITORY, written, written.with_suffix(".log"))


def _waiting(count: int) -> Any:
    return lambda picture: picture["queues"][0]["waiting"] == count


def _figure(name: str, value: float, unit: str, goal: float | None = None) -> Figure:
    note = f"{AGENTS} agents, {CALLS} calls waiting on a real Asterisk"
    return Figure(part=PART, name=name, value=value, unit=unit, goal=goal, note=note)
