"""The caller's INVITE -> the INVITE at an idle agent, under load, and what a call costs the ACD."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.capture import Capture
from bench.figures import Figure, median, quantile
from bench.lag import Lags
from bench.process import AcdProcess
from bench.site import Place, agents_of, log_in
from tests.integration.running import AGENT_NAMES, queue
from tests.parties.sipp import Sipp

PART = "invites"
PHONES = 30
TALK_MS = 1000
IDLE_S = 3.0
OVER_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Calls a second for so many seconds, so many times."""

    rate: float = 10.0
    seconds: int = 12
    runs: int = 5

    @property
    def calls(self) -> int:
        return round(self.rate * self.seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one run gave. Times in ms; the processor's are for each call, without the idle share."""

    delays: list[float]
    unoffered: int
    loop_ms: float
    others_ms: float
    lags: Lags
    idle_share: float


@dataclass(slots=True, kw_only=True)
class Runs:
    """The runs of one tree."""

    tree: Path
    configuration: Path
    runs: list[Run] = field(default_factory=list)


async def measure(place: Place, load: Load, trees: list[Path]) -> list[Figure]:
    """The figures of the first tree, and how the others compare to it. Trees take turns."""
    queues = queue("sales", "700", *agent_names(PHONES), acw_s=0)
    written = [place.configure(f"invites{n}", queues, phones=PHONES) for n in range(len(trees))]
    each = [Runs(tree=t, configuration=c) for t, c in zip(trees, written, strict=True)]
    phones = await load_phones(place, written[0])
    for turn in range(load.runs):
        # Now this one first, now the other: whatever the first pays for is shared.
        for of in each if turn % 2 else each[::-1]:
            of.runs.append(await _run(place, load, of, phones, turn))
    await phones.stop(within=TALK_MS / 1000)
    return [*_figures(each[0], load), *(f for other in each[1:] for f in _ratios(each[0], other))]


def agent_names(count: int) -> list[str]:
    """The names that the configuration of the tests gives to its agents."""
    more = (f"agent{1001 + place}" for place in range(len(AGENT_NAMES), count))
    return [*AGENT_NAMES, *more][:count]


async def load_phones(place: Place, configuration: Path) -> Sipp:
    """One SIPp that is the phones of all agents there: it answers at once and hangs up soon."""
    passwords = [(number, f"pw{number}") for number in agents_of(configuration).values()]
    async with place.acd(configuration):
        # Who is not provisioned yet cannot register.
        return await place.sipp.agents(
            passwords, place.server, answer_ms=1, talk_ms=TALK_MS, echo=False
        )


async def _run(place: Place, load: Load, of: Runs, phones: Sipp, turn: int) -> Run:
    agents = list(agents_of(of.configuration))
    async with place.acd(of.configuration, of.tree) as acd:
        await log_in(acd, agents)
        await calls(place, acd, agents, calls=10, rate=load.rate, first=0)
        idle = await _idle_share(acd)
        lags = await Lags.of(acd)
        used, began = acd.usage(), time.monotonic()
        async with Capture() as invites:
            first = 1000 * (turn + 1)
            await calls(place, acd, agents, calls=load.calls, rate=load.rate, first=first)
        used, took = acd.usage() - used, time.monotonic() - began
        lags = await Lags.of(acd) - lags
    asked, came = invites.first_at(place.server[1]), invites.first_at(phones.port)
    delays = [1000 * (came[caller] - at) for caller, at in asked.items() if caller in came]
    return Run(
        delays=delays,
        unoffered=load.calls - len(delays),
        loop_ms=1000 * (used.loop - idle * took) / load.calls,
        others_ms=1000 * used.others / load.calls,
        lags=lags,
        idle_share=idle,
    )


async def calls(
    place: Place, acd: AcdProcess, agents: Sequence[str], *, calls: int, rate: float, first: int
) -> None:
    """So many calls, each of its own number; back when all are over and the agents ready."""
    numbers = [f"+4930{1_000_000 + first + n}" for n in range(calls)]
    callers = await place.sipp.callers(
        "700", place.server, calls=calls, rate=rate, caller_ids=numbers, echo=False
    )
    await callers.finished(within=calls / rate + TALK_MS / 1000 + OVER_S)
    theirs = set(agents)

    def over(picture: Any) -> bool:
        ready = {agent["agent"] for agent in picture["agents"] if agent["not_ready"] is None}
        return picture["calls"] == 0 and theirs <= ready

    await acd.live_until(over, OVER_S, "all calls are over")


async def _idle_share(acd: AcdProcess) -> float:
    """The share of a core that it takes with nothing to do."""
    before = acd.usage()
    await asyncio.sleep(IDLE_S)
    return (acd.usage() - before).all / IDLE_S


def _figures(of: Runs, load: Load) -> list[Figure]:
    runs = of.runs
    every = [delay for run in runs for delay in run.delays]
    note = f"median of {load.runs} runs of {load.seconds} s at {load.rate:g} calls/s"
    p50s, p99s = ([quantile(run.delays, share) for run in runs] for share in (0.5, 0.99))
    spread = f"{min(p99s):.0f} to {max(p99s):.0f}"
    whole = [run.loop_ms + run.others_ms for run in runs]
    lags = sum((run.lags for run in runs[1:]), runs[0].lags)

    def figure(name: str, value: float, unit: str = "ms", **more: Any) -> Figure:
        return Figure(part=PART, name=name, value=value, unit=unit, **more)

    return [
        figure("INVITE to INVITE, p50", median(p50s), goal=25, note=note),
        figure("INVITE to INVITE, p99", median(p99s), goal=100, note=f"the runs': {spread}"),
        figure("INVITE to INVITE, p99 of all", quantile(every, 0.99), note=f"{len(every)} calls"),
        figure("INVITE to INVITE, longest", max(every)),
        figure("calls not offered", sum(run.unoffered for run in runs), "", goal=0),
        figure(
            "processor time a call", median(whole), goal=10, note="utime + stime, idle taken off"
        ),
        figure("of it the event loop's thread", median(run.loop_ms for run in runs)),
        figure("of it the database's thread", median(run.others_ms for run in runs)),
        figure("processor time when idle", 100 * median(run.idle_share for run in runs), "%"),
        figure("loop lag, p50", lags.quantile_ms(0.5)),
        figure("loop lag, p99", lags.quantile_ms(0.99), goal=10, note=f"{lags.count} samples"),
        figure("loop lag, longest at most", lags.longest_ms),
    ]


def _ratios(base: Runs, other: Runs) -> list[Figure]:
    """Of each turn the other tree's by the first tree's: the machine's noise is in both."""

    def figure(name: str, value_of: Any) -> Figure:
        pairs = zip(base.runs, other.runs, strict=True)
        ratios = [value_of(theirs) / value_of(ours) for ours, theirs in pairs]
        note = f"{other.tree.name}; turns {min(ratios):.2f} to {max(ratios):.2f}"
        return Figure(part=PART, name=name, value=median(ratios), unit="×", note=note)

    return [
        figure("ratio of INVITE to INVITE, p50", lambda run: quantile(run.delays, 0.5)),
        figure("ratio of INVITE to INVITE, p99", lambda run: quantile(run.delays, 0.99)),
        figure("ratio of processor time a call", lambda run: run.loop_ms + run.others_ms),
        figure("ratio of the event loop's", lambda run: run.loop_ms),
    ]
