"""Groups of extensions, as configured, and what cannot be."""

import pytest

from acd.config.dependants import dependants
from acd.ids import CallGroupName, PickupGroupName
from acd.settings import CallGroup
from tests.unit.config.texts import SMALL, compiled, told

PHONES = SMALL.replace(
    'extensions: [{number: "1001", password: "${PHONE}"}',
    'extensions: [{number: "1001", password: "${PHONE}"}, {number: "1002", password: "${PHONE}"}',
)
RECEPTION = 'call_groups: [{name: reception, number: "600", extensions: ["1001", "1002"]}]\n'
OFFICE = 'pickup_groups: [{name: office, extensions: ["1001", "1002"]}]\n'
ROUTE = 'routes: [{number: "900", to: "group:reception"}]\n'


@pytest.mark.key("call_groups.name", "call_groups.extensions", "pickup_groups.name")
def test_groups_are_as_configured() -> None:
    settings = compiled(PHONES + RECEPTION + OFFICE + ROUTE).settings
    name = CallGroupName("reception")
    group = CallGroup(name=name, extensions=("1001", "1002"), ring_s=30)  # type: ignore[arg-type]
    assert settings.call_groups == {name: group}
    assert settings.pickup_groups == {PickupGroupName("office"): ("1001", "1002")}
    assert settings.route("600") == settings.route("900")
    assert str(settings.route("600").to) == "group:reception"  # type: ignore[union-attr]


def test_a_group_needs_its_extensions_and_is_needed_by_who_sends_there() -> None:
    file = compiled(PHONES + RECEPTION + OFFICE + ROUTE).file
    needed_by = ["call group reception (extensions)", "pickup group office (extensions)"]
    assert list(map(str, dependants(file, "extensions", "1002"))) == needed_by
    assert list(map(str, dependants(file, "call_groups", "reception"))) == ["route 900 (to)"]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (
            RECEPTION.replace('"1002"', '"1003"'),
            "call_groups[0].extensions[1]: there is no extension 1003",
        ),
        (
            OFFICE.replace('"1002"', '"1003"'),
            "pickup_groups[0].extensions[1]: there is no extension 1003",
        ),
        (
            RECEPTION.replace('"1002"', '"1001"'),
            "call_groups[0].extensions[1]: 1001 is there twice",
        ),
        (
            RECEPTION.replace('"1001", "1002"', ""),
            "call_groups[0].extensions: expected a list with something in it, got an empty list",
        ),
        (
            OFFICE.replace(', "1002"', ""),
            "pickup_groups[0].extensions: expected a list of 2 or more, got a list",
        ),
        (
            RECEPTION.replace("600", "700"),
            "call_groups[0].number: there is another number 700 at acd.yaml:6:50",
        ),
        (
            RECEPTION + ROUTE.replace("reception", "recepton"),
            "routes[0].to: there is no call group recepton; did you mean reception?",
        ),
        (
            "pickup_code: 8\n",
            "pickup_code: expected text in quotes, got 8",
        ),
        (
            'pickup_code: "8"\n',
            "pickup_code: expected * or #, and digits, as in *8, got '8'",
        ),
        (
            OFFICE + RECEPTION.replace("600", "*8"),
            "pickup_code: there is another number *8 at acd.yaml:8:41",
        ),
    ],
)
def test_what_cannot_be_is_refused(more: str, says: str) -> None:
    [line] = told(PHONES + more)
    assert line.partition(": ")[2] == says


def test_without_a_pickup_group_the_code_is_a_number_like_any_other() -> None:
    compiled(PHONES + RECEPTION.replace("600", "*8"))


def test_the_extensions_of_a_group_are_on_one_node() -> None:
    other = '{name: b, ari_url: "http://b/ari", ari_user: acd, ari_password: x, media_address: b}'
    text = PHONES.replace("media_address: a}", f"media_address: a}}\n  - {other}").replace(
        '{number: "1002",', '{number: "1002", node: b,'
    )
    says = "extensions[1]: 1002 is on node b, the first one on asterisk: all are on one"
    for groups in (RECEPTION, OFFICE):
        assert [line.partition("[0].")[2] for line in told(text + groups)] == [says]
