"""One pass of the scheduler: 10,000 agents in 500 queues, with 1,000 and with 20,000 waiting.

The queues have all strategies in turn, and ask for skills. Half of the agents are idle all the
time: they know too little for those who wait. One of the others comes back from after-call work
and is offered the next entry. Printed: microseconds of the decision with its explanation, of the
pass with the offer itself (rows, effects), and of the whole turn; kilobytes a waiting call. Then
the decision where a caller comes and all of the able agents are idle, so that five runners-up are
told; and where 10,000 wait in one line before the first whom the idle agent can take.
"""

import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from acd.agents.device import Device, DeviceKind
from acd.calls.interaction import Interaction
from acd.distributor import Distributor, matching
from acd.distributor.turn import Turn
from acd.facts import CallArrived
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
    SkillName,
)
from acd.queues.entry import Entry, EntryKind
from acd.requests import Apply
from acd.revision import revision
from acd.settings import (
    AVAILABLE,
    AgentSettings,
    Category,
    QueueSettings,
    QueueSkill,
    Settings,
    SkillStep,
    Strategy,
)
from bench.figures import Figure, median, table

NODE = NodeId("a")
PROJECT = ProjectName("support")
AGENTS, QUEUES, QUEUES_OF_AN_AGENT = 10_000, 500, 5
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
SAMPLES, TURNS = 500, 10
WAITING = (1_000, 20_000)
ASKED = QueueSkill(
    name=SkillName("turkish"),
    level=5,
    relax=(SkillStep(after_s=30, level=3), SkillStep(after_s=60, level=0)),
)
BEFORE = 10_000
"""So many wait in a line for somebody who knows more than the agent who is idle."""


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
            strategy=list(Strategy)[n % len(Strategy)],
            skills=(ASKED,),
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
            skills={ASKED.name: 7 if n % 2 else 3},
        )
        for n, name in enumerate(names)
    }
    routes = {queue.number: queue.queue for queue in queues.values()}
    return Settings(queues=queues, agents=agents, routes=routes)


def full(waiting: int) -> tuple[Distributor, float]:
    """A core of which all able agents have a break, and so many wait; kilobytes a waiting call."""
    core = Distributor(run=1)
    core.request(Apply(revision=revision(Settings(), settings())), NOON)
    for agent in list(core.state.agents.values()):
        device = Device(kind=DeviceKind.EXTENSION, endpoints=(f"PJSIP/{agent.id}",))
        at_work = replace(
            agent, project=PROJECT, status=AVAILABLE, devices=(device, agent.devices[1])
        )
        able = int(agent.id.removeprefix("agent")) % 2
        category = Category.OFFLINE if able else Category.AVAILABLE
        core.state.put(replace(at_work, category=category))
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
    kilobytes = tracemalloc.get_traced_memory()[0] / 1000 / max(waiting, 1)
    tracemalloc.stop()
    return core, kilobytes


class Times(NamedTuple):
    """Microseconds of one turn, of its pass, and of what the pass is without the offer itself."""

    turn: float
    hand_out: float
    decision: float


@contextmanager
def offers_timed() -> Iterator[list[float]]:
    """Seconds that each offer takes: rows, ringing and effects, when it has been decided."""
    taken: list[float] = []
    offer = matching.__dict__["offer"]

    def timed(*about: Any) -> None:
        begin = time.perf_counter()
        offer(*about)
        taken.append(time.perf_counter() - begin)

    matching.__dict__["offer"] = timed
    try:
        yield taken
    finally:
        matching.__dict__["offer"] = offer


def measure(core: Distributor, first: int, count: int) -> list[Times]:
    """So many turns, with agents from the first on."""
    taken = []
    with offers_timed() as offers:
        for n in range(first, first + count):
            agent = core.state.agents[AgentId(f"agent{n * 6 + 1}")]
            ready = replace(agent, category=Category.AVAILABLE, idle_since=NOON)
            offers.clear()
            begin = time.perf_counter()
            turn = Turn(state=core.state, now=NOON + timedelta(hours=1))
            core.state.put(ready)
            before_pass = time.perf_counter()
            matching.hand_out(turn)
            after_pass = time.perf_counter()
            core.state.commit()
            end = time.perf_counter()
            hand_out = after_pass - before_pass
            taken.append(Times(1e6 * (end - begin), 1e6 * hand_out, 1e6 * (hand_out - sum(offers))))
            assert turn.effects
    return taken


def figures() -> list[Figure]:
    """Medians at 1,000 and at 20,000 waiting, taken in turns, and how the decisions compare."""
    cores = {waiting: full(waiting) for waiting in WAITING}
    taken: dict[int, list[Times]] = {waiting: [] for waiting in WAITING}
    for turn in range(TURNS):
        for waiting, (core, _) in cores.items():
            taken[waiting] += measure(core, turn * SAMPLES // TURNS, SAMPLES // TURNS)
    medians = {at: Times(*map(median, zip(*times, strict=True))) for at, times in taken.items()}
    found = []
    for waiting, (_, kilobytes) in cores.items():
        found += _figures_at(waiting, medians[waiting], kilobytes)
    less, more = (medians[waiting].decision for waiting in WAITING)
    found.append(_figure("decision, 20000 by 1000 waiting", more / less, "×", goal=1.5))
    return [*found, *_idle_figures(cores[1_000][0]), *_line_figures()]


def _figures_at(waiting: int, times: Times, kilobytes: float) -> list[Figure]:
    at = f"{waiting} waiting"
    who = f"{AGENTS} agents in {QUEUES} queues, {QUEUES_OF_AN_AGENT} queues an agent, skills"
    note = f"median of {SAMPLES}; {who}; with its explanation"
    return [
        _figure(f"decision, {at}", times.decision, "µs", goal=100, note=note),
        _figure(f"pass, {at}", times.hand_out, "µs", note="with the offer: rows and effects"),
        _figure(f"turn, {at}", times.turn, "µs", note="state, pass, explanation and effects"),
        _figure(f"state a waiting call, {at}", kilobytes, "kB", goal=20, note="tracemalloc"),
    ]


def _idle_figures(core: Distributor) -> list[Figure]:
    """A call to a queue in which nobody waits, with all of its able agents idle."""
    _serve_all(core)
    taken = []
    for n, queue in enumerate(core.state.settings.queues.values()):
        core.state.commit()
        if queue.strategy is not Strategy.RING_ALL:
            taken.append(_decision_on(core, _entry(queue.queue, n, stage=0)))
    note = "50 able colleagues are idle, five runners-up are told; ring_all apart"
    return [_figure("decision, a caller comes", median(taken), "µs", goal=100, note=note)]


def _serve_all(core: Distributor) -> None:
    """Nobody waits any more, and everybody able is idle."""
    for entry in list(core.state.entries.values()):
        core.state.end(entry)
    for agent in list(core.state.agents.values()):
        core.state.put(replace(agent, category=Category.AVAILABLE, assignments=()))
        free = tuple(replace(device, legs=()) for device in agent.devices)
        core.state.put(replace(core.state.agents[agent.id], devices=free))
    core.state.dirty.clear()
    core.state.commit()


def _line_figures() -> list[Figure]:
    """What it takes to find the one who can be taken, with many before and with none."""
    taken: dict[int, list[float]] = {BEFORE: [], 0: []}
    cores = {before: full(0)[0] for before in taken}
    for before, core in cores.items():
        for n in range(before):
            core.state.put(_entry(QueueName("queue1"), n, stage=0))
        core.state.dirty.clear()
        core.state.commit()
    for n in range(SAMPLES):
        for before, core in cores.items():
            taken[before].append(
                _decision_on(core, _entry(QueueName("queue1"), BEFORE + n, stage=1))
            )
            core.state.roll_back()
    ratio = median(taken[BEFORE]) / median(taken[0])
    note = f"{BEFORE} before who ask for more than any idle agent knows; median of {SAMPLES}"
    return [_figure(f"decision, {BEFORE} by 0 before", ratio, "×", goal=1.5, note=note)]


def _entry(queue: QueueName, n: int, stage: int) -> Entry:
    since = NOON + timedelta(milliseconds=n)
    return Entry(
        id=EntryId(f"1-{n}-1.1"),
        interaction=InteractionId(f"1-{n}"),
        queue=queue,
        kind=EntryKind.CALLER,
        channel=None,
        order_since=since,
        entered_at=since,
        stage=stage,
    )


def _decision_on(core: Distributor, entry: Entry) -> float:
    """Microseconds of the decision whom this entry is offered."""
    state, turn = core.state, Turn(state=core.state, now=NOON + timedelta(hours=1))
    state.put(
        Interaction(
            id=entry.interaction,
            node=NODE,
            caller="",
            number="",
            started_at=NOON,
        )
    )
    state.put(entry)
    with offers_timed() as offers:
        begin = time.perf_counter()
        matching.hand_out(turn)
        end = time.perf_counter()
    assert turn.effects
    return 1e6 * (end - begin - sum(offers))


def _figure(name: str, value: float, unit: str, **more: Any) -> Figure:
    return Figure(part="scheduler", name=name, value=value, unit=unit, **more)


if __name__ == "__main__":
    print(table(figures()))
