"""Retention: what is too old goes, a little at a time.

The writer of the journal never waits for longer than one batch takes, and has its turn before
the next one.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Delete, Select, delete, func, select
from sqlalchemy.engine import Connection, Engine

from acd.db.journal_tables import sizes, snapshots
from acd.db.moment import brief, one_moment
from acd.db.tables import journal

BATCH = 500
"""Lines of the journal that go in one transaction, at most."""
FEWEST = 20
AIM_S = 0.02
"""Where a transaction takes longer, the next one is half as large."""
PAUSE_S = 0.02
"""Between two of them: on SQLite a writer that waits looks that often, at first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """What has been deleted; slowest_s: the longest that a writer may have waited for it."""

    lines: int = 0
    snapshots: int = 0
    slowest_s: float = 0.0


def drop_old(engine: Engine, before: datetime, stop: Callable[[], bool] = lambda: False) -> Gone:
    """Delete what is older, until done or stopped; what is left goes the next time.

    The newest snapshot stays, whatever its age, and so does every line after the oldest one that
    stays: each of them can be replayed. The newest line stays too: it carries the last number.
    """
    with brief(engine) as connection:
        few = connection.execute(_old_snapshots(before)).rowcount
        connection.execute(delete(sizes).where(sizes.c.at < before))
    with one_moment(engine) as connection:
        first, end = connection.scalar(_FIRST), _end(connection, before)
    lines, slowest, size = 0, 0.0, BATCH
    while first is not None and first < end and not stop():
        until = min(first + size, end)
        began = time.monotonic()
        with brief(engine) as connection:
            lines += connection.execute(delete(journal).where(journal.c.seq < until)).rowcount
        took = time.monotonic() - began
        slowest, first, size = max(slowest, took), until, _next_size(size, took)
        time.sleep(PAUSE_S)
    return Gone(lines=lines, snapshots=few, slowest_s=slowest)


def _next_size(size: int, took_s: float) -> int:
    """How many lines go in the next transaction."""
    if took_s > AIM_S:
        return max(FEWEST, size // 2)
    return min(BATCH, 2 * size)


_FIRST = select(func.min(journal.c.seq))


def _old_snapshots(before: datetime) -> Delete:
    newest = select(func.max(snapshots.c.seq)).scalar_subquery()
    return delete(snapshots).where(snapshots.c.at < before, snapshots.c.seq < newest)


def _end(connection: Connection, before: datetime) -> int:
    """The first line that stays."""
    ends = [connection.scalar(query) for query in (_first_young(before), _OLDEST, _LAST)]
    return min((end for end in ends if end is not None), default=0)


_OLDEST = select(func.min(snapshots.c.seq))
_LAST = select(func.max(journal.c.seq))


def _first_young(before: datetime) -> Select[int]:
    return select(journal.c.seq).where(journal.c.at >= before).order_by(journal.c.seq).limit(1)
