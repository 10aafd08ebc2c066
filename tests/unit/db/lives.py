"""Records of whole lives: the real core in the model of Asterisk, with its inputs written down."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from acd.db import JournalLine
from acd.distributor.core import Distributor
from acd.facts import Fact
from acd.ids import AgentId
from acd.requests import FinishAcw, Request
from acd.settings import Settings
from acd.views import Record
from tests.stories.acd import EXTENSIONS, Acd, one_queue
from tests.world.world import World

AYSE = AgentId("ayse")


class RecordingWorld(World):
    """A world whose core's every input is recorded, as the engine does it."""

    disturbed = False

    def __init__(self, settings: Any) -> None:
        self.records: list[Record] = []
        super().__init__(settings)

    def tell(self, fact: Fact) -> None:
        decision = self.core.handle(fact, self.now)
        self._record("fact", fact, decision)

    def ask(self, request: Request) -> None:
        decision = self.core.request(request, self.now)
        self._record("request", request, decision)
        self.keep()

    def timeout(self) -> None:
        self._record("deadline", None, self.core.handle_timeout(self.now))

    def _record(self, kind: Any, about: Any, decision: Any) -> None:
        self.records.append(
            Record(
                at=self.now,
                kind=kind,
                input=about,
                effects=decision.effects,
                changes=decision.changes,
            )
        )
        self._take(decision)


class RecordedAcd(Acd):
    """A story that leaves records."""

    def __init__(self, of: Settings | None = None) -> None:
        settings = of or one_queue("ayse", "baris")
        self.world = RecordingWorld(settings)  # type: ignore[assignment]
        self._second_call = False
        self._callers = {}
        self._started = True
        self.world.apply(settings)
        self.world.reconnect()
        for number in EXTENSIONS.values():
            self.world.register(number)

    @property
    def records(self) -> list[Record]:
        return self.world.records  # type: ignore[attr-defined,no-any-return]


def calls(count: int) -> list[Record]:
    """The agent logs in and takes so many calls, one after the other."""
    acd = RecordedAcd()
    acd.at_work("ayse")
    for number in range(count):
        acd.calls(f"caller {number}")
        acd.takes("ayse")
        acd.pass_time(30)
        acd.caller_hangs_up(f"caller {number}")
        acd.pass_time(1)
        acd.ask(FinishAcw(agent=AYSE))
        acd.pass_time(1)
    return acd.records


def live_after(records: Iterable[Record]) -> dict[tuple[str, Any], Any]:
    """The live rows that these changes leave."""
    live: dict[tuple[str, Any], Any] = {}
    for record in records:
        apply_changes(live, record.changes)
    return live


def apply_changes(live: dict[tuple[str, Any], Any], changes: Iterable[Any]) -> None:
    for change in changes:
        key = (type(change.row).__name__, change.row.key)
        live.pop(key, None)
        if change.live:
            live[key] = change.row


def by_key(rows: Iterable[Any]) -> dict[tuple[str, Any], Any]:
    return {(type(row).__name__, row.key): row for row in rows}


def replay(lines: Iterable[JournalLine], run: int) -> dict[tuple[str, Any], Any]:
    """The live rows of a core that decides all of it once more, and must decide the same."""
    core = Distributor(run=run)
    live: dict[tuple[str, Any], Any] = {}
    for line in lines:
        decision = _again(core, line, line.at)
        assert decision.effects == line.effects, f"line {line.seq} is decided differently"
        apply_changes(live, decision.changes)
    return live


def _again(core: Distributor, line: JournalLine, now: datetime) -> Any:
    match line.kind:
        case "fact":
            return core.handle(line.input, now)  # type: ignore[arg-type]
        case "request":
            return core.request(line.input, now)  # type: ignore[arg-type]
        case _:
            return core.handle_timeout(now)
