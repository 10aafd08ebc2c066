"""Time zones and working hours, as they are written and as they are wrong."""

import pytest

from acd.config import BadConfiguration, Source, compile
from acd.config.zones import NoZone, zone
from acd.settings import Shift

TEXT = """\
nodes: [{name: a, ari_url: "http://x/ari", ari_user: acd, ari_password: x, media_address: x}]
projects: [{name: support, time_zone: ZONE}]
agents:
  - {username: ayse, name: A, extension: "1001", projects: [support], working_hours: [HOURS]}
extensions: [{number: "1001", password: x, node: a}]
"""


def text(hours: str, zone: str = "Europe/Berlin") -> str:
    return TEXT.replace("ZONE", zone).replace("HOURS", hours)


def shifts(hours: str) -> tuple[Shift, ...]:
    settings = compile([Source(name="acd.yaml", text=text(hours))], {}).settings
    [agent] = settings.agents.values()
    return agent.working_hours


def mistake(hours: str, zone: str = "UTC") -> str:
    with pytest.raises(BadConfiguration) as bad:
        compile([Source(name="acd.yaml", text=text(hours, zone))], {})
    return str(bad.value)


def test_two_pieces_with_a_break() -> None:
    found = shifts('{days: mon-fri, from: "09:00", to: 12:00}, {from: "13:00", to: "24:00"}')
    assert found == (
        Shift(days=(0, 1, 2, 3, 4), begins=540, ends=720),
        Shift(days=(0, 1, 2, 3, 4, 5, 6), begins=780, ends=1440),
    )


@pytest.mark.parametrize(
    ("days", "numbers"),
    [("sun", (6,)), ("fri-mon", (0, 4, 5, 6)), ("mon,wed,fri-sat", (0, 2, 4, 5))],
)
def test_days_are_single_ones_or_from_one_to_another(days: str, numbers: tuple[int, ...]) -> None:
    [found] = shifts(f'{{days: "{days}", from: "09:00", to: "10:00"}}')
    assert found.days == numbers


@pytest.mark.parametrize(
    ("hours", "says"),
    [
        ('{days: monday, from: "09:00", to: "10:00"}', "days like mon-fri or sat,sun"),
        ('{from: "9", to: "10:00"}', "a time like 09:00"),
        ('{from: "24:00", to: "10:00"}', "a time like 09:00"),
        ('{from: "09:00", to: "24:01"}', "a time like 17:30, or 24:00"),
        ('{to: "10:00"}', "from: is missing"),
        ('{from: "09:00", to: "10:00", till: x}', "till: there is no such key"),
        ('{from: "09:00", to: "09:00"}', "a whole day is from 00:00 to 24:00"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(hours: str, says: str) -> None:
    said = mistake(hours)
    assert said.startswith("acd.yaml:4:"), said
    assert "agents[0].working_hours[0]" in said
    assert says in said


def test_a_zone_that_there_is_not_is_a_mistake() -> None:
    said = mistake("", zone="Europe/Istambul")
    assert "projects[0].time_zone: there is no time zone 'Europe/Istambul' on this machine" in said


def test_zones_are_found_by_their_names_only() -> None:
    for wrong in ("", "../zoneinfo/UTC", "/etc/localtime", "x" * 300, "Europe"):
        with pytest.raises(NoZone):
            zone(wrong)


def test_only_the_zones_of_the_projects_are_handed_over() -> None:
    settings = compile([Source(name="acd.yaml", text=text(""))], {}).settings
    assert settings.zones == {"Europe/Berlin": zone("Europe/Berlin")}
    assert compile([Source(name="acd.yaml", text=text("", "UTC"))], {}).settings.zones == {}
