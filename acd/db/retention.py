"""Retention: what is too old goes, a little at a time.

The writer of the journal never waits for longer than one batch takes, and has its turn before
the next one.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Delete, Select, delete, func, select, tuple_
from sqlalchemy.engine import Connection, Engine

from acd.db.journal_tables import sizes, snapshots
from acd.db.moment import brief, one_moment
from acd.db.tables import (
    agent_intervals,
    attempts,
    callback_marks,
    dispositions,
    entries,
    interactions,
    journal,
    legs,
    offers,
)

BATCH = 500
"""Lines of the journal that go in one transaction, at most; and so many intervals."""
CALLS = 50
"""Interactions that go in one transaction, at most: each has some ten rows in several tables."""
FEWEST = 20
AIM_S = 0.02
"""Where a transaction takes longer, the next one is half as large."""
PAUSE_S = 0.02
"""Between two of them: on SQLite a writer that waits looks that often, at first."""


PARTS = (legs, entries, offers, attempts, dispositions, callback_marks)
"""The rows of an interaction in the reports, beside its own."""
Stop = Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """What has been deleted; slowest_s: the longest that a writer may have waited for it."""

    lines: int = 0
    snapshots: int = 0
    slowest_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportsGone:
    """What has been deleted of the reports: interactions with all their parts, and intervals."""

    interactions: int = 0
    intervals: int = 0
    slowest_s: float = 0.0


def drop_old(engine: Engine, before: datetime, stop: Stop = lambda: False) -> Gone:
    """Delete what is older, until done or stopped; what is left goes the next time.

    The newest snapshot stays, whatever its age, and so does every line after the oldest one that
    stays: each of them can be replayed. The newest line stays too: it carries the last number.
    """
    with brief(engine) as connection:
        few = connection.execute(_old_snapshots(before)).rowcount
        connection.execute(delete(sizes).where(sizes.c.at < before))
    with one_moment(engine) as connection:
        end = _end(connection, before)
    lines, slowest = _little_by_little(engine, partial(_drop_lines, end=end), BATCH, stop)
    return Gone(lines=lines, snapshots=few, slowest_s=slowest)


def drop_old_reports(engine: Engine, before: datetime, stop: Stop = lambda: False) -> ReportsGone:
    """Delete the reports' rows of what had ended by then, until done or stopped.

    An interaction goes with all its parts: never half of one is found.
    """
    calls, slowest = _little_by_little(
        engine, partial(_drop_interactions, before=before), CALLS, stop
    )
    intervals, slower = _little_by_little(
        engine, partial(_drop_intervals, before=before), BATCH, stop
    )
    return ReportsGone(interactions=calls, intervals=intervals, slowest_s=max(slowest, slower))


def _little_by_little(
    engine: Engine, drop: Callable[[Connection, int], int], most: int, stop: Stop
) -> tuple[int, float]:
    """Have it drop so many at a time until there are none, or it is stopped; how many went, and
    how long the longest transaction took."""
    gone, slowest, size = 0, 0.0, most
    while not stop():
        began = time.monotonic()
        with brief(engine) as connection:
            dropped = drop(connection, size)
        if not dropped:
            break
        took = time.monotonic() - began
        gone, slowest, size = gone + dropped, max(slowest, took), _next_size(size, took, most)
        time.sleep(PAUSE_S)
    return gone, slowest


def _next_size(size: int, took_s: float, most: int) -> int:
    """How many go in the next transaction."""
    if took_s > AIM_S:
        return max(FEWEST, size // 2)
    return min(most, 2 * size)


# Reports.


def _drop_interactions(connection: Connection, most: int, before: datetime) -> int:
    # Nothing ends before it has begun: so the index on the beginning finds them.
    old = interactions.c.started_at < before, interactions.c.ended_at < before
    query = select(interactions.c.id).where(*old).order_by(interactions.c.started_at).limit(most)
    ids = connection.scalars(query).all()
    for table in PARTS:
        connection.execute(delete(table).where(table.c.interaction.in_(ids)))
    return connection.execute(delete(interactions).where(interactions.c.id.in_(ids))).rowcount


def _drop_intervals(connection: Connection, most: int, before: datetime) -> int:
    key = agent_intervals.c.agent, agent_intervals.c.started_at
    query = select(*key).where(agent_intervals.c.ended_at < before)
    some = query.order_by(agent_intervals.c.ended_at).limit(most).subquery()
    return connection.execute(
        delete(agent_intervals).where(tuple_(*key).in_(select(some)))
    ).rowcount


# The journal.


def _drop_lines(connection: Connection, most: int, end: int) -> int:
    first = connection.scalar(_FIRST)
    if first is None:
        return 0
    until = min(first + most, end)
    return connection.execute(delete(journal).where(journal.c.seq < until)).rowcount


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
