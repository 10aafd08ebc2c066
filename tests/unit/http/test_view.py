"""The live view: the change of each kind of row draws whom it concerns anew, and nobody else."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from acd.agents.assignment import Assignment
from acd.agents.device import Phone
from acd.distributor.state import Node, State
from acd.http import live
from acd.http.frames import EVERYTHING
from acd.http.view import Kind, LiveView
from acd.ids import (
    ExtensionNumber,
    InteractionId,
    ProjectName,
    QueueGroupName,
    QueueName,
    TrunkName,
)
from acd.settings import CallMode, General, QueueSettings, TrunkSettings
from tests.property.shown import shown
from tests.unit.http import rows
from tests.unit.http.rows import AYSE, BARIS, SALES

CARRIER, NODE = TrunkName("carrier"), {"asterisk"}
OFFER = rows.offer(1, AYSE, rows.attempt(1, rang=False).channel)
RESERVED = Assignment(interaction=InteractionId("1-1"), offer=OFFER.id)


def scene() -> State:
    """Ayse is being rung for the one who waits, Baris talks."""
    talking = rows.talking(2, id=BARIS)
    return rows.state(
        rows.agent(assignments=(RESERVED,)),
        talking,
        rows.interaction(1),
        rows.interaction(2),
        rows.leg(agent=BARIS),
        rows.entry(offers=(OFFER.id,)),
        OFFER,
        rows.attempt(1, rang=False),
    )


class Seen:
    def __init__(self, state: State) -> None:
        state.commit()
        self.state = state
        self.view = LiveView(lambda: state)
        self.look()

    def look(self) -> dict[str, set[str]]:
        """Draw; what has come out different, by list."""
        changes = self.state.commit()
        self.view.changed(changes)
        while self.view.stale:
            self.view.draw(100)
        found: dict[str, set[str]] = {}
        for kind, name in self.view.take():
            found.setdefault(kind, set()).add(name)
        tables = {
            kind: {name: json.loads(one.text) for name, one in table.items()}
            for kind, table in self.view.shown.items()
        }
        assert tables == shown(self.state, EVERYTHING)
        return found


ENTRY = rows.entry(offers=(OFFER.id,))
GENERAL = rows.settings().general
PHONE = ExtensionNumber("1009")
NOBODYS = {"extensions": {"1009"}}
SALES_ROW = rows.settings().queues[SALES]
AYSE_ROW = rows.settings().agents[AYSE]
PUTS: list[tuple[Any, dict[str, set[str]]]] = [
    (rows.agent(AYSE, assignments=(RESERVED,), misses=2), {"agents": {"ayse"}}),
    (rows.agent(AYSE), {"agents": {"ayse"}, "queues": {"sales"}}),
    (rows.agent(AYSE, assignments=(RESERVED,), chosen=(SALES,)), {"agents": {"ayse"}}),
    (replace(ENTRY, priority=3), {"entries": {"1-1-1.1"}}),
    (rows.entry(2), {"entries": {"1-2-1.1"}, "queues": {"sales"}}),
    (replace(OFFER, offered_at=rows.ago(1)), {"entries": {"1-1-1.1"}, "agents": {"ayse"}}),
    (rows.attempt(1), {"entries": {"1-1-1.1"}}),
    (rows.leg(agent=BARIS, up_at=rows.ago(3)), {"agents": {"baris"}}),
    (rows.interaction(1, caller="+1"), {"entries": {"1-1-1.1"}, "agents": {"ayse"}}),
    (rows.interaction(2, queue=None), {"agents": {"baris"}, "queues": {"sales"}}),
    (rows.interaction(3), {"nodes": {"asterisk"}}),
    (Node(id=rows.NODE, up=False, started="then"), {"nodes": {"asterisk"}}),
    (replace(SALES_ROW, number="9"), {"queues": {"sales"}}),
    (replace(SALES_ROW, agents=(BARIS,)), {"queues": {"sales"}}),
    (
        replace(SALES_ROW, project=ProjectName("training")),
        {"queues": {"sales"}, "entries": {"1-1-1.1"}},
    ),
    (replace(AYSE_ROW, name="A."), {"agents": {"ayse"}}),
    (replace(GENERAL, version=9), {}),
    (
        replace(GENERAL, trunks={CARRIER: TrunkSettings(trunk=CARRIER, node=rows.NODE)}),
        {"nodes": NODE},
    ),
    (replace(GENERAL, extensions={}), {"extensions": {"1001", "1002", "1009"}}),
    (Phone(node=rows.NODE, extension=PHONE), {}),
    (Phone(node=rows.NODE, extension=PHONE, contacts=("PJSIP/1009/a",)), NOBODYS),
    (rows.leg(9, extension=PHONE), NOBODYS),
    (rows.leg(9, extension=ExtensionNumber("2000")), {}),
    (
        replace(AYSE_ROW, extension=PHONE),
        {"agents": {"ayse"}, "extensions": {"1001", "1009"}},
    ),
    (rows.leg(9), {}),
]


@pytest.mark.parametrize(("row", "drawn"), PUTS)
def test_a_row_that_changes_draws_whom_it_concerns_anew(
    row: Any, drawn: dict[str, set[str]]
) -> None:
    seen = Seen(scene())
    seen.state.put(row)
    assert seen.look() == drawn


ENDS: list[tuple[Callable[[State], list[Any]], dict[str, set[str]]]] = [
    (lambda state: [state.entries[ENTRY.id]], {"entries": {"1-1-1.1"}, "queues": {"sales"}}),
    (lambda state: [OFFER], {"entries": {"1-1-1.1"}, "agents": {"ayse"}}),
    (
        lambda state: [rows.interaction(2)],
        {"agents": {"baris"}, "queues": {"sales"}, "nodes": {"asterisk"}},
    ),
    (lambda state: [rows.leg(agent=BARIS)], {"agents": {"baris"}}),
    (lambda state: [state.agents[BARIS]], {"agents": {"baris"}, "queues": {"sales"}}),
    (lambda state: [AYSE_ROW], {"agents": {"ayse"}, "extensions": {"1001"}}),
]


@pytest.mark.parametrize(("rows_of", "drawn"), ENDS)
def test_a_row_that_ends_draws_whom_it_concerns_anew(
    rows_of: Callable[[State], list[Any]], drawn: dict[str, set[str]]
) -> None:
    seen = Seen(scene())
    for row in rows_of(seen.state):
        seen.state.end(row)
    assert seen.look() == drawn


def test_a_call_that_an_agent_has_left_is_no_longer_looked_at() -> None:
    seen = Seen(scene())
    seen.state.put(rows.agent(BARIS))
    seen.look()
    seen.state.put(rows.interaction(2, caller="+1"))
    seen.state.put(rows.leg(agent=BARIS, up_at=rows.ago(1)))
    seen.view.changed(seen.state.commit())
    assert not seen.view.stale


def test_a_call_over_a_trunk_draws_its_node_anew() -> None:
    seen = Seen(scene())
    seen.state.put(General(trunks={CARRIER: TrunkSettings(trunk=CARRIER, node=rows.NODE)}))
    seen.look()
    seen.state.put(rows.leg(9, trunk=CARRIER))
    assert seen.look() == {"nodes": NODE}
    seen.state.put(rows.leg(9, trunk=CARRIER, up_at=rows.ago(1)))
    assert seen.look() == {}
    seen.state.end(rows.leg(9, trunk=CARRIER))
    assert seen.look() == {"nodes": NODE}


def test_a_queue_that_was_configured_anew_still_counts_who_waits() -> None:
    seen = Seen(scene())
    seen.state.put(replace(SALES_ROW, number="9"))
    seen.look()
    seen.state.end(ENTRY)
    assert seen.look()["queues"] == {"sales"}


def test_what_changes_and_changes_back_comes_out_the_same() -> None:
    seen = Seen(scene())
    seen.state.put(rows.interaction(3))
    seen.view.changed(seen.state.commit())
    while seen.view.stale:
        seen.view.draw(1)
    seen.state.end(rows.interaction(3))
    assert seen.look() == {}


def test_a_picture_that_cannot_be_drawn_takes_no_other_with_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    seen = Seen(scene())
    honest = live.agent

    def failing(tables: Any, name: Any) -> Any:
        if name == AYSE:
            raise ZeroDivisionError
        return honest(tables, name)

    monkeypatch.setattr(live, "agent", failing)
    for agent in (AYSE, BARIS):
        seen.state.put(rows.agent(agent, misses=3))
    seen.view.changed(seen.state.commit())
    while seen.view.stale:
        seen.view.draw(1)
    assert '"misses":3' in seen.view.shown[Kind.AGENTS][BARIS].text
    assert '"misses":0' in seen.view.shown[Kind.AGENTS][AYSE].text
    assert [record.getMessage() for record in caplog.records] == ["a picture cannot be drawn"]


def test_little_is_drawn_in_one_go() -> None:
    state = scene()
    state.commit()
    view = LiveView(lambda: state)
    goes = 0
    while view.stale:
        before = view.drawn
        view.draw(2)
        assert view.drawn - before <= 2
        goes += 1
    assert goes >= 3


def test_moments_are_exact_to_a_millisecond() -> None:
    assert live.moment(rows.NOW) == "2026-07-01T12:00:00.000+00:00"
    assert list(Kind) == ["nodes", "queues", "groups", "agents", "extensions", "entries"]


SERVICE_ROW = replace(SALES_ROW, queue=QueueName("service"), number="701", agents=())


def test_who_has_chosen_a_queue_counts_in_it_until_another_is_chosen() -> None:
    seen = Seen(scene())
    seen.state.put(SERVICE_ROW)
    seen.look()
    seen.state.put(rows.agent(AYSE, chosen=(SERVICE_ROW.queue,)))
    assert seen.look()["queues"] == {"sales", "service"}
    assert seen.view.counts.queues[SERVICE_ROW.queue].ready == 1
    seen.state.put(replace(SERVICE_ROW, number="702"))
    seen.look()
    assert seen.view.counts.queues[SERVICE_ROW.queue].present == 1
    seen.state.put(rows.agent(AYSE))
    assert "service" in seen.look()["queues"]
    assert seen.view.counts.queues[SERVICE_ROW.queue].present == 0


def test_a_queue_that_ends_counts_no_chooser_when_it_comes_again() -> None:
    seen = Seen(scene())
    seen.state.put(SERVICE_ROW)
    seen.state.put(rows.agent(AYSE, chosen=(SERVICE_ROW.queue,)))
    seen.look()
    seen.state.put(rows.agent(AYSE))
    seen.state.end(SERVICE_ROW)
    seen.look()
    seen.state.put(SERVICE_ROW)
    seen.look()
    assert seen.view.counts.queues[SERVICE_ROW.queue].present == 0


# Groups.

HELP, CENTRE = QueueName("help"), QueueGroupName("centre")
HELP_ROW = QueueSettings(
    queue=HELP, project=rows.SUPPORT, number="701", agents=(AYSE,), service_level_s=7
)


def grouped(*queues: QueueName) -> General:
    return General(queue_groups={CENTRE: queues})


def group_of(seen: Seen) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(seen.view.shown[Kind.GROUPS][CENTRE].text)
    return found


def test_a_group_is_seen_as_one_and_who_is_in_several_of_its_queues_counts_once() -> None:
    seen = Seen(scene())
    seen.state.put(HELP_ROW)
    seen.state.put(grouped(SALES, HELP))
    assert seen.look()["groups"] == {CENTRE}
    group = group_of(seen)
    assert (group["queues"], group["members"], group["logged_in"]) == (["sales", "help"], 2, 2)
    assert (group["waiting"], group["talking"], group["ready"]) == (1, 1, 0)


def test_what_happens_in_a_queue_draws_its_group_anew() -> None:
    seen = Seen(scene())
    seen.state.put(grouped(SALES))
    seen.look()
    seen.state.end(ENTRY)
    assert seen.look()["groups"] == {CENTRE}
    assert group_of(seen)["waiting"] == 0


def test_a_group_that_is_changed_or_gone_is_shown_so() -> None:
    seen = Seen(scene())
    seen.state.put(grouped(SALES))
    seen.look()
    seen.state.put(grouped())
    assert seen.look() == {"groups": {CENTRE}}
    assert group_of(seen)["members"] == 0
    seen.state.put(General())
    assert seen.look() == {"groups": {CENTRE}}
    assert CENTRE not in seen.view.shown[Kind.GROUPS]


@pytest.mark.key(
    "queues.type", "queues.call_mode", "queues.service_level_s", "queues.short_abandon_s"
)
def test_a_queue_is_shown_with_what_it_counts_by_and_where_it_is_changed() -> None:
    seen = Seen(scene())
    seen.state.put(replace(HELP_ROW, call_mode=CallMode.MANUAL, short_abandon_s=3))
    seen.look()
    queue = json.loads(seen.view.shown[Kind.QUEUES][HELP].text)
    assert (queue["type"], queue["call_mode"]) == ("voice", "manual")
    assert (queue["service_level_s"], queue["short_abandon_s"]) == (7, 3)
    assert queue["configuration"] == "/api/v1/entities/queues/help"


def test_who_is_logged_in_elsewhere_is_a_member_of_the_group_and_not_there() -> None:
    seen = Seen(scene())
    seen.state.put(grouped(SALES))
    seen.state.put(rows.agent(BARIS, project=ProjectName("care")))
    seen.look()
    group = group_of(seen)
    assert (group["members"], group["logged_in"], group["ready"]) == (2, 1, 0)
