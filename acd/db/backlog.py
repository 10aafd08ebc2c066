"""What waits to be written. It grows while the database is away, but only so far.

Live rows are bounded by what is alive: only the newest of each is kept. Lines of the journal and
ended rows are not: beyond the limits the oldest are dropped.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from acd.db.group import Group, Key, Line

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long records wait for each other, and how much is kept while the database is away."""

    group_s: float = 0.05
    group_lines: int = 1000
    """A group of so many is written without waiting for more."""
    beat_s: float = 2.0
    """So often something is written even if nothing happens: others see that the run lives."""
    lines: int = 200_000
    bytes: int = 200_000_000
    ended_rows: int = 200_000
    first_pause_s: float = 0.1
    longest_pause_s: float = 5.0


@dataclass(slots=True, kw_only=True)
class Dropped:
    """What was given up since the database went away."""

    lines: int = 0
    ended_rows: int = 0

    def __bool__(self) -> bool:
        return bool(self.lines or self.ended_rows)


class Backlog:
    def __init__(self, limits: Limits, stored: Iterable[Key] = ()) -> None:
        self.limits = limits
        self._stored = set(stored)
        """The live rows that the database may have."""
        self._old = Group()
        """What is being written, or could not be."""
        self._new = Group()
        self._writing = False
        self.dropped = Dropped()

    def __bool__(self) -> bool:
        return bool(self._old or self._new)

    @property
    def urgent(self) -> bool:
        """Somebody waits for what has come in, or it is a group's worth."""
        return self._new.urgent or len(self._new.lines) >= self.limits.group_lines

    @property
    def lines(self) -> int:
        return len(self._old.lines) + len(self._new.lines)

    @property
    def bytes(self) -> int:
        return self._old.size + self._new.size

    @property
    def ended_rows(self) -> int:
        return len(self._old.ended) + len(self._new.ended)

    # What comes in.

    def put(self, row: Any) -> None:
        self._new.put(row)

    def end(self, row: Any) -> None:
        self._new.end(row, stored=(type(row), row.key) in self._stored)
        if self._too_many_ended():
            self._drop_ended()

    def write_down(self, line: Line) -> None:
        self._new.write_down(line)
        if self._too_many_lines():
            self._drop_lines()

    # What goes out.

    def begin(self) -> Group:
        """All there is, to be written now; what comes in meanwhile waits for the next time."""
        self._merge()
        self._writing = True
        # Even if the try fails: it may have succeeded and only its answer been lost.
        self._stored.update(self._old.live_keys())
        return self._old

    def written(self, left_out: set[int]) -> None:
        """The group is kept, but for the lines with these numbers."""
        for line in self._old.lines:
            line.tell(kept=line.values["seq"] not in left_out)
        self._stored.difference_update(self._old.gone)
        self._old = Group()
        self._writing = False

    def failed(self) -> None:
        """Nothing of the group is kept: it waits for the next time."""
        self._writing = False
        while self._too_many_lines():
            self._drop_lines()
        while self._too_many_ended():
            self._drop_ended()

    def give_up(self) -> None:
        """Nobody will write any more."""
        for line in (*self._old.lines, *self._new.lines):
            line.tell(kept=False)

    def _merge(self) -> None:
        self._old.add(self._new)
        self._new = Group()

    # At the limits.

    # What is being written cannot be dropped, nor is it counted: else the newest would be dropped
    # for it. So twice the limits are kept at most.

    def _too_many_lines(self) -> bool:
        lines = len(self._new.lines) if self._writing else self.lines
        size = self._new.size if self._writing else self.bytes
        return lines > self.limits.lines or size > self.limits.bytes

    def _too_many_ended(self) -> bool:
        ended = len(self._new.ended) if self._writing else self.ended_rows
        return ended > self.limits.ended_rows

    def _droppable(self) -> Group:
        if self._writing:
            return self._new
        self._merge()
        return self._old

    def _drop_lines(self) -> None:
        # Some at once: it will not be the last one.
        dropped = self._droppable().drop_lines(1 + self.limits.lines // 100)
        for line in dropped:
            line.tell(kept=False)
        self._note(lines=len(dropped))

    def _drop_ended(self) -> None:
        self._note(ended_rows=self._droppable().drop_ended(1 + self.limits.ended_rows // 100))

    def _note(self, *, lines: int = 0, ended_rows: int = 0) -> None:
        about = {"journal_lines": lines, "ended_rows": ended_rows, "kept": self.lines}
        if not self.dropped:
            logger.error("too much waits for the database: the oldest is dropped", extra=about)
        self.dropped.lines += lines
        self.dropped.ended_rows += ended_rows
