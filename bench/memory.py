"""What a waiting call takes of the ACD's memory."""

from __future__ import annotations

import asyncio
from typing import Any

from bench.figures import Figure
from bench.process import AcdProcess
from bench.site import Place
from tests.integration.running import queue

PART = "memory"
WAITING = 300
WARM = 10
RATE = 50.0
HOLD_MS = 15_000
SETTLE_S = 1.0


async def measure(place: Place) -> list[Figure]:
    """Callers come in and nobody serves them: memory before and after, once a first few have come
    and gone, so that what is loaded once is loaded."""
    written = place.configure("memory", queue("sales", "700", "ayse"), phones=1)
    async with place.acd(written) as acd:
        await _wait(place, acd, WARM, hold_ms=4_000)
        await acd.live_until(_waiting(0), 15, "the first callers have gone")
        await asyncio.sleep(SETTLE_S)
        before = acd.resident()
        await _wait(place, acd, WAITING, hold_ms=HOLD_MS)
        await asyncio.sleep(SETTLE_S)
        picture, after = await acd.live(), acd.resident()
        waiting = picture["queues"][0]["waiting"]
        await acd.live_until(_waiting(0), HOLD_MS / 1000 + 10, "all callers have gone")
    kilobytes = (after - before) / 1000 / waiting
    return [
        Figure(
            part=PART,
            name="memory a waiting call",
            value=kilobytes,
            unit="kB",
            goal=20,
            note=f"private pages, {waiting} waiting, {RATE:g} came a second",
        ),
        Figure(part=PART, name="memory with none waiting", value=before / 1e6, unit="MB"),
    ]


async def _wait(place: Place, acd: AcdProcess, count: int, *, hold_ms: int) -> None:
    await place.sipp.callers(
        "700", place.server, calls=count, rate=RATE, hold_ms=hold_ms, echo=False
    )
    await acd.live_until(_waiting(count), count / RATE + 10, f"{count} wait")


def _waiting(count: int) -> Any:
    return lambda picture: picture["queues"][0]["waiting"] == count
