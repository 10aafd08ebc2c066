"""Reading the journal in order, for replaying."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.engine import Connection, Engine

from acd.db.codec import Codec, Unreadable
from acd.db.record import JournalLine, line_of
from acd.db.tables import journal, runs

PAGE = 500
"""So many lines are read at once."""


class UnreadableLine(Exception):
    """This program cannot read that line of the journal."""

    def __init__(self, seq: int, run: int, reason: str) -> None:
        super().__init__(f"line {seq} of the journal cannot be read: {reason}")
        self.seq = seq
        self.run = run


def ends(connection: Connection) -> tuple[int, int] | None:
    """The numbers of the first line and the last; None if there is no line."""
    first, last = connection.execute(select(func.min(journal.c.seq), func.max(journal.c.seq))).one()
    return None if first is None else (first, last)


def lines(engine: Engine, codec: Codec, first: int, last: int) -> Iterator[JournalLine]:
    """The lines from the first to the last number, as far as they are there. Raises
    UnreadableLine."""
    while first <= last:
        query = select(journal).where(journal.c.seq.between(first, last))
        with engine.connect() as connection:
            page = connection.execute(query.order_by(journal.c.seq).limit(PAGE)).all()
        for values in page:
            try:
                yield line_of(codec, values)
            except Unreadable as error:
                raise UnreadableLine(values.seq, values.run, str(error)) from error
        if len(page) < PAGE:
            return
        first = page[-1].seq + 1


def versions(connection: Connection) -> dict[int, str]:
    """Which program each run was."""
    return {run: version for run, version in connection.execute(select(runs.c.run, runs.c.version))}
