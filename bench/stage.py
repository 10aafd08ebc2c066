"""Where the ACD and app_queue play: the same Asterisk, callers and phones, in turns."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import appqueue
from bench.capture import Capture
from bench.figures import quantile
from bench.following import Following
from bench.invites import agent_names
from bench.phones import Phones
from bench.process import AcdProcess
from bench.site import Place, agents_of, log_in, open_place
from tests.integration.running import queue
from tests.parties.sipp import Sipp

ALL, FEW = 50, 5
"""Agents of the one queue, and of the other."""
NOTED_EVERY_S = 0.005
SPREAD_MS = 1000
OVER_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two: the numbers of its queue of all agents, and of that of a few; `idle` is the
    former where nobody needs to wait."""

    name: str
    all: str
    few: str
    idle: str


ACD = Side(name="ACD", all="700", few="705", idle="700")
APP_QUEUE = Side(name="app_queue", all="800", few="805", idle="810")
SIDES = (ACD, APP_QUEUE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """Processor seconds: of Asterisk, and of the ACD if it runs."""

    asterisk: float
    acd: float

    def __sub__(self, earlier: Used) -> Used:
        return Used(asterisk=self.asterisk - earlier.asterisk, acd=self.acd - earlier.acd)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What one run of one side gave: times in ms, how many events no INVITE followed in time, and
    the processor's ms: for each call, or each time until half of the agents are rung."""

    times: list[float]
    missed: int = 0
    asterisk_ms: float = 0.0
    acd_ms: float = 0.0

    def quantile(self, share: float) -> float:
        return quantile(self.times, share)


@dataclass(slots=True, kw_only=True)
class Stage:
    """Where both play: an Asterisk that has app_queue, and the phones."""

    place: Place
    configuration: Path
    phones: Phones
    acd: AcdProcess | None = None
    callers: int = 0
    """How many callers there have been: each has a number of its own."""
    errors: int = 0
    """How many lines the ACD has logged at ERROR so far, in all its runs: it has one log."""

    async def call(
        self, number: str, *, calls: int, rate: float, at_once: int = 1000, hold_ms: int = 600_000
    ) -> Sipp:
        """Callers come in, at most so many at one time."""
        first, self.callers = self.callers, self.callers + calls
        return await self.place.sipp.callers(
            number,
            self.place.server,
            calls=calls,
            rate=rate,
            at_once=at_once,
            hold_ms=hold_ms,
            caller_ids=[f"+4930{1_000_000 + first + n}" for n in range(calls)],
            echo=False,
            spread_ms=SPREAD_MS,
        )

    async def over(self, callers: Sipp) -> None:
        """Nobody calls any more, and whoever is there is hung up on; back when all is quiet."""
        ending = asyncio.create_task(callers.stop(within=OVER_S))
        while not ending.done():
            await self.place.hang_up_callers()
            await asyncio.sleep(0.2)
        await ending
        self.phones.hang_up()
        left = await self.place.becomes_bare(OVER_S)
        if left:
            raise RuntimeError(f"left in Asterisk: {left}")

    def used(self) -> Used:
        asterisk = _processor_s(self.place.site.facts["pid"])
        return Used(asterisk=asterisk, acd=_processor_s(self.acd.pid) if self.acd else 0.0)

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[list[tuple[float, Used]]]:
        """What is used so far, noted with its moment again and again."""
        noted = [(time.time(), self.used())]

        async def note() -> None:
            while True:
                await asyncio.sleep(NOTED_EVERY_S)
                noted.append((time.time(), self.used()))

        noting = asyncio.create_task(note())
        try:
            yield noted
        finally:
            noting.cancel()
            await asyncio.wait([noting])

    @asynccontextmanager
    async def following(self) -> AsyncIterator[Following]:
        """What is seen on the wire meanwhile."""
        async with Capture() as capture:
            asked, phones = self.place.server[1], self.phones.port
            yield Following(capture, asked=asked, phones=phones)


def _processor_s(pid: int) -> float:
    """Of all threads of the process, by the clock that clock_getcpuclockid(3) gives for it."""
    return time.clock_gettime((~pid << 3) | 2)


Run = Callable[[Stage, Side], Awaitable[Sample]]


@asynccontextmanager
async def open_stage() -> AsyncIterator[Stage]:
    """An Asterisk with both, and registered phones."""
    extensions = [str(1001 + n) for n in range(ALL)]
    queues = [
        appqueue.Queue(answered="800", unanswered="810", extensions=extensions),
        appqueue.Queue(answered="805", unanswered="815", extensions=extensions[:FEW]),
    ]
    with TemporaryDirectory(prefix="acd-bench-") as folder:
        written = appqueue.write(Path(folder, "etc"), queues)
        async with open_place(f"--config-dir={written}") as place:
            configuration = _configure(place)
            users = [(number, f"pw{number}") for number in extensions]
            async with place.acd(configuration):
                # Who is not provisioned yet cannot register.
                phones = await Phones.registered(place.sipp, users, place.server)
            async with phones:
                yield Stage(place=place, configuration=configuration, phones=phones)


def _configure(place: Place) -> Path:
    """The ACD's queues: as app_queue's, and announcements besides."""
    alike = {
        "strategy": "longest_idle",
        "agent_timeout_s": 20,
        "acw_s": 0,
        "announce": "position",
        "announce_first_s": 1,
        "announce_every_s": 10,
    }
    names = agent_names(ALL)
    return place.configure(
        "beside",
        queue("all", ACD.all, *names, **alike),
        queue("few", ACD.few, *names[:FEW], **alike),
        phones=ALL,
    )


async def in_turns(stage: Stage, runs: Sequence[Run], turns: int) -> list[dict[Side, list[Sample]]]:
    """Each run so many times on each side: now the one is first, now the other."""
    taken: list[dict[Side, list[Sample]]] = [{side: [] for side in SIDES} for _ in runs]
    for turn in range(turns):
        for side in SIDES if turn % 2 else SIDES[::-1]:
            async with _serving(stage, side):
                for run, of in zip(runs, taken, strict=True):
                    of[side].append(await run(stage, side))
    return taken


@asynccontextmanager
async def _serving(stage: Stage, side: Side) -> AsyncIterator[None]:
    """The ACD runs only while it is its turn."""
    if side is APP_QUEUE:
        yield
        return
    async with stage.place.acd(stage.configuration) as stage.acd:
        await log_in(stage.acd, list(agents_of(stage.configuration)))
        yield
        stage.errors = len(stage.acd.errors())
    stage.acd = None
