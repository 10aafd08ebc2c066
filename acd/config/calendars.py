"""The part of the file about time: zones and working hours."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, create_model
from pydantic_core import PydanticCustomError

from acd.config.strict import CLOCK, CLOCK_END, DAYS, Strict
from acd.config.zones import NoZone, zone
from acd.settings import Shift

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _known(name: str) -> str:
    try:
        zone(name)
    except NoZone:
        message = "there is no time zone {name} on this machine: expected one like Europe/Istanbul"
        raise PydanticCustomError("time_zone", message, {"name": repr(name)}) from None
    return name


TimeZone = Annotated[str, AfterValidator(_known)]
_KEYS: dict[str, Any] = {
    "days": (
        Annotated[
            str,
            Field(
                pattern=DAYS,
                description="The days of the week on which it begins: `mon` to `sun`, single ones "
                "or from one to another, separated by commas.",
                examples=["mon-fri"],
            ),
        ],
        "mon-sun",
    ),
    "from": (
        Annotated[
            str,
            Field(pattern=CLOCK, description="When it begins, as clocks show.", examples=["09:00"]),
        ],
        ...,
    ),
    "to": (
        Annotated[
            str,
            Field(
                pattern=CLOCK_END,
                description="When it ends; no later than `from` is on the next day.",
                examples=["12:00"],
            ),
        ],
        ...,
    ),
}
WorkingHours = create_model(
    "WorkingHours",
    __base__=Strict,
    __doc__="A piece of the working hours of an agent, in the time zone of the project worked for. "
    "Between the pieces, and where clocks skip a time, calls are offered to others; of a time that "
    "clocks show twice the first counts.",
    **_KEYS,
)
"""One of its keys is a word of Python's, and so no class can be written down for it."""


def shift(piece: Any) -> Shift:
    """One of WorkingHours, as the core needs it."""
    begins, ends = _minutes(getattr(piece, "from")), _minutes(piece.to)
    return Shift(days=_weekdays(piece.days), begins=begins, ends=ends)


def _weekdays(days: str) -> tuple[int, ...]:
    found: set[int] = set()
    for part in days.split(","):
        first, _, last = part.partition("-")
        begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        # From friday to monday is four days.
        found |= {(begin + n) % 7 for n in range((end - begin) % 7 + 1)}
    return tuple(sorted(found))


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)
