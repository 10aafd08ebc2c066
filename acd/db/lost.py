"""The calls of a queue that nobody has taken, or not at once; and who has called them back."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    exists,
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
LONGEST_WAIT = timedelta(days=1)
"""Who has waited longer than that is not counted among those before."""
Values = dict[str, Any]
Order = tuple[int, datetime, str]


class _What(IntEnum):
    """At one and the same time in this order: who leaves or comes just then is not before."""

    LEAVES = 0
    ASKED = 1
    COMES = 2


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
            places = await _places(connection, found)
        return [
            {**one, "place": places[one["entry"]], "offers": offered.get(one["entry"], [])}
            for one in found
        ]

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
        entries.c.queue,
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


async def _places(connection: AsyncConnection, found: list[Values]) -> Mapping[str, int]:
    """Of each of the entries, all of one queue, its place when it ended. One walk through the time
    of all: to count anew for each takes seconds where a queue has had 200,000 calls."""
    if not found:
        return {}
    asked = {one["entry"] for one in found}
    alive: list[Order] = []
    places = {}
    for _, what, order in sorted(_moments(await _of_that_time(connection, found), asked)):
        place = bisect_left(alive, order)
        match what:
            case _What.LEAVES:
                del alive[place]
            case _What.ASKED:
                places[order[-1]] = 1 + place
            case _What.COMES:
                alive.insert(place, order)
    return places


async def _of_that_time(connection: AsyncConnection, found: list[Values]) -> Sequence[Any]:
    """All of the queue who waited when one of these ended."""
    ends = [one["ended_at"] for one in found]
    earliest = min(min(ends) - LONGEST_WAIT, *(one["entered_at"] for one in found))
    there = (
        entries.c.queue == found[0]["queue"],
        entries.c.entered_at.between(earliest, max(ends)),
        or_(entries.c.ended_at.is_(None), entries.c.ended_at >= min(ends)),
    )
    columns = (entries.c.id, entries.c.priority, entries.c.order_since)
    wanted = select(*columns, entries.c.entered_at, entries.c.ended_at).where(*there)
    return (await connection.execute(wanted)).all()


def _moments(
    rows: Iterable[Any], asked: Collection[str]
) -> Iterator[tuple[datetime, _What, Order]]:
    for row in rows:
        order = (-row.priority, row.order_since, row.id)
        if row.id in asked:
            yield row.ended_at, _What.ASKED, order
        if row.ended_at is None or row.ended_at > row.entered_at:
            yield row.entered_at, _What.COMES, order
            if row.ended_at:
                yield row.ended_at, _What.LEAVES, order


async def _offers(connection: AsyncConnection, ids: list[str]) -> Mapping[str, list[Values]]:
    """Of each of the entries what was offered, in order."""
    columns = (offers.c.entry, offers.c.agent, offers.c.offered_at, offers.c.outcome)
    wanted = select(*columns).where(offers.c.entry.in_(ids)).order_by(offers.c.offered_at)
    found: dict[str, list[Values]] = {}
    for row in (await connection.execute(wanted)).mappings():
        found.setdefault(row["entry"], []).append(dict(row))
    return found
