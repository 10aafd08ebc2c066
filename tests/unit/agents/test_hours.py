"""Calendars: what clocks show, breaks, midnight, and the days on which clocks are set."""

from datetime import UTC, date, datetime, timedelta

import pytest

from acd.agents.hours import midnight, moment, shown, standing
from acd.config.zones import zone
from acd.settings import Shift, Zone

ISTANBUL, BERLIN = zone("Europe/Istanbul"), zone("Europe/Berlin")
WEEK, DAYS = (0, 1, 2, 3, 4), (0, 1, 2, 3, 4, 5, 6)
OFFICE = (
    Shift(days=WEEK, begins=9 * 60, ends=12 * 60),
    Shift(days=WEEK, begins=13 * 60, ends=17 * 60),
)


def at(text: str) -> datetime:
    """A moment in UTC, of 2026: 03-29 01:00."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC)


def clock(text: str) -> datetime:
    """What clocks show, in 2026."""
    return datetime.fromisoformat(f"2026-{text}")


def changes(shifts: tuple[Shift, ...], zone: Zone, begin: str, end: str) -> list[str]:
    """When work begins (+) and ends (-) between the two moments, as clocks show it."""
    now, found = at(begin), []
    before = standing(shifts, zone, now)
    while before.until < at(end):
        now, standing_then = before.until, standing(shifts, zone, before.until)
        if standing_then.at_work != before.at_work:
            found.append(f"{'+' if standing_then.at_work else '-'}{shown(now, zone):%d %H:%M}")
        before = standing_then
    return found


def shift(begins: str, ends: str, days: tuple[int, ...] = DAYS) -> Shift:
    def minutes(text: str) -> int:
        return int(text[:2]) * 60 + int(text[3:])

    return Shift(days=days, begins=minutes(begins), ends=minutes(ends))


# An ordinary week. Istanbul is three hours ahead of UTC all year.


@pytest.mark.parametrize(
    ("time", "at_work"),
    [
        ("08:59", False),
        ("09:00", True),
        ("11:59", True),
        ("12:00", False),
        ("12:30", False),
        ("13:00", True),
        ("16:59", True),
        ("17:00", False),
    ],
)
def test_one_is_at_work_in_the_pieces_and_has_a_break_between_them(
    time: str, at_work: bool
) -> None:
    now = at(f"01-05 {time}") - timedelta(hours=3)
    assert standing(OFFICE, ISTANBUL, now).at_work is at_work


def test_the_next_change_is_told() -> None:
    assert standing(OFFICE, ISTANBUL, at("01-05 07:00")).until == at("01-05 09:00")
    assert standing(OFFICE, ISTANBUL, at("01-05 09:00")).until == at("01-05 10:00")
    friday = standing(OFFICE, ISTANBUL, at("01-09 14:00"))
    assert (friday.at_work, friday.until) == (False, at("01-12 06:00"))


def test_a_week_of_changes() -> None:
    found = changes(OFFICE, ISTANBUL, "01-08 00:00", "01-12 12:00")
    day = ["09:00", "12:00", "13:00", "17:00"]
    days = [
        f"{sign}{d} {clock}"
        for d in ("08", "09", "12")
        for sign, clock in zip("+-+-", day, strict=True)
    ]
    assert found == days[:-1]


def test_pieces_that_touch_or_overlap_are_one() -> None:
    pieces = (shift("09:00", "12:00"), shift("12:00", "15:00"), shift("14:00", "16:00"))
    assert changes(pieces, ISTANBUL, "01-05 00:00", "01-06 00:00") == ["+05 09:00", "-05 16:00"]


def test_without_pieces_one_is_never_at_work() -> None:
    assert not standing((), ISTANBUL, at("01-05 07:00")).at_work


# Midnight.


def test_a_piece_goes_over_midnight_of_the_day_on_which_it_begins() -> None:
    nights = (shift("22:00", "06:00", days=(4,)),)
    found = changes(nights, ISTANBUL, "01-05 00:00", "01-16 00:00")
    assert found == ["+09 22:00", "-10 06:00"]
    assert standing(nights, ISTANBUL, at("01-09 23:30")).at_work


def test_a_piece_may_end_at_midnight_or_begin_there() -> None:
    late, early = shift("20:00", "24:00", days=(0,)), shift("00:00", "04:00", days=(1,))
    assert changes((late,), ISTANBUL, "01-05 00:00", "01-11 00:00") == ["+05 20:00", "-06 00:00"]
    both = changes((late, early), ISTANBUL, "01-05 00:00", "01-11 00:00")
    assert both == ["+05 20:00", "-06 04:00"]
    assert changes(
        (shift("20:00", "00:00", days=(0,)),), ISTANBUL, "01-05 00:00", "01-11 00:00"
    ) == (["+05 20:00", "-06 00:00"])


def test_a_day_ends_at_the_midnight_of_its_zone() -> None:
    assert midnight(date(2026, 1, 5), ISTANBUL) == at("01-05 21:00")
    assert midnight(date(2026, 7, 5), BERLIN) == at("07-05 22:00")
    assert midnight(date(2026, 1, 5), Zone()) == at("01-06 00:00")


def test_round_the_clock_there_is_no_change() -> None:
    assert changes((shift("00:00", "24:00"),), BERLIN, "01-01 00:00", "12-31 00:00") == []


# Clocks are set: Berlin skips 02:00 to 03:00 on March 29, and shows it twice on October 25.


def test_hours_keep_to_the_clock_on_the_wall_across_the_change() -> None:
    morning = (shift("09:00", "10:00"),)
    spring = standing(morning, BERLIN, at("03-28 12:00")).until
    autumn = standing(morning, BERLIN, at("10-24 12:00")).until
    assert (spring, autumn) == (at("03-29 07:00"), at("10-25 08:00"))


def test_a_night_is_an_hour_shorter_in_spring_and_longer_in_autumn() -> None:
    night = (shift("22:00", "06:00"),)
    spring, autumn = at("03-28 21:00"), at("10-24 20:00")
    assert standing(night, BERLIN, spring).until - spring == timedelta(hours=7)
    assert standing(night, BERLIN, autumn).until - autumn == timedelta(hours=9)


def test_a_time_that_clocks_skip_is_the_moment_of_the_skip() -> None:
    assert moment(clock("03-29 02:30"), BERLIN) == at("03-29 01:00")
    begins, ends = (shift("02:30", "05:00"),), (shift("00:00", "02:30"),)
    assert changes(begins, BERLIN, "03-28 22:00", "03-29 12:00") == ["+29 03:00", "-29 05:00"]
    assert changes(ends, BERLIN, "03-28 22:00", "03-29 12:00") == ["+29 00:00", "-29 03:00"]


def test_a_piece_that_clocks_skip_altogether_is_not_there() -> None:
    assert changes((shift("02:10", "02:50"),), BERLIN, "03-28 22:00", "03-30 12:00") == (
        ["+30 02:10", "-30 02:50"]
    )


def test_of_a_time_that_clocks_show_twice_the_first_counts() -> None:
    assert moment(clock("10-25 02:30"), BERLIN) == at("10-25 00:30")
    assert moment(clock("10-25 03:00"), BERLIN) == at("10-25 02:00")
    pieces = (shift("00:00", "02:10"), shift("02:40", "05:00"))
    found = changes(pieces, BERLIN, "10-24 22:00", "10-25 12:00")
    assert found == ["-25 02:10", "+25 02:40", "-25 05:00"], "the break is there once"


def test_before_and_after_all_known_changes_clocks_go_on_as_they_did() -> None:
    winter = Zone(offset_s=3600, changes=((at("03-29 01:00"), 7200),))
    assert shown(at("01-05 12:00"), winter) == clock("01-05 13:00")
    assert shown(at("12-05 12:00"), winter) == clock("12-05 14:00")
    assert moment(clock("12-05 14:00"), winter) == at("12-05 12:00")


def test_the_zones_of_the_machine_are_read_as_they_are() -> None:
    assert (ISTANBUL.offset_s, ISTANBUL.changes) == (10_800, ())
    assert BERLIN.changes[2] == (at("03-29 01:00"), 7200)
