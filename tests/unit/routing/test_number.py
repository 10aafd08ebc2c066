"""One number, many ways to write it; and what is no number stays as it came."""

import pytest

from acd.routing.number import normalised

OURS = "+902120000700"


@pytest.mark.parametrize(
    "written",
    [
        OURS,
        "02120000700",
        "2120000700",
        "902120000700",
        "00902120000700",
        "+90 212 000 07 00",
        "0 (212) 000-07-00",
        "+90.212.000.07.00",
    ],
)
def test_a_number_is_one_however_it_is_written(written: str) -> None:
    assert normalised(written, "TR") == OURS


@pytest.mark.parametrize(
    ("written", "country", "meant"),
    [
        ("030 901820", "DE", "+4930901820"),
        ("0309018200", "DE", "+49309018200"),
        ("(202) 555-0143", "US", "+12025550143"),
        ("00442079460000", "TR", "+442079460000"),
        ("011442079460000", "US", "+442079460000"),
        ("442079460000", "TR", "+442079460000"),
    ],
)
def test_a_number_is_read_in_the_sense_of_the_country(
    written: str, country: str, meant: str
) -> None:
    assert normalised(written, country) == meant


@pytest.mark.parametrize(
    "written",
    [
        "",
        "s",
        "7",
        "700",
        "1001",
        "112",
        "*21#",
        "anonymous",
        "Anonymous",
        "0800REIMANN",
        "sip:ayse@example.com",
        "ayse@192.0.2.7:5060;user=phone",
        "+",
        "++902120000700",
        "+999999999999",
        "123456789012345",
        "9" * 300,
        "٠٢١٢٠٠٠٠٧٠٠",
        "0212\n0000700",
        "0\x00212",
        "<script>",
        "02120000700,1",
    ],
)
def test_what_is_no_number_of_the_country_stays_as_it_came(written: str) -> None:
    assert normalised(written, "TR") == written


def test_without_a_country_only_a_number_that_says_its_own_is_understood() -> None:
    assert normalised("+90 212 000 07 00", None) == OURS
    assert normalised("02120000700", None) == "02120000700"
    assert normalised("2120000700", None) == "2120000700"


def test_a_second_time_changes_nothing() -> None:
    for written in ("02120000700", "902120000700", "700", "00442079460000"):
        once = normalised(written, "TR")
        assert normalised(once, "TR") == once


def test_a_carriers_number_without_plus_is_not_taken_for_one_of_the_country() -> None:
    # Twelve digits are possible in Turkey too, but no such number is in use there.
    assert normalised("442079460000", "TR") == "+442079460000"
    assert normalised("2125550143", "TR") == "+902125550143"
