"""A group: what is written in one transaction, and is kept while it cannot be."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from acd.db.intervals import Interval
from acd.db.reports import REPORTED

Key = tuple[type, Any]
Answer = Any
"""An asyncio.Future of bool: whether the record it belongs to has been kept."""


@dataclass(slots=True, kw_only=True)
class Line:
    """One line of the journal, with who waits for it."""

    values: dict[str, Any]
    size: int
    """Bytes of memory it takes, roughly."""
    answer: Answer = None

    def tell(self, *, kept: bool) -> None:
        if self.answer is not None and not self.answer.done():
            self.answer.set_result(kept)


@dataclass(slots=True, kw_only=True)
class Group:
    """Journal lines in order, and the newest of every row: changed ones live, ended ones not."""

    lines: deque[Line] = field(default_factory=deque)
    size: int = 0
    changed: dict[Key, Any] = field(default_factory=dict)
    ended: dict[Key, Any] = field(default_factory=dict)
    """Only what reports are to see."""
    gone: dict[Key, None] = field(default_factory=dict)
    """Live rows that the database may have and must lose."""
    urgent: bool = False
    """Somebody waits for it."""
    at: datetime | None = None
    """When the last line's input came."""

    def __bool__(self) -> bool:
        return bool(self.lines or self.changed or self.ended or self.gone)

    def live_rows(self) -> list[Any]:
        """The changed rows that are part of the live state: intervals are only reported."""
        return [row for row in self.changed.values() if type(row) is not Interval]

    def live_keys(self) -> list[Key]:
        return [key for key in self.changed if key[0] is not Interval]

    def write_down(self, line: Line) -> None:
        self.lines.append(line)
        self.size += line.size
        self.at = line.values["at"]
        self.urgent = self.urgent or line.answer is not None

    def put(self, row: Any) -> None:
        key = (type(row), row.key)
        self.changed[key] = row
        self.gone.pop(key, None)
        self.ended.pop(key, None)

    def end(self, row: Any, *, stored: bool) -> None:
        """The row has ended; stored: the database may have it as a live one."""
        key = (type(row), row.key)
        self.changed.pop(key, None)
        if stored:
            self.gone[key] = None
        if type(row) in REPORTED:
            self.ended[key] = row

    def add(self, later: "Group") -> None:
        """Take over what a later group holds."""
        self.lines.extend(later.lines)
        self.size += later.size
        self.urgent = self.urgent or later.urgent
        self.at = later.at or self.at
        for key in (*later.gone, *later.ended):
            self.changed.pop(key, None)
        for key in later.changed:
            self.gone.pop(key, None)
            self.ended.pop(key, None)
        self.gone.update(later.gone)
        self.ended.update(later.ended)
        self.changed.update(later.changed)

    def drop_lines(self, count: int) -> list[Line]:
        """Forget the oldest lines; gives them."""
        dropped = [self.lines.popleft() for _ in range(min(count, len(self.lines)))]
        self.size -= sum(line.size for line in dropped)
        return dropped

    def drop_ended(self, count: int) -> int:
        """Forget the ended rows that were noted first; gives how many those were."""
        oldest = list(self.ended)[:count]
        for key in oldest:
            del self.ended[key]
        return len(oldest)
