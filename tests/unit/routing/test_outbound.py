"""By which trunk a number is called, and how it is written there."""

import pytest

from acd.ids import TrunkName
from acd.routing.outbound import dial_string, extension_of, fits, route_of, trunk_of, written
from acd.settings import NumberFormat, OutboundRoute


def route(pattern: str) -> OutboundRoute:
    return OutboundRoute(pattern=pattern, trunk=TrunkName("carrier"), caller_id="+90212")


@pytest.mark.parametrize(
    ("pattern", "number", "fitting"),
    [
        ("*", "+905551112233", True),
        ("+90*", "+905551112233", True),
        ("+90*", "+90", True),
        ("+90*", "+49301234", False),
        ("+90*", "905551112233", False),
        ("+90555XXXXXXX", "+905551112233", True),
        ("+90555XXXXXXX", "+90555111223", False),
        ("+90555XXXXXXX", "+90555111223*", False),
        ("112", "112", True),
        ("112", "1122", False),
    ],
)
def test_a_pattern_fits_the_whole_number(pattern: str, number: str, fitting: bool) -> None:
    assert fits(number, pattern) is fitting


@pytest.mark.parametrize(
    ("number", "best"),
    [
        ("+905551112233", "+90555*"),
        ("+902121112233", "+90*"),
        ("+49301234567", "*"),
        ("+1234", "+1X34"),
    ],
)
def test_the_pattern_that_says_most_counts_wherever_it_stands(number: str, best: str) -> None:
    routes = [route(pattern) for pattern in ("*", "+90*", "+90555*", "+1X34", "+1XX4")]
    for order in (routes, routes[::-1]):
        found = route_of(number, order)
        assert found
        assert found.pattern == best


def test_no_route_leads_where_no_pattern_fits() -> None:
    assert route_of("+49301234567", [route("+90*")]) is None


def test_the_trunk_is_read_from_the_dial_string_and_never_from_a_phones_address() -> None:
    assert trunk_of(dial_string("+90555", TrunkName("carrier"))) == "carrier"
    assert trunk_of("PJSIP/1001/sip:1001@carrier") is None
    assert trunk_of("PJSIP/1001") is None


def test_a_dial_string_names_its_extension_or_its_trunk() -> None:
    assert extension_of("PJSIP/1001/sip:1001@carrier;ob") == "1001"
    assert extension_of("PJSIP/1001") == "1001"
    assert extension_of(dial_string("+90555", TrunkName("carrier"))) is None


@pytest.mark.parametrize(
    ("number", "country", "forms"),
    [
        ("+905551112233", "TR", ("905551112233", "00905551112233", "05551112233")),
        ("+4930901820", "TR", ("4930901820", "004930901820", "004930901820")),
        ("+4930901820", "US", ("4930901820", "004930901820", "0114930901820")),
        ("+905551112233", None, ("905551112233", "00905551112233", "00905551112233")),
        ("+9", "TR", ("9", "009", "+9")),
        ("112", "TR", ("112", "112", "112")),
    ],
)
def test_a_number_is_written_as_the_carrier_wants_it(
    number: str, country: str | None, forms: tuple[str, str, str]
) -> None:
    wanted = (number, *forms)
    assert tuple(written(number, form, country) for form in NumberFormat) == wanted
