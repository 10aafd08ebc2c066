"""The way out: by which trunk a number is called, and how it is written there."""

import re
from collections.abc import Iterable

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from acd.ids import ExtensionNumber, TrunkName
from acd.settings import NumberFormat, OutboundRoute

ANY_DIGIT, ANY_REST = "X", "*"


def route_of(number: str, routes: Iterable[OutboundRoute]) -> OutboundRoute | None:
    """Of the routes whose pattern fits, the one that spells out most digits, and of those the one
    that says most; None if none fits."""
    fitting = (route for route in routes if fits(number, route.pattern))
    return max(fitting, key=lambda route: _exactness(route.pattern), default=None)


def _exactness(pattern: str) -> tuple[int, int, str]:
    said = sum(each.isdigit() for each in pattern)
    return said, pattern.count(ANY_DIGIT) - pattern.count(ANY_REST), pattern


def fits(number: str, pattern: str) -> bool:
    """Whether the whole number is like the pattern: X is any digit, * at the end whatever comes."""
    return _compiled(pattern).fullmatch(number) is not None


def _compiled(pattern: str) -> re.Pattern[str]:
    parts = {ANY_DIGIT: "[0-9]", ANY_REST: ".*"}
    return re.compile("".join(parts.get(each, re.escape(each)) for each in pattern))


def dial_string(number: str, trunk: TrunkName) -> str:
    return f"PJSIP/{number}@{trunk}"


def trunk_of(endpoint: str) -> TrunkName | None:
    """The trunk of a dial string; None for that of a phone, whose address has a slash more."""
    _, _, rest = endpoint.partition("/")
    return None if "/" in rest or "@" not in rest else TrunkName(rest.rpartition("@")[2])


def extension_of(endpoint: str) -> ExtensionNumber | None:
    """The extension of the dial string of a phone; None for that of a trunk."""
    return None if trunk_of(endpoint) else ExtensionNumber(endpoint.split("/")[1])


def written(number: str, form: NumberFormat, country: str | None) -> str:
    """A number of ours as the carrier wants it; what is not E.164 stays as it is."""
    if form is NumberFormat.E164 or not number.startswith("+"):
        return number
    digits = number.removeprefix("+")
    if form is NumberFormat.DIGITS:
        return digits
    if form is NumberFormat.NATIONAL and country:
        return _from(number, country)
    return f"00{digits}"


def _from(number: str, country: str) -> str:
    """As it is dialled within that country."""
    try:
        parsed = phonenumbers.parse(number, None)
    except NumberParseException:
        return number
    at_home = phonenumbers.country_code_for_region(country) == parsed.country_code
    if at_home:
        text = phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL)
    else:
        text = phonenumbers.format_out_of_country_calling_number(parsed, country)
    return "".join(each for each in text if each.isdigit())
