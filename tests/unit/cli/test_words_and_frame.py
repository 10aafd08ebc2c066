"""What `acd top` and `acd agent` show of a picture."""

from dataclasses import replace
from datetime import timedelta
from io import StringIO
from typing import Any, cast

import pytest
from rich.console import Console

from acd.agents.assignment import Phase
from acd.agents.device import Device, DeviceKind, Phone
from acd.calls.leg import LegState, Role
from acd.cli.frame import agents, frame, phones
from acd.cli.mirror import Mirror
from acd.cli.words import clock, doing, phone_does, sentence, since
from acd.distributor.state import Node, State
from acd.http.live import agent
from acd.http.pictures import AgentPicture, CallPicture
from acd.ids import AgentId, ChannelId, ExtensionNumber, QueueGroupName, StatusName
from acd.settings import AgentSettings, Category, Settings
from tests.unit.http import rows
from tests.unit.http.drawing import picture
from tests.unit.http.rows import AYSE, BARIS, NOW, state

PHONELESS = (Device(kind=DeviceKind.EXTENSION),)
ON_THE_PHONE = (Device(kind=DeviceKind.EXTENSION, legs=(ChannelId("x"),)),)


def shown(row: Any) -> AgentPicture:
    return agent(state(rows.interaction(), rows.leg(), row), AYSE)


@pytest.mark.parametrize(
    ("row", "word", "time"),
    [
        (rows.agent(), "ready", "0:30"),
        (rows.logged_out(), "logged out", ""),
        (rows.agent(devices=PHONELESS), "no phone", "1:00"),
        (rows.agent(devices=ON_THE_PHONE), "on the phone", "1:00"),
        (rows.agent(status=StatusName("Lunch"), category=Category.BREAK), "Lunch", "1:00"),
        (rows.talking(phase=Phase.RESERVED), "ringing", ""),
        (rows.talking(), "talking", "0:07"),
        (rows.talking(phase=Phase.HELD), "caller on hold", "0:07"),
        (rows.talking(phase=Phase.DIALLING), "dialling", "0:07"),
        (
            rows.talking(phase=Phase.ACW, acw_until=NOW + timedelta(seconds=9)),
            "after-call work",
            "0:09 left",
        ),
        (
            rows.talking(phase=Phase.ACW, acw_until=NOW - timedelta(seconds=1)),
            "after-call work",
            "0:00 left",
        ),
    ],
)
def test_what_an_agent_does_and_for_how_long(row: Any, word: str, time: str) -> None:
    assert (doing(shown(row)), since(shown(row), NOW)) == (word, time)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (61.9, "1:01"), (3599, "59:59"), (3661, "1:01:01")]
)
def test_times_are_read_as_on_a_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (rows.logged_out(), "ayse is logged out"),
        (rows.agent(), "ayse is logged in to support: ready"),
        (
            rows.agent(devices=PHONELESS),
            "ayse is logged in to support, but no phone is registered as 1001",
        ),
        (
            rows.talking(pending=StatusName("Lunch")),
            "ayse is logged in to support: talking, then Lunch",
        ),
        (rows.talking(leaving=True), "ayse is logged in to support: talking, then logged out"),
    ],
)
def test_an_agent_in_a_sentence(row: Any, told: str) -> None:
    assert sentence(shown(row)) == told


# Frames.


def mirror(tables: State) -> Mirror:
    made = Mirror()
    made.apply(picture(tables))
    return made


def lines(shown: Any, width: int = 80, height: int = 24) -> list[str]:
    console = Console(width=width, height=height, record=True, color_system=None, file=StringIO())
    console.print(shown)
    return [line.rstrip() for line in console.export_text().splitlines()]


def test_a_frame_shows_queues_agents_and_who_waits() -> None:
    ringing = rows.attempt(2)
    offer = rows.offer(2, BARIS, ringing.channel)
    tables = state(
        rows.interaction(1),
        rows.leg(),
        rows.talking(),
        rows.agent(BARIS),
        rows.interaction(2),
        rows.entry(2, waits=42, offers=(offer.id,)),
        offer,
        ringing,
    )
    assert lines(frame(mirror(tables), NOW, 24)) == [
        "acd  12:00:00 UTC  run 3  asterisk up  2 calls",
        "",
        "QUEUE  NUMBER  WAITING  LONGEST  READY  TALKING  LOGGED IN",
        "sales  700           1     0:42      1        1     2 of 2",
        "",
        "AGENT  PHONE  PROJECT  DOING     FOR  WITH    QUEUE",
        "ayse   1001   support  talking  0:07  +49301  sales",
        "baris  1002   support  ready    0:30",
        "",
        "WAITING  #  CALL  CALLER   FOR  OFFERED TO",
        "sales    1  1-2   +49302  0:42  baris (rings)",
    ]


def test_an_entry_that_connects_and_one_without_a_number() -> None:
    tables = state(
        rows.interaction(1, caller=""),
        rows.interaction(2),
        rows.entry(1, waits=3),
        rows.entry(2, waits=2, winner=rows.offer(2).id),
    )
    waiting = lines(frame(mirror(tables), NOW, 24))[-2:]
    assert waiting == [
        "sales    1  1-1   unknown  0:03",
        "sales    2  1-2   +49302   0:02  connecting",
    ]


def test_a_node_that_is_down_cannot_be_overlooked() -> None:
    tables = state(Node(id=rows.NODE, up=False))
    assert "asterisk DOWN" in lines(frame(mirror(tables), NOW, 24))[0]


def crowd() -> State:
    """A hundred agents, of whom the last two are talking and ready, and thirty who wait."""
    names = [AgentId(f"agent{number:02}") for number in range(100)]
    settings = rows.settings()
    agents = {
        name: AgentSettings(
            agent=name, name=name, node=rows.NODE, extension=ExtensionNumber(f"2{name[-2:]}")
        )
        for name in names
    }
    people = [rows.logged_out(name) for name in names[:-2]]
    busy = [rows.talking(0, id=names[-2]), rows.agent(names[-1])]
    waiting = [rows.entry(number, waits=number) for number in range(1, 31)]
    calls = [rows.interaction(number) for number in range(31)]
    many = Settings(agents=agents, queues=settings.queues)
    return state(*people, *busy, *calls, *waiting, of=many)


@pytest.mark.parametrize("height", [15, 24, 50])
def test_a_crowd_fits_into_the_height_and_the_rest_is_counted(height: int) -> None:
    found = lines(frame(mirror(crowd()), NOW, height))
    assert len(found) <= height
    assert any(line.startswith("agent98 ") for line in found)
    assert any(line.startswith("agent99 ") for line in found)
    shown_agents = sum(line.startswith("agent") for line in found)
    shown_waiting = sum(line.startswith("sales ") for line in found) - 1
    assert found[-1] == f"not shown: {100 - shown_agents} agents, {30 - shown_waiting} waiting"
    assert shown_waiting > 0
    assert "0:30" in found[-1 - shown_waiting]


def test_no_line_is_broken_on_a_narrow_terminal() -> None:
    found = lines(frame(mirror(crowd()), NOW, 24), width=40)
    assert len(found) <= 24


def test_all_agents_are_listed_in_the_order_they_came_in() -> None:
    tables = state(rows.logged_out(), rows.agent(BARIS))
    found = lines(agents(mirror(tables).agents, NOW))
    assert [line.split()[0] for line in found] == ["AGENT", "ayse", "baris"]


def test_extensions_are_shown_with_phones_and_calls_whoever_has_them() -> None:
    phone = Phone(
        node=rows.NODE,
        extension=ExtensionNumber("1009"),
        contacts=("PJSIP/1009/sip:a", "PJSIP/1009/sip:b"),
    )
    tables = state(
        phone,
        rows.interaction(1),
        replace(rows.interaction(2), number="701"),
        rows.leg(1, extension=ExtensionNumber("1001")),
        rows.leg(2, extension=ExtensionNumber("1009"), role=Role.CALLER, agent=None),
        rows.leg(3, extension=ExtensionNumber("1009"), state=LegState.RINGING, up_at=None),
    )
    assert lines(phones(mirror(tables), NOW, 24)) == [
        "acd  12:00:00 UTC  run 3  asterisk up  2 calls",
        "",
        "EXTENSION  AGENT  PHONES  DOING       FOR  WITH",
        "1001       ayse        0  in a call  0:07  +49301",
        "1002       baris       0  no phone",
        "1009       -           2  in a call  0:07  701",
        "                          ringing    0:10",
    ]
    assert lines(phones(mirror(tables), NOW, 6))[3:] == [
        "1001       ayse        0  in a call  0:07  +49301",
        "1009       -           2  in a call  0:07  701",
        "                          ringing    0:10",
        "not shown: 1 extensions",
    ]


@pytest.mark.parametrize(
    ("state", "role", "word"),
    [
        ("asked", "agent", "ringing"),
        ("ringing", "target", "ringing"),
        ("ringing", "caller", "calling"),
        ("up", "caller", "in a call"),
        ("ending", "agent", "hanging up"),
    ],
)
def test_what_a_phone_does(state: str, role: str, word: str) -> None:
    call = {"interaction": "1-1", "role": role, "state": state, "since": "", "caller": ""}
    assert phone_does(cast(CallPicture, call)) == word


def test_groups_come_before_queues_and_take_no_more_than_a_quarter() -> None:
    tables = state(rows.talking(), rows.agent(BARIS))
    names = [QueueGroupName(f"group{number}") for number in range(9)]
    groups = dict.fromkeys(names, (rows.SALES,))
    tables.put(replace(tables.settings.general, queue_groups=groups))
    shown = lines(frame(mirror(tables), NOW, 24))
    assert shown[2:4] == [
        "GROUP   QUEUES  WAITING  LONGEST  READY  TALKING  LOGGED IN",
        "group0       1        0        -      1        0     2 of 2",
    ]
    assert sum(line.startswith("group") for line in shown) == 4
    assert len(shown) <= 24
    assert any(line.startswith("sales") for line in shown)


def test_who_waits_longer_than_the_service_level_is_late() -> None:
    tables = state(rows.interaction(1), rows.entry(1, waits=15))
    queue = tables.settings.queues[rows.SALES]
    styles = []
    for seconds in (20, 10):
        tables.put(replace(queue, service_level_s=seconds))
        console = Console(width=80, force_terminal=True, record=True, file=StringIO())
        console.print(frame(mirror(tables), NOW, 24))
        styles.append("\x1b[1;31m" in console.export_text(styles=True))
    assert styles == [False, True]
