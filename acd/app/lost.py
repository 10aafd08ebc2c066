"""What the HTTP API asks about lost calls, found in the database."""

from collections.abc import Awaitable, Collection, Sequence
from datetime import datetime
from typing import Any, TypeVar

from acd.db import DatabaseError
from acd.db.lost import LostCalls, Wanted
from acd.http.problems import Problem

T = TypeVar("T")


class LostDesk:
    """The Lost of acd/http/lost.py."""

    def __init__(self, rows: LostCalls) -> None:
        self._rows = rows

    async def listed(
        self, queue: str, *, kinds: Collection[str], most: int, **more: Any
    ) -> Sequence[dict[str, Any]]:
        wanted = Wanted(queue=queue, kinds=tuple(kinds), most=most, **more)
        return await _reached(self._rows.listed(wanted))

    async def mark(self, queue: str, entry: str, *, by: str, at: datetime, result: str) -> bool:
        return await _reached(self._rows.mark(queue, entry, by=by, at=at, result=result))


async def _reached(asking: Awaitable[T]) -> T:
    try:
        return await asking
    except DatabaseError as error:
        raise Problem("database-away", str(error)) from None
