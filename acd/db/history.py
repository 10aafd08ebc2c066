"""What the report tables know of one call, or of what an agent was offered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.db.store import Store
from acd.db.tables import attempts, entries, interactions, legs, offers

Values = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A call: its interaction, and all that was done for it, each by its beginning."""

    interaction: Values
    legs: Sequence[Values]
    entries: Sequence[Values]
    offers: Sequence[Values]
    attempts: Sequence[Values]


async def history(store: Store, interaction: str) -> History | None:
    """All of the interaction; None if there is none. Raises DatabaseUnavailable."""
    async with store.reading() as connection:
        found = await _all(connection, select(interactions).where(interactions.c.id == interaction))
        if not found:
            return None
        parts = {
            table.name: await _all(
                connection, select(table).where(table.c.interaction == interaction).order_by(begun)
            )
            for table, begun in (
                (legs, legs.c.asked_at),
                (entries, entries.c.entered_at),
                (offers, offers.c.offered_at),
                (attempts, attempts.c.asked_at),
            )
        }
    return History(interaction=found[0], **parts)


async def calls_of(store: Store, caller: str, most: int) -> list[Values]:
    """The interactions of a caller's number, the newest first. Raises DatabaseUnavailable."""
    wanted = select(interactions).where(interactions.c.caller == caller)
    async with store.reading() as connection:
        newest = interactions.c.started_at.desc()
        return await _all(connection, wanted.order_by(newest).limit(most))


def explanations(engine: Engine, ids: Iterable[str]) -> dict[str, Values]:
    """Why these offers were made, as written down then; nothing of those that are gone."""
    wanted = select(offers.c.id, offers.c.explanation).where(offers.c.id.in_(list(ids)))
    with engine.connect() as connection:
        return {row.id: row.explanation for row in connection.execute(wanted)}


async def offer_of(store: Store, offer: str) -> tuple[Values, str] | None:
    """One offer, and the queue whose call it was; None if there is none. Raises
    DatabaseUnavailable."""
    wanted = select(offers, entries.c.queue).join_from(
        offers, entries, offers.c.entry == entries.c.id
    )
    async with store.reading() as connection:
        found = await _all(connection, wanted.where(offers.c.id == offer))
    return (found[0], found[0].pop("queue")) if found else None


async def offers_to(store: Store, agent: str, most: int) -> list[Values]:
    """What was offered to the agent, the newest first. Raises DatabaseUnavailable."""
    wanted = select(offers).where(offers.c.agent == agent)
    async with store.reading() as connection:
        return await _all(connection, wanted.order_by(offers.c.offered_at.desc()).limit(most))


async def _all(connection: AsyncConnection, wanted: Select[Any]) -> list[Values]:
    return [dict(row) for row in (await connection.execute(wanted)).mappings()]
