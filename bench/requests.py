"""How long a person's request takes until it is committed, while calls come in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from typing import Any

from bench.figures import Figure, median, quantile
from bench.invites import PHONES, TALK_MS, agent_names, calls, load_phones
from bench.process import AcdProcess
from bench.site import Place, log_in
from tests.integration.running import PROJECT, queue

PART = "requests"
RATE = 10.0
SECONDS = 6
EVERY_S = 0.1
STATUSES = ("Lunch", "Tea")


async def measure(place: Place) -> list[Figure]:
    """Somebody without a phone changes from one break to the other, ten times a second."""
    *agents, spare = agent_names(PHONES + 1)
    written = place.configure(
        "requests",
        queue("sales", "700", *agents, acw_s=0),
        phones=PHONES + 1,
        statuses=[{"name": status, "category": "break"} for status in STATUSES],
    )
    phones = await load_phones(place, written)
    async with place.acd(written) as acd:
        await log_in(acd, agents)
        await acd.post(f"agents/{spare}/login", project=PROJECT)
        loading = asyncio.create_task(
            calls(place, acd, agents, calls=round(RATE * SECONDS), rate=RATE, first=9000)
        )
        changes, looks, unkept = await _ask(acd, spare, loading)
        await loading
    await phones.stop(within=TALK_MS / 1000)
    waited = [change - look for change, look in zip(changes, looks, strict=True)]
    note = f"{len(changes)} requests beside {RATE:g} calls/s, by HTTP"

    def figure(name: str, value: float, unit: str = "ms", **more: Any) -> Figure:
        return Figure(part=PART, name=name, value=value, unit=unit, **more)

    return [
        figure("request to answer, committed, p50", median(changes), note=note),
        figure("request to answer, committed, p99", quantile(changes, 0.99)),
        figure("GET /healthz beside it, p50", median(looks)),
        figure("GET /healthz beside it, p99", quantile(looks, 0.99)),
        figure("commit, p50", median(waited), note="a request less the GET just before it"),
        figure("answered before it was committed", unkept, "", goal=0),
    ]


async def _ask(
    acd: AcdProcess, agent: str, until: asyncio.Task[None]
) -> tuple[list[float], list[float], int]:
    """Milliseconds of each request, and of a look that commits nothing just before it; and how
    many requests were answered uncommitted."""
    changes: list[float] = []
    looks: list[float] = []
    unkept = 0
    while not until.done():
        look, _ = await _timed(acd.get("healthz"))
        status = STATUSES[len(changes) % 2]
        change, told = await _timed(acd.post(f"agents/{agent}/status", status=status))
        looks.append(look)
        changes.append(change)
        unkept += not told["durable"]
        await asyncio.sleep(EVERY_S)
    return changes, looks, unkept


async def _timed(what: Awaitable[Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    told = await what
    return 1000 * (time.perf_counter() - began), told
