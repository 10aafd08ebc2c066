"""One pass of the scheduler: 10,000 agents in 500 queues, with 1,000 and with 20,000 waiting.

An agent comes back from after-call work and is offered the next entry. Printed: microseconds of
that whole turn (state, pass, explanation, effects), of the pass alone, and kilobytes a waiting call.
"""

import statistics
import sys
import time
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from acd.agents.device import Device, DeviceKind
from acd.distributor import Distributor, matching
from acd.distributor.turn import Turn
from acd.facts import CallArrived
from acd.ids import AgentId, Channel, ChannelId, ExtensionNumber, NodeId, ProjectName, QueueName
from acd.requests import Apply
from acd.settings import AVAILABLE, AgentSettings, Category, QueueSettings, Settings

NODE = NodeId("a")
PROJECT = ProjectName("support")
AGENTS, QUEUES, QUEUES_OF_AN_AGENT = 10_000, 500, 5
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
SAMPLES = 500


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
    core.request(Apply(settings=settings()), NOON)
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


def measure(core: Distributor) -> tuple[float, float]:
    """Microseconds of a whole turn, and of its pass: medians."""
    turns, passes = [], []
    for n in range(SAMPLES):
        agent = core.state.agents[AgentId(f"agent{n * 3}")]
        ready = replace(agent, category=Category.AVAILABLE, idle_since=NOON)
        begin = time.perf_counter()
        turn = Turn(state=core.state, now=NOON + timedelta(hours=1))
        core.state.put(ready)
        before_pass = time.perf_counter()
        matching.hand_out(turn)
        after_pass = time.perf_counter()
        core.state.commit()
        turns.append(time.perf_counter() - begin)
        passes.append(after_pass - before_pass)
        assert turn.effects
    return statistics.median(turns) * 1e6, statistics.median(passes) * 1e6


def main() -> int:
    print(f"{AGENTS} agents in {QUEUES} queues, {QUEUES_OF_AN_AGENT} queues an agent")
    medians = {}
    for waiting in (1_000, 20_000):
        core, kilobytes = full(waiting)
        whole, only_pass = measure(core)
        medians[waiting] = only_pass
        print(
            f"{waiting:6} waiting: turn {whole:6.1f} µs, pass {only_pass:6.1f} µs (medians), "
            f"{kilobytes:.1f} kB a waiting call"
        )
    print(f"pass, 20,000 : 1,000 waiting = {medians[20_000] / medians[1_000]:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
