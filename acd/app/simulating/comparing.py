"""A recording, the same people once more, and the same people with another configuration."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy.engine import Engine

from acd.app.replaying import Gap
from acd.app.rereading import CODEC, beginning
from acd.app.simulating.figures import Figures
from acd.app.simulating.reading import Differs, Reader
from acd.app.simulating.recording import Recording
from acd.app.simulating.simulation import Simulated, Simulation
from acd.config import BadConfiguration, Mistake
from acd.db import DatabaseError, journal, snapshots
from acd.db.moment import one_moment
from acd.db.version import program_version
from acd.ids import QueueName
from acd.settings import Settings

USUAL_S = 20
"""For queues that the new configuration does not have."""


class NotRecorded(DatabaseError):
    """The journal cannot be made a recording of; the text says why, and what helps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    recording: Recording
    again: Simulated
    """By the configurations that were in force: how far a simulation can be trusted."""
    new: Simulated
    seed: int
    targets: Mapping[QueueName, int]
    """Within how many seconds callers should be answered, in each queue of any of the three."""
    idle: tuple[str, ...]
    """Agents of the new configuration who were never logged in."""

    @property
    def figures(self) -> tuple[Figures, Figures, Figures]:
        return self.recording.figures, self.again.figures, self.new.figures


def read(engine: Engine, *, since: int | None = None, until: int | None = None) -> Recording:
    """The recording of the lines after the snapshot `since` to line `until`; as a rule of all that
    are kept. Raises NotRecorded, NotReplayable."""
    with one_moment(engine) as connection:
        kept = {one.seq: one for one in snapshots.kept(connection)}
        seq, last = beginning(journal.ends(connection), kept, since)
        rows = snapshots.rows_of(connection, CODEC, seq) if seq else ()
        wrote = journal.versions(connection)
    reader = Reader(seq=seq, run=kept[seq].run if seq else 0, rows=rows)
    versions: dict[str, None] = {}
    try:
        for line in journal.lines(engine, CODEC, seq + 1, min(last, until or last)):
            versions[wrote[line.run]] = None
            reader.take(line)
    except (Gap, journal.UnreadableLine) as error:
        raise NotRecorded(_later(str(error), list(kept))) from error
    except Differs as error:
        now, then = program_version(), list(versions)[-1]
        same = "the same program" if now == then else f"{then}, which wrote it"
        says = f"{error} ({now}) than by {same}: `acd replay` shows how"
        raise NotRecorded(_later(says, list(kept))) from error
    recording = reader.recording(tuple(versions))
    if recording is None or not recording.calls:
        raise NotRecorded(f"no call arrived in the lines {seq + 1} to {until or last}")
    return recording


def _later(says: str, kept: list[int]) -> str:
    have = ", ".join(map(str, kept)) or "none yet; `acd db snapshot` makes one"
    return f"{says}; end before (--until), or begin at a snapshot after it (--since): {have}"


def compare(recording: Recording, settings: Settings, name: str, seed: int) -> Comparison:
    """name: of the configuration, for what is wrong with it. Raises BadConfiguration."""
    _check_nodes(recording, settings, name)
    new = Simulation(recording, settings, seed).run()
    if new.nowhere:
        raise BadConfiguration.of(list(_nowhere(new.nowhere, name)))
    again = Simulation(recording, None, seed).run()
    queues = {q: None for one in (recording, again, new) for q in sorted(one.figures.queues)}
    return Comparison(
        recording=recording,
        again=again,
        new=new,
        seed=seed,
        targets={queue: _target(settings, queue) for queue in queues},
        idle=tuple(agent for agent in settings.agents if agent not in recording.agents),
    )


def _target(settings: Settings, queue: QueueName) -> int:
    found = settings.queues.get(queue)
    return found.service_level_s if found else USUAL_S


def _check_nodes(recording: Recording, settings: Settings, name: str) -> None:
    """Callers can only be put through to agents on their node."""
    here = dict.fromkeys(call.arrived.channel.node for call in recording.calls)
    there = dict.fromkeys(agent.node for agent in settings.agents.values())
    if there and not here.keys() & there.keys():
        says = (
            f"expected agents on the node {', '.join(here)}, on which the recorded calls are; they "
            f"are on {', '.join(there)}"
        )
        raise BadConfiguration.of([Mistake(file=name, says=says)])


def _nowhere(numbers: Mapping[str, int], name: str) -> Iterator[Mistake]:
    for number, times in sorted(numbers.items()):
        calls = f"{times} recorded {'call' if times == 1 else 'calls'}"
        says = f"expected a route or a queue for {number}: {calls} came to a queue by it"
        yield Mistake(file=name, says=says)
