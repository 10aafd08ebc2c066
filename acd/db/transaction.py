"""Writing a group: all of it in one transaction."""

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Executable, Table, bindparam, delete, update
from sqlalchemy.engine import Connection

from acd.db.codec import Codec
from acd.db.connection import insert_once, upsert
from acd.db.errors import Superseded, is_away, reason_of
from acd.db.group import Group, Key
from acd.db.reports import REPORTED
from acd.db.tables import journal, live, runs

logger = logging.getLogger(__name__)
BITE = 200
"""Rows that are encoded and handed over at once: a few milliseconds' work at most."""
Values = dict[str, Any]

STILL_OURS = update(runs).where(runs.c.run == bindparam("ours"), runs.c.ended_at.is_(None))
FORGET = delete(live).where(live.c.kind == bindparam("of"), live.c.key == bindparam("its"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """One try to write a group.

    careful: row by row, leaving out those that cannot be written, and saying which.
    """

    connection: Connection
    codec: Codec
    run: int
    now: datetime
    careful: bool = False

    def write(self, group: Group) -> set[int]:
        """Write the group, or nothing of it; gives the journal's numbers that were left out.

        Raises Superseded, and whatever the database or, unless careful, a bad row raises.
        """
        self.connection.execution_options(writes=True, synced=group.urgent)
        with self.connection.begin():
            self._still_ours()
            out = self._all(self._insert(journal), iter(group.lines), lambda line: line.values)
            self._all(FORGET, group.gone, _forgotten)
            self._all(self._upsert(live), group.live_rows(), self._live_values)
            self._reports(group)
        return {line.values["seq"] for line in out}

    def _still_ours(self) -> None:
        """Lock our run's row: whoever takes over must wait for this group, or it for them."""
        values = {"ours": self.run, "seen_at": self.now}
        result = self.connection.execute(STILL_OURS, values)
        if result.rowcount != 1:
            raise Superseded(f"run {self.run} has ended: another process uses this database now")

    def _reports(self, group: Group) -> None:
        rows: dict[type, list[Any]] = {kind: [] for kind in REPORTED}
        for row in (*group.changed.values(), *group.ended.values()):
            if type(row) in rows:
                rows[type(row)].append(row)
        for kind, (table, values_of) in REPORTED.items():
            self._all(self._upsert(table), rows[kind], values_of)

    def _all(
        self, statement: Executable, things: Iterable[Any], values_of: Callable[[Any], Values]
    ) -> list[Any]:
        """Execute the statement for each of the things; gives those that were left out."""
        left_out = []
        for bite in _bites(things, 1 if self.careful else BITE):
            try:
                self._bite(statement, [values_of(thing) for thing in bite])
            except Exception as error:
                if not self.careful or is_away(error):
                    raise
                _log_bad(bite[0], error)
                left_out += bite
        return left_out

    def _bite(self, statement: Executable, values: Sequence[Values]) -> None:
        if not self.careful:
            self.connection.execute(statement, values)
            return
        with self.connection.begin_nested():
            self.connection.execute(statement, values[0])

    def _live_values(self, row: Any) -> Values:
        kind, key = type(row), row.key
        body = self.codec.encode(row)
        return {"kind": kind.__name__, "key": key_text(key), "body": body}

    def _insert(self, table: Table) -> Executable:
        return insert_once(table, self.connection.dialect.name)

    def _upsert(self, table: Table) -> Executable:
        return upsert(table, self.connection.dialect.name)


def key_text(key: Any) -> str:
    """A row's key as one text: a channel's has two parts."""
    return key if isinstance(key, str) else json.dumps(key)


def _forgotten(key: Key) -> Values:
    return {"of": key[0].__name__, "its": key_text(key[1])}


def _bites(things: Iterable[Any], size: int) -> Iterator[list[Any]]:
    rest = iter(things)
    while bite := list(islice(rest, size)):
        yield bite


def _log_bad(thing: Any, error: Exception) -> None:
    about = {"row": type(thing).__name__, "reason": reason_of(error)}
    logger.error("a row cannot be written and is left out", extra=about)
