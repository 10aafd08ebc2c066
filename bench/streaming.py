"""What the event stream costs: 100 subscribers of everything, and 400 changes a second."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bench.figures import Figure, median
from bench.lag import Lags
from bench.site import REPOSITORY
from bench.watched import AGENTS, QUEUES, RATE, WAITING

PART = "stream"
SUBSCRIBERS = 100
SECONDS = 10.0
SETTLE_S = 2.0
SCRAPES = 20
SCRAPE_EVERY_S = 0.25


class Reader(asyncio.Protocol):
    """A subscriber as cheap as can be: it counts the bytes it reads."""

    def __init__(self, host: str) -> None:
        self.read = 0
        self._host = host

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        key = base64.b64encode(b"0123456789abcdef").decode()
        more = f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}"
        transport.write(  # type: ignore[attr-defined]
            f"GET /stream HTTP/1.1\r\nHost: {self._host}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\n{more}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self.read += len(data)


async def measure() -> list[Figure]:
    async with _process() as url, aiohttp.ClientSession() as session:
        await _figures(session, url, f"?rate={RATE}")
        await asyncio.sleep(SETTLE_S)
        untold = await _over(session, url)
        await _figures(session, url, "?told")
        await asyncio.sleep(SETTLE_S)
        alone = await _over(session, url)
        asked = await _asked(session, url, alone["share"])
        async with _subscribers(url) as readers:
            await asyncio.sleep(SETTLE_S)
            before = sum(reader.read for reader in readers)
            followed = await _over(session, url)
            read = sum(reader.read for reader in readers) - before
    return [*_told(untold, alone, followed, read), *asked]


def _told(untold: Any, alone: Any, followed: Any, read: int) -> list[Figure]:
    who = f"{AGENTS} agents, {QUEUES} queues, {WAITING} waiting"
    lags: Lags = followed["lags"]
    a_second = followed["drawn"] / followed["seconds"]
    each = followed["messages"] / followed["seconds"] / SUBSCRIBERS
    size = read / max(1, followed["messages"]) / 1000
    return [
        _figure(
            f"processor, {SUBSCRIBERS} subscribers, {RATE} changes/s",
            100 * (followed["share"] - untold["share"]),
            "% of a core",
            goal=10,
            note=f"{who}; {a_second:.0f} pictures/s come out different",
        ),
        _figure(
            "… of it with nobody watching", 100 * (alone["share"] - untold["share"]), "% of a core"
        ),
        _figure(
            "… and what changes itself", 100 * untold["share"], "% of a core", note="not in it"
        ),
        _figure("messages a subscriber", each, "/s", goal=10, note=f"{size:.1f} kB each"),
        _figure("loop lag p99 meanwhile", lags.quantile_ms(0.99), "ms", goal=10),
        _figure("… longest", lags.longest_ms, "ms"),
        _figure("… p99 with nobody watching", alone["lags"].quantile_ms(0.99), "ms"),
    ]


async def _asked(session: aiohttp.ClientSession, url: str, share: float) -> list[Figure]:
    """What one GET /live and one scrape take, beside changes that take that share of a core."""
    figures = []
    for path in ("live", "metrics"):
        before = await _figures(session, url)
        times, size = [], 0
        for _ in range(SCRAPES):
            await asyncio.sleep(SCRAPE_EVERY_S)
            begun = time.monotonic()
            async with session.get(f"{url}/{path}") as answer:
                size = len(await answer.read())
            times.append(1000 * (time.monotonic() - begun))
        after = await _figures(session, url)
        used = 1000 * (after["processor_s"] - before["processor_s"]) / SCRAPES
        busy = 1000 * share * (after["at"] - before["at"]) / SCRAPES
        lags = _lags(after) - _lags(before)
        name = f"GET /{path}: processor"
        note = f"{size / 1000:.0f} kB; without what goes on meanwhile"
        figures.append(_figure(name, used - busy, "ms", goal=10, note=note))
        figures.append(_figure("… until answered", median(times), "ms"))
        figures.append(_figure("… loop lag, longest", lags.longest_ms, "ms", goal=10))
    return figures


async def _over(session: aiohttp.ClientSession, url: str) -> dict[str, Any]:
    """What some seconds have cost."""
    before = await _figures(session, url)
    await asyncio.sleep(SECONDS)
    after = await _figures(session, url)
    seconds = after["at"] - before["at"]
    return {
        "seconds": seconds,
        "share": (after["processor_s"] - before["processor_s"]) / seconds,
        "drawn": after["drawn"] - before["drawn"],
        "messages": after["messages"] - before["messages"],
        "lags": _lags(after) - _lags(before),
    }


def _lags(told: dict[str, Any]) -> Lags:
    return Lags(counts={float(bound): count for bound, count in told["loop_lag_ms"].items()})


async def _figures(session: aiohttp.ClientSession, url: str, query: str = "") -> dict[str, Any]:
    async with session.get(f"{url}/figures{query}") as answer:
        told: dict[str, Any] = json.loads(await answer.text())
    return told


@asynccontextmanager
async def _subscribers(url: str) -> AsyncIterator[list[Reader]]:
    where = urlsplit(url)
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        readers = []
        for _ in range(SUBSCRIBERS):
            transport, reader = await loop.create_connection(
                lambda: Reader(where.netloc), where.hostname, where.port
            )
            stack.callback(transport.close)
            readers.append(reader)
        yield readers


@asynccontextmanager
async def _process() -> AsyncIterator[str]:
    """The process that is measured; its URL."""
    process = await asyncio.create_subprocess_exec(
        *("setpriv", "--pdeathsig", "KILL", sys.executable, "-m", "bench.watched"),
        cwd=REPOSITORY,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin
    assert process.stdout
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.stdin.close()
        await process.wait()


def _figure(name: str, value: float, unit: str, **more: Any) -> Figure:
    return Figure(part=PART, name=name, value=value, unit=unit, **more)


if __name__ == "__main__":
    from bench.figures import table

    print(table(asyncio.run(measure())))
