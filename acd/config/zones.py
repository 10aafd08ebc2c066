"""Time zones as the core needs them: it reads no files, so all changes are handed to it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from acd.settings import Zone

FIRST, LAST = datetime(2025, 1, 1, tzinfo=UTC), datetime(2065, 1, 1, tzinfo=UTC)
"""The same for every process, so that its settings are. What holds at the end goes on."""
STEP = timedelta(days=1)


class NoZone(Exception):
    """There is no time zone of that name."""


@cache
def zone(name: str) -> Zone:
    """All changes of a time zone of the IANA database. Raises NoZone."""
    try:
        info = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise NoZone(name) from None
    return Zone(offset_s=_offset(info, FIRST), changes=tuple(_changes(info)))


def _changes(info: ZoneInfo) -> Iterator[tuple[datetime, int]]:
    at, offset = FIRST, _offset(info, FIRST)
    while at < LAST:
        if _offset(info, at + STEP) != offset:
            change = _first_other(info, at, at + STEP)
            offset = _offset(info, change)
            yield change, offset
        at += STEP


def _first_other(info: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second at which the offset changes between the two, to be found by halves."""
    old = _offset(info, before)
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if _offset(info, middle) == old:
            before = middle
        else:
            after = middle
    return after


def _offset(info: ZoneInfo, at: datetime) -> int:
    found = at.astimezone(info).utcoffset()
    assert found is not None
    return round(found.total_seconds())
