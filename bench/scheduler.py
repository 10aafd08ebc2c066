"""One pass of the scheduler: 10,000 agents in 500 queues, with 1,000 and with 20,000 waiting.

An agent comes back from after-call work and is offered the next entry. Printed: microseconds of
that whole turn (state, pass, explanation, effects) and of the pass alone, kilobytes a waiting call.
"""

import time
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from acd.agents.device import Device, DeviceKind
from acd.distributor import Distributor, matching
from acd.distributor.turn import Turn
from acd.facts import CallArrived
from acd.ids import AgentId, Channel, ChannelId, ExtensionNumber, NodeId, ProjectName, QueueName
from acd.requests import Apply
from acd.settings import AVAILABLE, AgentSettings, Category, QueueSettings, Settings, revision
from bench.figures import Figure, median, table

NODE = NodeId("a")
PROJECT = ProjectName("support")
AGENTS, QUEUES, QUEUES_OF_AN_AGENT = 10_000, 500, 5
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
SAMPLES, TURNS = 500, 10
WAITING = (1_000, 20_000)


def settings() -> Settings:
    names = [AgentId(f"agent{n}") for n in range(AGENTS)]
    members: list[list[AgentId]] = [[] for _ in range(QUEUES)]
    for n, name in enumerate(names):
        for k in range(QUEUES_OF_AN_AGENT):
            members[(n + k * 101) % QUEUES].append(name)
    queues = {
        QueueName(f"queue{n}"): QueueSettings(
            queue=QueueName(f"queue{n}"),
            project=PROJECT,
            number=str(5000 + n),
            agents=tuple(members[n]),
            priority=n % 3,
        )
        for n in range(QUEUES)
    }
    agents = {
        name: AgentSettings(
            agent=name,
            name=name,
            node=NODE,
            extension=ExtensionNumber(str(10_000 + n)),
            projects=(PROJECT,),
        )
        for n, name in enumerate(names)
    }
    routes = {queue.number: queue.queue for queue in queues.values()}
    return Settings(queues=queues, agents=agents, routes=routes)


def full(waiting: int) -> tuple[Distributor, float]:
    """A core whose agents are all on a break, with so many waiting; kilobytes a waiting call."""
    core = Distributor(run=1)
    core.request(Apply(revision=revision(Settings(), settings())), NOON)
    for agent in list(core.state.agents.values()):
        device = Device(kind=DeviceKind.EXTENSION, endpoints=(f"PJSIP/{agent.id}",))
        at_work = replace(
            agent, project=PROJECT, status=AVAILABLE, devices=(device, agent.devices[1])
        )
        core.state.put(at_work)
    core.state.commit()
    core.state.dirty.clear()
    tracemalloc.start()
    for n in range(waiting):
        channel = Channel(NODE, ChannelId(f"in.{n}"))
        number = str(5000 + n * 7 % QUEUES)
        core.handle(
            CallArrived(channel=channel, number=number, caller=f"+90{n:09}"),
            NOON + timedelta(milliseconds=n),
        )
    kilobytes = tracemalloc.get_traced_memory()[0] / 1000 / waiting
    tracemalloc.stop()
    return core, kilobytes


def measure(core: Distributor, first: int, count: int) -> list[tuple[float, float]]:
    """Microseconds of so many whole turns, and of their passes, with agents from the first on."""
    taken = []
    for n in range(first, first + count):
        agent = core.state.agents[AgentId(f"agent{n * 3}")]
        ready = replace(agent, category=Category.AVAILABLE, idle_since=NOON)
        begin = time.perf_counter()
        turn = Turn(state=core.state, now=NOON + timedelta(hours=1))
        core.state.put(ready)
        before_pass = time.perf_counter()
        matching.hand_out(turn)
        after_pass = time.perf_counter()
        core.state.commit()
        end = time.perf_counter()
        taken.append((1e6 * (end - begin), 1e6 * (after_pass - before_pass)))
        assert turn.effects
    return taken


def figures() -> list[Figure]:
    """Medians at 1,000 and at 20,000 waiting, taken in turns, and how the passes compare."""
    who = f"{AGENTS} agents in {QUEUES} queues, {QUEUES_OF_AN_AGENT} queues an agent"
    cores = {waiting: full(waiting) for waiting in WAITING}
    taken: dict[int, list[tuple[float, float]]] = {waiting: [] for waiting in WAITING}
    for turn in range(TURNS):
        for waiting, (core, _) in cores.items():
            taken[waiting] += measure(core, turn * SAMPLES // TURNS, SAMPLES // TURNS)
    found, passes = [], {}
    for waiting, (_, kilobytes) in cores.items():
        whole, passes[waiting] = (median(times) for times in zip(*taken[waiting], strict=True))
        at = f"{waiting} waiting"
        note = f"median of {SAMPLES}; {who}"
        found += [
            _figure(f"pass, {at}", passes[waiting], "µs", goal=100, note=note),
            _figure(f"turn, {at}", whole, "µs", note="state, pass, explanation and effects"),
            _figure(f"state a waiting call, {at}", kilobytes, "kB", goal=20, note="tracemalloc"),
        ]
    ratio = passes[20_000] / passes[1_000]
    return [*found, _figure("pass, 20000 by 1000 waiting", ratio, "×", goal=1.5)]


def _figure(name: str, value: float, unit: str, **more: Any) -> Figure:
    return Figure(part="scheduler", name=name, value=value, unit=unit, **more)


if __name__ == "__main__":
    print(table(figures()))
