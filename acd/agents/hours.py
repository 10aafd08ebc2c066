"""Working hours: whether an agent is at work at a moment, and when that changes.

Moments are in UTC, what clocks show is without a zone. Where a clock shows a time twice, as in
autumn, the first counts; one that it skips, as in spring, is the moment of the skip. So pieces keep
their order, and a break stays between its pieces.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from acd.settings import Shift, Zone

DAY = timedelta(days=1)
AHEAD = 8 * DAY
"""So far it is looked: every day of the week comes in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How it stands with the hours until that moment; then look again."""

    at_work: bool
    until: datetime


def shown(at: datetime, zone: Zone) -> datetime:
    """What clocks show at the moment."""
    return at.replace(tzinfo=None) + _offset(zone, _past(zone, at))


def moment(clock: datetime, zone: Zone) -> datetime:
    """The first moment at which clocks show that much, or more."""
    as_utc = clock.replace(tzinfo=UTC)
    past = _past(zone, as_utc - 2 * DAY)
    for change, _ in zone.changes[past:]:
        if as_utc - _offset(zone, past) < change:
            break
        past += 1
    found = as_utc - _offset(zone, past)
    return max(found, zone.changes[past - 1][0]) if past else found


def _past(zone: Zone, at: datetime) -> int:
    """How many of the changes are past at the moment."""
    return bisect_right(zone.changes, at, key=lambda change: change[0])


def _offset(zone: Zone, past: int) -> timedelta:
    return timedelta(seconds=zone.changes[past - 1][1] if past else zone.offset_s)


def midnight(day: date, zone: Zone) -> datetime:
    """The moment at which that day ends."""
    return moment(datetime.combine(day + DAY, time()), zone)


def standing(shifts: Iterable[Shift], zone: Zone, at: datetime) -> Standing:
    """How it stands with these hours at the moment."""
    at_work, until = False, at + AHEAD
    for begins, ends in sorted(_pieces(shifts, zone, at)):
        if begins > (until if at_work else at):
            # A piece to come: what is before it is known by now.
            return Standing(at_work=at_work, until=until if at_work else begins)
        if ends > at:
            until = max(ends, until) if at_work else ends
            at_work = True
    return Standing(at_work=at_work, until=until)


def _pieces(
    shifts: Iterable[Shift], zone: Zone, at: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """From when to when one is at work: yesterday's too, which may not be over."""
    today = shown(at, zone).date()
    days = [today + n * DAY for n in range(-1, AHEAD.days)]
    for shift in shifts:
        for day in days:
            if day.weekday() in shift.days:
                next_day = DAY if shift.ends <= shift.begins else timedelta()
                begins = _at(day, shift.begins, zone)
                yield begins, _at(day + next_day, shift.ends, zone)


def _at(day: date, minutes: int, zone: Zone) -> datetime:
    return moment(datetime.combine(day, time()) + timedelta(minutes=minutes), zone)
