"""What the bench of the event stream measures: the stream and the metrics of a process that serves
nothing else, over a state that changes as that of a large site does.

    python -m bench.watched     # prints its URL, serves until its stdin is closed
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from acd.agents.agent import Agent
from acd.agents.assignment import Assignment, Phase
from acd.agents.device import Device, DeviceKind
from acd.app.lag import LoopLag
from acd.calls.interaction import Interaction
from acd.distributor.state import Node, State
from acd.http.frames import EVERYTHING
from acd.http.metrics import Metrics, Probes
from acd.http.stream import Stream
from acd.http.subscriber import Subscriber
from acd.http.view import LiveView
from acd.ids import (
    AgentId,
    Channel,
    ChannelId,
    EntryId,
    ExtensionNumber,
    InteractionId,
    NodeId,
    ProjectName,
    QueueName,
)
from acd.queues.entry import Entry, EntryKind, EntryOutcome
from acd.settings import AVAILABLE, AgentSettings, Category, QueueSettings, RingMode

AGENTS, QUEUES, QUEUES_OF_AN_AGENT, WAITING = 1000, 500, 5, 2000
RATE = 400
"""Inputs a second that change what is shown."""
TICK_S = 0.01
NODE, PROJECT = NodeId("asterisk"), ProjectName("support")


class Life:
    """A state, and what goes on in it."""

    def __init__(self) -> None:
        self.random = random.Random(1)
        self.state = State(run=1)
        self.count = 0
        self.waiting: list[tuple[Interaction, Entry]] = []
        for row in (Node(id=NODE, up=True, started="then"), *_configured(), *_agents()):
            self.state.put(row)
        self.agents = list(self.state.agents)
        while len(self.waiting) < WAITING:
            self._arrive()
        # So that every queue has its histograms.
        self.ended = [
            _ended(f"queue{number}", outcome)
            for number in range(QUEUES)
            for outcome in (EntryOutcome.ANSWERED, EntryOutcome.ABANDONED)
        ]
        self.state.commit()

    def happen(self) -> Any:
        """One input; the rows that it changes."""
        what = self.random.random()
        if what < 0.5:
            self._work()
        elif what < 0.75 or not self.waiting:
            self._arrive()
        else:
            self._leave()
        return self.state.commit()

    def _arrive(self) -> None:
        self.count += 1
        number, now = self.count, datetime.now(UTC)
        queue = QueueName(f"queue{self.random.randrange(QUEUES)}")
        call = Interaction(
            id=InteractionId(f"1-{number}"),
            node=NODE,
            caller=f"+4930{number:07}",
            number="700",
            started_at=now,
            queue=queue,
        )
        entry = Entry(
            id=EntryId(f"1-{number}-1.1"),
            interaction=call.id,
            queue=queue,
            kind=EntryKind.CALLER,
            channel=Channel(NODE, ChannelId(f"in.{number}")),
            order_since=now,
            entered_at=now,
        )
        self.state.put(call)
        self.state.put(entry)
        self.waiting.append((call, entry))

    def _leave(self) -> None:
        call, entry = self.waiting.pop(self.random.randrange(len(self.waiting)))
        now = datetime.now(UTC)
        self.state.end(replace(entry, outcome=EntryOutcome.ANSWERED, ended_at=now))
        self.state.end(call)

    def _work(self) -> None:
        """An agent begins or ends a call."""
        agent = self.state.agents[self.random.choice(self.agents)]
        now = datetime.now(UTC)
        if agent.assignments:
            self.state.put(replace(agent, assignments=(), idle_since=now))
            return
        call, _ = self.random.choice(self.waiting)
        talking = Assignment(interaction=call.id, phase=Phase.TALKING)
        self.state.put(replace(agent, assignments=(talking,)))


def _configured() -> Iterator[Any]:
    names = [AgentId(f"agent{number:04}") for number in range(AGENTS)]
    for number, name in enumerate(names):
        extension = ExtensionNumber(str(10_000 + number))
        yield AgentSettings(
            agent=name, name=name, node=NODE, extension=extension, projects=(PROJECT,)
        )
    members: list[list[AgentId]] = [[] for _ in range(QUEUES)]
    for number, name in enumerate(names):
        for k in range(QUEUES_OF_AN_AGENT):
            members[(number + k * 101) % QUEUES].append(name)
    for number, found in enumerate(members):
        name = QueueName(f"queue{number}")
        yield QueueSettings(queue=name, project=PROJECT, number=str(number), agents=tuple(found))


def _agents() -> Iterator[Agent]:
    now = datetime.now(UTC)
    for number in range(AGENTS):
        name = AgentId(f"agent{number:04}")
        yield Agent(
            id=name,
            ring=RingMode.EXTENSION,
            project=PROJECT,
            status=AVAILABLE,
            category=Category.AVAILABLE,
            since=now,
            idle_since=now,
            devices=(Device(kind=DeviceKind.EXTENSION, endpoints=(f"PJSIP/{10_000 + number}",)),),
        )


def _ended(queue: str, outcome: EntryOutcome) -> Entry:
    now = datetime.now(UTC)
    return Entry(
        id=EntryId(f"0-{queue}-{outcome}"),
        interaction=InteractionId("0-1"),
        queue=QueueName(queue),
        kind=EntryKind.CALLER,
        channel=None,
        order_since=now,
        entered_at=now,
        ended_at=now + timedelta(seconds=7),
        outcome=outcome,
    )


class Served:
    """The process: changes so many times a second while it is told to."""

    def __init__(self) -> None:
        self.life = Life()
        self.lag = LoopLag()
        self.rate = 0.0
        self.told = False
        """Whether the stream is told of what happens."""
        self.done = 0
        view = LiveView(lambda: self.life.state)
        self.stream = Stream(view, run=1, now=lambda: datetime.now(UTC))
        probes = Probes(
            loop_lag=lambda: (self.lag.counts(), self.lag.total_s),
            inbox=lambda: 0,
            lanes=lambda: 0,
            backlog=lambda: (0, 0, 0),
            database_away_s=lambda: 0.0,
        )
        self.metrics = Metrics(
            stream=self.stream, probes=probes, now=lambda: datetime.now(UTC), version="0"
        )
        self.metrics.changed(_Gone(row) for row in self.life.ended)

    async def change(self) -> None:
        owed, before = 0.0, time.monotonic()
        while True:
            await asyncio.sleep(TICK_S)
            now = time.monotonic()
            owed, before = owed + self.rate * (now - before), now
            while owed >= 1:
                owed -= 1
                changes = self.life.happen()
                if self.told:
                    self.stream.changed(changes)
                self.metrics.changed(changes)
                self.done += 1

    # What is asked.

    async def follow(self, request: web.Request) -> web.WebSocketResponse:
        never = asyncio.Event()
        return await Subscriber(self.stream, EVERYTHING, None).serve(request, _wait(never))

    async def live(self, request: web.Request) -> web.Response:
        text, _ = await self.stream.snapshot(EVERYTHING)
        return web.Response(body=text)

    async def scrape(self, request: web.Request) -> web.Response:
        return web.Response(body=await self.metrics.text())

    async def figures(self, request: web.Request) -> web.Response:
        """What it has used so far; `rate` sets how much is to happen from now on, `told` whether
        the stream is to know."""
        if rate := request.query.get("rate"):
            self.rate = float(rate)
        self.told = self.told or "told" in request.query
        used = os.times()
        told = {
            "at": time.monotonic(),
            "processor_s": used.user + used.system,
            "done": self.done,
            "drawn": self.stream.view.drawn,
            "messages": self.stream.messages,
            "subscribers": self.stream.subscribers,
            "loop_lag_ms": dict(self.lag.counts()),
        }
        return web.Response(text=json.dumps(told))


class _Gone:
    live = False

    def __init__(self, row: Any) -> None:
        self.row = row


async def _wait(event: asyncio.Event) -> None:
    await event.wait()


async def _serve() -> None:
    served = Served()
    application = web.Application()
    application.add_routes(
        [
            web.get("/stream", served.follow),
            web.get("/live", served.live),
            web.get("/metrics", served.scrape),
            web.get("/figures", served.figures),
        ]
    )
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    running = (served.stream.run(), served.lag.run(), served.change())
    tasks = [asyncio.create_task(task) for task in running]
    # As `acd run` does when all is loaded.
    gc.freeze()
    print("http://{}:{}".format(*runner.addresses[0]), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await served.stream.close()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(_serve())
