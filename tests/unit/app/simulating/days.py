"""Days that were recorded, to be simulated: their journal is read as `acd simulate` does it."""

from contextlib import suppress
from datetime import timedelta
from random import Random
from types import SimpleNamespace

from acd.app.rereading import CODEC
from acd.app.simulating.reading import Reader
from acd.app.simulating.recording import Recording
from acd.app.simulating.simulation import Simulated, Simulation
from acd.db import JournalLine
from acd.db.record import line_of, line_values
from acd.facts import ClockStepped, DigitPressed
from acd.ids import AgentId, QueueName
from acd.requests import (
    EndCall,
    FinishAcw,
    LogIn,
    LogOut,
    Refused,
    Request,
    SetStatus,
    Transfer,
    TransferToAgent,
)
from acd.settings import AVAILABLE, Settings
from tests.stories.acd import SALES, SERVICE, SUPPORT
from tests.unit.db.lives import RecordedAcd
from tests.unit.distributor.scenes import LUNCH

Ends = dict[str, int]


class Day(RecordedAcd):
    """A story that leaves a journal."""

    def lines(self) -> list[JournalLine]:
        values = (
            line_values(CODEC, record, seq, run=1) for seq, record in enumerate(self.records, 1)
        )
        return [line_of(CODEC, SimpleNamespace(**each)) for each in values]

    def snapshot(self) -> Reader:
        """What reads from here on."""
        rows = list(self.world.core.state.rows())
        return Reader(seq=len(self.records), run=1, rows=rows)

    def rests(self, seconds: float) -> None:
        """Time goes by, and a line says that it has."""
        self.pass_time(seconds)
        self.world.tell(ClockStepped(ahead=timedelta()))


def recorded(day: Day, reader: Reader | None = None) -> Recording:
    """From the beginning, or from a snapshot."""
    reader = reader or Reader()
    for line in day.lines()[reader.seq :]:
        reader.take(line)
    recording = reader.recording()
    assert recording
    return recording


def again(recording: Recording, settings: Settings | None = None, seed: int = 1) -> Simulated:
    """None: by the configurations that were recorded."""
    return Simulation(recording, settings, seed).run()


def ends(of: Recording | Simulated, queue: QueueName = SALES) -> Ends:
    """How the waits ended, and after how many seconds those did that were answered."""
    waits = of.figures.queues[queue]
    answered = {f"after {at.total_seconds():.1f}": n for at, n in waits.answered_after.items()}
    return {str(outcome): n for outcome, n in waits.outcomes.items()} | answered


def a_day(lots: Random, settings: Settings, steps: int) -> Day:
    """Whatever may happen, by lot. People are as slow as people are: nothing coincides."""
    day = Day(settings)
    day.at_work("ayse", "baris", "cem")
    go_on(day, lots, steps)
    return day


def go_on(day: Day, lots: Random, steps: int) -> None:
    for _ in range(steps):
        day.pass_time(lots.randint(1, 900) / 100 + 0.003)
        deed = lots.choices(DEEDS, WEIGHTS)[0]
        deed(day, lots)
    day.rests(lots.randint(1, 200))


def calls(day: Day, lots: Random) -> None:
    day.calls(str(len(day.records)), lots.choice(["700", "700", "701"]))


def rings(day: Day, lots: Random) -> None:
    for phone in day.world.ringing():
        day.world.asterisk.ring(phone.channel)
    day.world.settle()


def answers(day: Day, lots: Random) -> None:
    rings(day, lots)
    day.pass_time(0.71)
    if ringing := day.world.ringing():
        day.world.asterisk.answer(lots.choice(ringing).channel)
        day.world.settle()


def rejects(day: Day, lots: Random) -> None:
    if ringing := day.world.ringing():
        day.world.asterisk.end(lots.choice(ringing).channel, 21, lots.choice([603, 486, 480, 404]))
        day.world.settle()


def hangs_up(day: Day, lots: Random) -> None:
    """Whoever is there, but phones that ring."""
    ringing = {phone.channel for phone in day.world.ringing()}
    if there := [c for c in day.world.asterisk.channels if c not in ringing]:
        day.world.asterisk.end(lots.choice(there), lots.choice([16, 16, 16, 44]))
        day.world.settle()


def presses(day: Day, lots: Random) -> None:
    if waiting := [leg for leg in day.world.core.state.legs.values() if leg.role == "caller"]:
        fact = DigitPressed(channel=lots.choice(waiting).channel, digit="1")
        day.world.tell(day.world.core.marked(fact))
        day.world.settle()


def asks(day: Day, lots: Random) -> None:
    agent = AgentId(lots.choice(["ayse", "baris", "cem"]))
    requests: list[Request] = [
        FinishAcw(agent=agent),
        EndCall(agent=agent),
        Transfer(agent=agent, queue=SERVICE),
        TransferToAgent(agent=agent, colleague=AgentId("cem")),
        SetStatus(agent=agent, status=lots.choice([LUNCH, AVAILABLE, AVAILABLE])),
        LogOut(agent=agent),
        LogIn(agent=agent, project=SUPPORT),
    ]
    with suppress(Refused):
        day.world.ask(lots.choice(requests))
    day.world.settle()


DEEDS = (calls, answers, rings, rejects, hangs_up, presses, asks)
WEIGHTS = (4, 6, 2, 1, 4, 1, 2)
