"""The process goes with many waiting, ringing and talking, and another comes: what becomes of them.

It goes by `kill -9` and is away for a second (crash), or is stopped and started as for an upgrade.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.crowd import Crowd, Sizes, configure, gathered, in_place
from bench.figures import Figure
from bench.process import AcdProcess, NotInTime
from bench.site import REPOSITORY, Place

CRASH, UPGRADE = "crash", "upgrade"
AWAY_S = {CRASH: 1.0, UPGRADE: 0.0}
BEFORE_S = 4.0
"""Voice is listened to for so long before the kill, to know the machine's own gaps."""
AFTER_S = 3.0
RINGS_WITHIN_S = 10.0
WINDOW_MS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the live pictures before and after show, and the times of it all in seconds."""

    part: str
    away_s: float
    """From the signal until the new process is live."""
    before: Any
    after: Any
    live_s: float
    rings_s: float | None
    began: float
    killed_at: float
    ended: float


async def measure(place: Place, sizes: Sizes, part: str = CRASH) -> list[Figure]:
    """One crash, or one upgrade."""
    configuration = configure(place, part, sizes)
    acd = await _start(configuration)
    try:
        await acd.ready()
        async with gathered(place, acd, configuration, sizes) as crowd:
            seen, acd = await _gap(acd, configuration, sizes, part)
            figures = _figures(crowd, seen)
        await place.hang_up_callers()
        left = await place.becomes_bare()
        errors = acd.errors()
    finally:
        await acd.stop()
    return [
        *figures,
        _figure(
            part, "kinds of objects left in Asterisk", len(left.split("; ") if left else []), goal=0
        ),
        _figure(part, "errors logged by the new process", len(errors), goal=0, note=_told(errors)),
    ]


async def _start(configuration: Path) -> AcdProcess:
    return await AcdProcess.start(REPOSITORY, configuration, configuration.with_suffix(".log"))


async def _gap(
    acd: AcdProcess, configuration: Path, sizes: Sizes, part: str
) -> tuple[Seen, AcdProcess]:
    """End the process, and start another; what both have shown."""
    began = time.monotonic()
    await asyncio.sleep(BEFORE_S)
    before = await acd.live()
    killed_at = time.monotonic()
    await (acd.kill() if part == CRASH else acd.stop())
    await asyncio.sleep(AWAY_S[part])
    acd = await _start(configuration)
    live_s = await acd.ready()
    away_s = time.monotonic() - killed_at
    try:
        await acd.live_until(in_place(sizes), RINGS_WITHIN_S, "all rings again")
        rings_s = time.monotonic() - acd.started_at
    except NotInTime:
        rings_s = None
    await asyncio.sleep(AFTER_S)
    seen = Seen(
        part=part,
        away_s=away_s,
        before=before,
        after=await acd.live(),
        live_s=live_s,
        rings_s=rings_s,
        began=began,
        killed_at=killed_at,
        ended=time.monotonic(),
    )
    return seen, acd


def _figures(crowd: Crowd, seen: Seen) -> list[Figure]:
    sizes = crowd.sizes
    earlier = max(pair.longest_gap(seen.began, seen.killed_at) for pair in crowd.pairs)
    longest = max(pair.longest_gap(seen.killed_at, seen.ended) for pair in crowd.pairs)
    lost = sum(pair.lost(seen.killed_at, seen.ended) for pair in crowd.pairs)
    who = f"{sizes.waiting} waiting, {sizes.ringing} ringing, {sizes.talking} talking"
    rings = -1 if seen.rings_s is None else seen.rings_s
    return [
        _figure(seen.part, "calls dropped", crowd.dropped(), goal=0, note=who),
        _figure(
            seen.part,
            "longest gap of the talkers",
            1000 * longest,
            "ms",
            note=f"{len(crowd.pairs)} pairs, both ways; {1000 * earlier:.0f} ms before the end",
        ),
        _figure(
            seen.part,
            "voice the talkers lost",
            WINDOW_MS * lost,
            "ms",
            goal=0,
            note="in all of that time",
        ),
        _figure(seen.part, "places in the queue that changed", _moved(seen), goal=0),
        _figure(
            seen.part,
            "agents that are not as before",
            len(_wrong(seen)),
            goal=0,
            note=_told(_wrong(seen)),
        ),
        _figure(seen.part, "start to live", seen.live_s, "s", goal=3),
        _figure(seen.part, "start to all ringing again", rings, "s"),
        _figure(seen.part, "nobody serves for", seen.away_s, "s", note=_ended_how(seen.part)),
    ]


def _ended_how(part: str) -> str:
    if part == UPGRADE:
        return "SIGTERM until the new process is live"
    return f"of it {AWAY_S[part]:g} s before the new process is started"


def _moved(seen: Seen) -> int:
    """How many places of the waiting line somebody else has now."""
    before, after = _line(seen.before), _line(seen.after)
    return sum(a != b for a, b in zip(before, after, strict=False)) + abs(len(before) - len(after))


def _line(picture: Any) -> list[str]:
    return [entry["caller"] for entry in picture["entries"] if entry["queue"] == "night"]


def _wrong(seen: Seen) -> list[str]:
    """The agents who do something else, or with somebody else, or have missed anything. Who rang
    may ring for another caller: offers that were open are withdrawn, and made anew."""
    before = {agent["agent"]: agent for agent in seen.before["agents"]}
    after = {agent["agent"]: agent for agent in seen.after["agents"]}
    return [name for name in before if _does(before[name]) != _does(after[name])]


def _does(agent: Any) -> tuple[Any, ...]:
    caller = agent["caller"] if agent["phase"] == "talking" else None
    return agent["phase"], caller, agent["queue"], agent["status"], agent["misses"]


def _told(names: Sequence[str]) -> str:
    return ", ".join(names[:5])[:200]


def _figure(part: str, name: str, value: float, unit: str = "", **more: Any) -> Figure:
    return Figure(part=part, name=name, value=value, unit=unit, **more)
