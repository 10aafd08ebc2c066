"""One queue of hundreds is changed while people wait, ring and talk: how long the running process
takes, and whether anybody notices."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from acd.app.proposing import Proposal
from acd.app.starting import database_of
from acd.cli.apply import sent
from acd.config.difference import Change
from acd.config.entities import Entity, digest_after, text_of
from acd.db import Store
from acd.db.versions import Versions
from acd.distributor.state import KINDS
from bench.crowd import Crowd, Sizes, configure, gathered, in_place
from bench.figures import Figure, median
from bench.lag import Lags
from bench.process import AcdProcess
from bench.site import REPOSITORY, Place
from tests.integration.running import PROJECT, queue

PART = "apply"
QUEUES, AGENTS, MEMBERS = 500, 5000, 20
TIMES = 20
SIZES = Sizes(waiting=20, ringing=4, talking=8, ears=2)
SETTLE_S = 1.0
START_S = 60.0
"""Reading the files of so many agents for the first time, beside the bench."""


async def measure(place: Place) -> list[Figure]:
    crowd_only = configure(place, PART, SIZES)
    configuration = _large(crowd_only)
    log = configuration.with_suffix(".log")
    acd = await AcdProcess.start(REPOSITORY, configuration, log)
    try:
        await acd.ready(START_S)
        async with gathered(place, acd, crowd_only, SIZES) as crowd:
            figures = await _applied(acd, crowd, configuration)
        await place.hang_up_callers()
        figures.append(_figure("errors logged", len(acd.errors()), goal=0))
    finally:
        await acd.stop()
    return figures


def _large(path: Path) -> Path:
    """The crowd's configuration among hundreds of queues and thousands of agents, who have mobiles:
    so many phones would take Asterisk minutes."""
    written = yaml.safe_load(path.read_text())
    names = [f"person{number}" for number in range(AGENTS - len(written["agents"]))]
    written["agents"] += [
        {
            "username": name,
            "name": name.title(),
            "mobile": f"+49151{number:07}",
            "ring": "mobile",
            "projects": [PROJECT],
        }
        for number, name in enumerate(names)
    ]
    more = QUEUES - len(written["queues"])
    written["queues"] += [
        queue(f"queue{number}", str(10_000 + number), *_members(names, number))
        for number in range(more)
    ]
    written["outbound_routes"] = [
        {"pattern": "*", "trunk": "carrier", "caller_id": "+902120000700"}
    ]
    large = path.with_name("large.yaml")
    large.write_text(yaml.safe_dump(written, allow_unicode=True))
    return large


def _members(names: list[str], number: int) -> Iterator[str]:
    return (names[(MEMBERS * number + place) % len(names)] for place in range(MEMBERS))


async def _applied(acd: AcdProcess, crowd: Crowd, configuration: Path) -> list[Figure]:
    proposals = await _proposals(configuration)
    await asyncio.sleep(SETTLE_S)
    began, quiet = time.monotonic(), await Lags.of(acd)
    took = []
    for proposal in proposals:
        at = time.perf_counter()
        await acd.post("configuration", **sent(proposal, PART))
        took.append(1000 * (time.perf_counter() - at))
    lags, ended = await Lags.of(acd) - quiet, time.monotonic()
    lost = sum(pair.lost(began, ended) for pair in crowd.pairs)
    still = in_place(SIZES)(await acd.live())
    plan_s, apply_s = await _by_command(configuration, acd)
    size = f"one of {QUEUES} queues, {AGENTS} agents; {TIMES} times without a pause"
    return [
        _figure("in the process, until committed, p50", median(took), "ms", note=size),
        _figure("in the process, until committed, longest", max(took), "ms", goal=300),
        _figure("loop lag meanwhile, p50", lags.quantile_ms(0.5), "ms"),
        _figure("loop lag meanwhile, p99", lags.quantile_ms(0.99), "ms", goal=20),
        _figure("loop lag meanwhile, longest", lags.longest_ms, "ms"),
        _figure("calls dropped", crowd.dropped(), goal=0),
        _figure("calls not in their place", 0 if still else 1, goal=0),
        _figure("windows of 20 ms of voice lost", lost, goal=0, note=f"{len(crowd.pairs)} pairs"),
        _figure("`acd plan` as a whole", plan_s, "s"),
        _figure("`acd apply` as a whole", apply_s, "s"),
    ]


async def _proposals(configuration: Path) -> list[Proposal]:
    """The same queue with another after-call time each, one version after the other."""
    store = await Store.open(database_of(configuration), kinds=KINDS)
    try:
        versions = Versions(store)
        latest, piece = await versions.latest(), await versions.piece("queues", "queue7")
    finally:
        await store.close()
    assert latest
    assert piece
    now = Entity(section="queues", name="queue7", body=piece.body)
    made, digest = [], latest.digest
    for number in range(TIMES):
        after = replace(now, body=text_of(now.value | {"acw_s": 1 + number}))
        digest = digest_after(digest, [(now, after)])
        change = Change(before=now, after=after)
        base = latest.version + number
        made.append(Proposal(base=base, changes=(change,), result=digest, sources=latest.sources))
        now = after
    return made


async def _by_command(configuration: Path, acd: AcdProcess) -> tuple[float, float]:
    """Seconds that `acd plan` and `acd apply` take, processes and reading of files included."""
    took = []
    for command in ("plan", "apply"):
        words = [sys.executable, "-c", "from acd.cli import main; main()", command]
        words += ["--config", str(configuration), "--server", acd.url]
        at = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            *words, cwd=REPOSITORY, stdout=asyncio.subprocess.DEVNULL
        )
        assert await process.wait() == 0, f"acd {command} has failed"
        took.append(time.perf_counter() - at)
    return took[0], took[1]


def _figure(name: str, value: float, unit: str = "", **more: Any) -> Figure:
    return Figure(part=PART, name=name, value=value, unit=unit, **more)
