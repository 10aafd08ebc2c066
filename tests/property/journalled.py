"""The late world with a journal: every input is written down as the engine does it, and every
commit is a moment from which one can replay."""

from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any

from acd.app.replaying import Difference, Otherwise, Replay
from acd.db import JournalLine
from acd.db.codec import Codec
from acd.db.record import MESSAGES, line_of, line_values
from acd.distributor import Bug, Decision, Distributor
from acd.distributor.state import KINDS
from acd.requests import Refused
from acd.views import Record
from tests.property.late_world import LateWorld

CODEC = Codec((*MESSAGES, *KINDS))
read = cache(CODEC.decode)
"""Most rows are read at many moments, and none can change."""
Values = dict[str, Any]


class JournalledWorld(LateWorld):
    def __init__(self, settings: Any) -> None:
        self.journal: list[Values] = []
        self.snapshots: dict[int, list[tuple[str, str]]] = {}
        self._not_kept: list[Record] = []
        self._written: dict[int, tuple[Any, str]] = {}
        """The rows as they are stored, by what they are: most are the same at the next commit."""
        self._read: list[JournalLine] = []
        super().__init__(settings)

    @property
    def core(self) -> Distributor:
        return self._core

    @core.setter
    def core(self, core: Distributor) -> None:
        """Each process has a core of its own; what the last one had not committed is lost."""
        self._core = core
        self._not_kept.clear()
        handle = core.handle
        self._write("fact", core, "handle", lambda fact: self._core.marked(fact))
        self._write("request", core, "request", lambda request: request)
        self._write("quarantine", core, "quarantine", lambda owner: owner)
        self._write("deadline", core, "handle_timeout", lambda *_: None)
        assert core.handle is not handle

    def _write(self, kind: Any, core: Any, name: str, input_of: Callable[[Any], Any]) -> None:
        decide = getattr(core, name)

        def watched(*arguments: Any) -> Decision:
            about: dict[str, Any] = {"at": arguments[-1], "kind": kind}
            about["input"] = input_of(arguments[0])
            try:
                decision: Decision = decide(*arguments)
            except Refused as refused:
                self._not_kept.append(Record(**about, outcome="refused", detail=str(refused)))
                raise
            except Bug:
                self._not_kept.append(Record(**about, outcome="bug"))
                raise
            self._not_kept.append(Record(**about, effects=decision.effects))
            return decision

        setattr(core, name, watched)

    def keep(self) -> None:
        if self.hurried:
            return
        super().keep()
        for record in self._not_kept:
            self.journal.append(line_values(CODEC, record, len(self.journal) + 1, self.run))
        self._not_kept.clear()
        rows = self.kept.values()
        self.snapshots[len(self.journal)] = [(type(r).__name__, self._stored(r)) for r in rows]

    def _stored(self, row: Any) -> str:
        if id(row) not in self._written:
            self._written[id(row)] = row, CODEC.encode(row)
        return self._written[id(row)][1]

    # Replaying.

    def lines(self, after: int = 0) -> list[JournalLine]:
        new = self.journal[len(self._read) :]
        self._read += [line_of(CODEC, SimpleNamespace(**values)) for values in new]
        return self._read[after:]

    def rows(self, seq: int) -> list[Any]:
        return [read(kind, body) for kind, body in self.snapshots[seq]]

    def replay(self, seq: int = 0) -> Difference | Otherwise | None:
        """Replay from that moment on, and compare at every later one; gives what differs."""
        run = self.journal[seq - 1]["run"] if seq else 0
        replay = Replay(seq=seq, run=run, rows=self.rows(seq) if seq else ())
        for line in self.lines(seq):
            found = replay.take(line)
            if found is None and line.seq in self.snapshots:
                found = replay.compare(self.rows(line.seq))
            if found is not None:
                return found
        return None
