"""What is configured of groups is what phones do: a story for each key."""

import pytest

from acd.ids import ExtensionNumber
from tests.stories.acd import Acd
from tests.stories.test_configured import endpoints, story

RECEPTION = 'call_groups: [{name: reception, number: "600", extensions: ["1001", "1002"]}]\n'
OFFICE = 'pickup_groups: [{name: office, extensions: ["1001", "1002"]}]\n'


def with_text(more: str, *changes: tuple[str, str]) -> Acd:
    return story(("queues:\n", f"{more}queues:\n"), *changes)


def picks_up(more: str, code: str = "*8") -> bool:
    """Whether Barış takes Ayşe's call by that code."""
    acd = with_text(more)
    acd.at_work("ayse", "baris")
    acd.calls("first", "701")
    assert endpoints(acd) == ["PJSIP/1001"]
    acd.calls("pick", code, extension=ExtensionNumber("1002"))
    return acd.doing("baris") == "with first"


def rung(acd: Acd) -> list[str]:
    return [phone.endpoint for phone in acd.world.asterisk.rung]


@pytest.mark.key("call_groups.number", "call_groups.extensions")
def test_a_call_to_the_number_of_a_group_rings_its_extensions() -> None:
    acd = with_text(RECEPTION)
    acd.calls("first", "600")
    assert rung(acd) == ["PJSIP/1001", "PJSIP/1002"]
    less = with_text(RECEPTION.replace('"1001", ', "").replace("600", "601"))
    less.calls("first", "601")
    assert rung(less) == ["PJSIP/1002"]


@pytest.mark.key("call_groups.ring_s", "call_groups.name")
def test_a_group_rings_for_so_long() -> None:
    route = 'routes: [{number: "900", to: "group:reception"}]\n'
    for seconds, more in (30, ""), (5, ", ring_s: 5"):
        acd = with_text(RECEPTION.replace("}", f"{more}}}") + route)
        acd.calls("first", "900")
        acd.pass_time(seconds - 1)
        assert acd.is_there("first")
        acd.pass_time(2)
        assert not acd.is_there("first")


@pytest.mark.key("pickup_groups.extensions", "pickup_code")
def test_what_rings_in_the_group_is_taken_by_the_code() -> None:
    assert picks_up(OFFICE)
    assert not picks_up("")
    other = OFFICE + 'pickup_code: "#9"\n'
    assert picks_up(other, "#9")
    assert not picks_up(other, "*8")
