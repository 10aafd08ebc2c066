"""The calls of a queue that nobody has taken, or not at once; and who has called them back."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    exists,
    func,
    or_,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.db.connection import upsert
from acd.db.store import Store
from acd.db.tables import callback_marks, entries, interactions, offers
from acd.queues.entry import EntryKind, EntryOutcome
from acd.queues.offer import OfferOutcome

MISSED = "missed"
LOST = (EntryOutcome.ABANDONED, EntryOutcome.QUEUE_EXIT, EntryOutcome.QUEUE_TIMEOUT)
KINDS = (*map(str, LOST), MISSED)
"""By outcome; and those that an agent was offered and missed, whatever came of them."""
Values = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which calls. before: an entry; only those are wanted that entered earlier."""

    queue: str
    kinds: Collection[str] = KINDS
    since: datetime | None = None
    until: datetime | None = None
    unmarked: bool = False
    before: str = ""
    most: int = 100


class LostCalls:
    """Every method may raise DatabaseUnavailable."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def listed(self, wanted: Wanted) -> list[Values]:
        """The newest first, each with its offers. place: that at the end, 1 being next."""
        async with self._store.reading() as connection:
            found = [dict(row) for row in (await connection.execute(_query(wanted))).mappings()]
            offered = await _offers(connection, [one["entry"] for one in found])
        return [{**one, "offers": offered.get(one["entry"], [])} for one in found]

    async def mark(self, queue: str, entry: str, *, by: str, at: datetime, result: str) -> bool:
        """Say that it is done, in place of what was said before. False if that queue has no such
        lost call."""
        async with self._store.reading() as connection:
            await connection.execution_options(writes=True)
            async with connection.begin():
                mine = and_(entries.c.id == entry, *_lost(Wanted(queue=queue)))
                found = await connection.scalar(select(entries.c.interaction).where(mine))
                if found is None:
                    return False
                values: Values = {"by": by, "at": at, "result": result}
                new = {"entry": entry, "interaction": found, **values}
                await connection.execute(upsert(callback_marks, connection.dialect.name), [new])
        return True


def _query(wanted: Wanted) -> Select[Any]:
    columns = (
        entries.c.id.label("entry"),
        entries.c.interaction,
        interactions.c.caller,
        interactions.c.number,
        entries.c.entered_at,
        entries.c.ended_at,
        entries.c.outcome,
        _place().label("place"),
        callback_marks.c.by,
        callback_marks.c.at,
        callback_marks.c.result,
    )
    query = (
        select(*columns)
        .join(interactions, interactions.c.id == entries.c.interaction)
        .outerjoin(callback_marks, callback_marks.c.entry == entries.c.id)
        .where(*_lost(wanted))
    )
    newest = (entries.c.entered_at.desc(), entries.c.id.desc())
    return query.order_by(*newest).limit(wanted.most)


def _lost(wanted: Wanted) -> list[ColumnElement[bool]]:
    asked = [
        entries.c.queue == wanted.queue,
        entries.c.kind == EntryKind.CALLER,
        entries.c.ended_at.is_not(None),
        _of_kinds(wanted.kinds),
    ]
    if wanted.since:
        asked.append(entries.c.entered_at >= wanted.since)
    if wanted.until:
        asked.append(entries.c.entered_at < wanted.until)
    if wanted.unmarked:
        asked.append(entries.c.id.not_in(select(callback_marks.c.entry)))
    if wanted.before:
        last = entries.alias("last")
        its = select(last.c.entered_at, last.c.id).where(last.c.id == wanted.before)
        asked.append(tuple_(entries.c.entered_at, entries.c.id) < its.scalar_subquery())
    return asked


def _of_kinds(kinds: Collection[str]) -> ColumnElement[bool]:
    """Of any of these kinds."""
    asked: list[ColumnElement[bool]] = [
        entries.c.outcome.in_([kind for kind in kinds if kind != MISSED])
    ]
    if MISSED in kinds:
        missed = offers.c.outcome == OfferOutcome.MISSED
        asked.append(exists().where(offers.c.entry == entries.c.id, missed))
    return or_(*asked)


def _place() -> Any:
    """How many of the queue were before it when it ended, and itself."""
    other = entries.alias("other")
    earlier = tuple_(other.c.order_since, other.c.id) < tuple_(entries.c.order_since, entries.c.id)
    before = or_(
        other.c.priority > entries.c.priority,
        and_(other.c.priority == entries.c.priority, earlier),
    )
    there = and_(
        other.c.queue == entries.c.queue,
        other.c.entered_at < entries.c.ended_at,
        or_(other.c.ended_at.is_(None), other.c.ended_at > entries.c.ended_at),
    )
    count = select(func.count() + 1).select_from(other).where(there, before)
    return count.correlate(entries).scalar_subquery()


async def _offers(connection: AsyncConnection, ids: list[str]) -> Mapping[str, list[Values]]:
    """Of each of the entries what was offered, in order."""
    columns = (offers.c.entry, offers.c.agent, offers.c.offered_at, offers.c.outcome)
    wanted = select(*columns).where(offers.c.entry.in_(ids)).order_by(offers.c.offered_at)
    found: dict[str, list[Values]] = {}
    for row in (await connection.execute(wanted)).mappings():
        found.setdefault(row["entry"], []).append(dict(row))
    return found
