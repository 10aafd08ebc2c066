"""A number in one form, E.164, however a carrier, a caller or an admin has written it."""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, ValidationResult

LIKE_A_NUMBER = re.compile(r"\+?\(?[0-9][0-9 ()./-]{2,30}")
"""Letters, codes with * and #, and what is longer than any number stay as they came."""


_NUMBER = re.compile(r"\+?[0-9]{3}")


def is_number(text: str) -> bool:
    """Whether it begins as one: what is withheld, or is a name, belongs to nobody."""
    return _NUMBER.match(text) is not None


# A call asks for its numbers three times, and to read one is a sixth of what it asks of the core.
@lru_cache(maxsize=10_000)
def normalised(number: str, country: str | None) -> str:
    """The number as +902120000700, in the sense of the country (ISO 3166, two letters).

    Without a country only what says its own is understood. What is no number at all, or too
    short or too long to be one of that country, stays as it came: an internal number, anonymous.
    """
    if not LIKE_A_NUMBER.fullmatch(number):
        return number
    found = _possible(number, country)
    if country and number[0] not in "+0" and not _is_valid(found):
        # Some carriers leave out the plus.
        abroad = _possible(f"+{number}", None)
        found = abroad if _is_valid(abroad) else found
    if found is None:
        return number
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)


def _possible(number: str, country: str | None) -> PhoneNumber | None:
    """Read by its length alone: lists of the ranges in use are never quite new."""
    try:
        found = phonenumbers.parse(number, country)
    except NumberParseException:
        return None
    reason = phonenumbers.is_possible_number_with_reason(found)
    return found if reason == ValidationResult.IS_POSSIBLE else None


def _is_valid(number: PhoneNumber | None) -> bool:
    return number is not None and phonenumbers.is_valid_number(number)
