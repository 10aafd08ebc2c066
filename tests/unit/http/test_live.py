"""The live picture of given rows."""

from dataclasses import replace
from datetime import timedelta

import pytest

from acd.agents.assignment import Assignment, Phase
from acd.agents.device import Phone
from acd.calls.leg import Role
from acd.distributor.state import Node
from acd.http import live
from acd.http.live import agent
from acd.ids import AgentId, ExtensionNumber, InteractionId, NodeId, OfferId, TrunkName
from acd.queues.entry import EntryOutcome
from acd.settings import TrunkSettings
from tests.unit.http import rows
from tests.unit.http.drawing import picture
from tests.unit.http.rows import AYSE, BARIS, NOW, state


def test_everything_is_there() -> None:
    shown = picture(state(rows.agent(), rows.logged_out(BARIS)))
    assert (shown["run"], shown["at"], shown["calls"]) == (3, "2026-07-01T12:00:00.000+00:00", 0)
    assert (shown["type"], shown["seq"]) == ("snapshot", 7)
    node = {"node": "asterisk", "up": True, "started": "then", "calls": 0, "trunks": []}
    assert shown["nodes"] == [node]
    assert [queue["queue"] for queue in shown["queues"]] == ["sales"]
    assert [one["agent"] for one in shown["agents"]] == ["ayse", "baris"]


def test_a_trunk_is_shown_with_its_node_its_calls_and_whether_it_answers() -> None:
    carrier, other = TrunkName("carrier"), TrunkName("other")
    trunks = {
        carrier: TrunkSettings(trunk=carrier, node=rows.NODE, max_calls=30),
        other: TrunkSettings(trunk=other, node=NodeId("elsewhere")),
    }
    of = replace(rows.settings(), trunks=trunks)
    tables = state(rows.interaction(), rows.leg(trunk=carrier), of=of)
    tables.put(replace(tables.nodes[rows.NODE], trunks_down=(carrier,)))
    [node] = picture(tables)["nodes"]
    assert node["trunks"] == [{"trunk": "carrier", "up": False, "calls": 1, "max_calls": 30}]


def test_agents_are_in_the_order_of_the_configuration_and_others_come_last() -> None:
    tables = state(rows.agent(AgentId("gone")), rows.agent(BARIS), rows.agent())
    assert [one["agent"] for one in picture(tables)["agents"]] == ["ayse", "baris", "gone"]


def test_nodes_are_in_the_order_in_which_they_came() -> None:
    others = [Node(id=NodeId(name), up=True) for name in ("b", "a", "c")]
    shown = picture(state(*others))["nodes"]
    assert [node["node"] for node in shown] == ["asterisk", "b", "a", "c"]


def test_an_agent_whom_the_core_does_not_know_yet_is_not_shown() -> None:
    assert [one["agent"] for one in picture(state(rows.agent()))["agents"]] == ["ayse"]


def test_an_agent_who_is_no_longer_configured_is_shown_until_the_call_is_over() -> None:
    gone = AgentId("gone")
    shown = agent(state(rows.agent(gone)), gone)
    assert (shown["name"], shown["extension"]) == ("gone", None)


def test_calls_are_counted_by_node() -> None:
    shown = picture(state(rows.interaction(1), rows.interaction(2)))
    assert (shown["calls"], shown["nodes"][0]["calls"]) == (2, 2)


# Queues.


def test_a_queue_counts_its_people() -> None:
    (queue,) = picture(state(rows.agent(), rows.logged_out(BARIS)))["queues"]
    assert (queue["members"], queue["logged_in"], queue["ready"], queue["talking"]) == (2, 1, 1, 0)


def test_an_agent_talks_for_the_queue_the_call_came_from() -> None:
    tables = state(rows.interaction(), rows.leg(), rows.talking())
    (queue,) = picture(tables)["queues"]
    assert (queue["ready"], queue["talking"]) == (0, 1)
    tables.put(rows.interaction(queue=None))
    assert picture(tables)["queues"][0]["talking"] == 0


def test_after_call_work_is_no_talk() -> None:
    tables = state(rows.interaction(), rows.talking(phase=Phase.ACW))
    assert picture(tables)["queues"][0]["talking"] == 0


def test_a_queue_says_how_many_wait_and_since_when() -> None:
    (queue,) = picture(state(rows.entry(1, waits=5), rows.entry(2, waits=9)))["queues"]
    assert (queue["waiting"], queue["oldest_since"]) == (2, "2026-07-01T11:59:51.000+00:00")
    assert picture(state())["queues"][0]["oldest_since"] is None


# Extensions.


def test_an_extension_is_shown_with_its_registration_and_its_calls() -> None:
    mine, nobodys = ExtensionNumber("1001"), ExtensionNumber("1009")
    contact = "PJSIP/1009/sip:1009@192.0.2.7:5060"
    tables = state(
        Phone(node=rows.NODE, extension=nobodys, contacts=(contact,)),
        rows.interaction(),
        rows.leg(extension=mine),
        rows.leg(2, interaction=rows.interaction().id, extension=nobodys, role=Role.CALLER),
    )
    ayses, _, other = picture(tables)["extensions"]
    assert (ayses["extension"], ayses["agent"], ayses["reachable"]) == ("1001", "ayse", False)
    assert other == {
        "extension": "1009",
        "node": "asterisk",
        "agent": None,
        "reachable": True,
        "contacts": [contact],
        "calls": [
            {
                "interaction": "1-1",
                "role": "caller",
                "state": "up",
                "since": "2026-07-01T11:59:53.000+00:00",
                "caller": "+49301",
                "number": "700",
            }
        ],
    }


def test_a_call_whose_interaction_is_over_is_shown_until_its_leg_is_gone() -> None:
    tables = state(rows.leg(extension=ExtensionNumber("1001"), up_at=None))
    (call,) = picture(tables)["extensions"][0]["calls"]
    assert (call["caller"], call["since"]) == ("", "2026-07-01T11:59:50.000+00:00")


# Who waits.


def test_who_waits_is_shown_in_the_order_in_which_they_are_served() -> None:
    waiting = [rows.entry(1, waits=5), rows.entry(2, waits=9), rows.entry(3, waits=1, priority=1)]
    calls = [rows.interaction(number) for number in (1, 2, 3)]
    shown = [(one["caller"], one["since"]) for one in picture(state(*calls, *waiting))["entries"]]
    assert shown == [
        ("+49303", "2026-07-01T11:59:59.000+00:00"),
        ("+49302", "2026-07-01T11:59:51.000+00:00"),
        ("+49301", "2026-07-01T11:59:55.000+00:00"),
    ]


def test_what_comes_back_keeps_its_place_but_its_wait_is_that_of_this_entry() -> None:
    back = replace(rows.entry(1, waits=2), order_since=rows.ago(60))
    tables = state(rows.interaction(1), rows.interaction(2), back, rows.entry(2, waits=9))
    assert [(one["caller"], one["since"]) for one in picture(tables)["entries"]] == [
        ("+49301", "2026-07-01T11:59:58.000+00:00"),
        ("+49302", "2026-07-01T11:59:51.000+00:00"),
    ]


def test_an_entry_that_has_ended_waits_no_more() -> None:
    tables = state(rows.interaction(), rows.entry(outcome=EntryOutcome.ABANDONED))
    assert picture(tables)["entries"] == []


def test_an_offer_is_shown_with_the_devices_that_ring() -> None:
    ringing, calling = rows.attempt(1), rows.attempt(2, rang=False)
    offer = rows.offer(1, AYSE, ringing.channel, calling.channel)
    entry = rows.entry(offers=(offer.id,))
    tables = state(rows.interaction(), entry, offer, ringing, calling)
    (shown,) = picture(tables)["entries"]
    since = "2026-07-01T11:59:56.000+00:00"
    assert shown["offers"] == [{"agent": "ayse", "since": since, "ringing": ["extension"]}]
    assert not shown["connecting"]


def test_an_entry_somebody_has_answered_is_connecting() -> None:
    entry = rows.entry(winner=OfferId("1-1-1.2"))
    (shown,) = picture(state(rows.interaction(), entry))["entries"]
    assert shown["connecting"]


# Agents.


def test_an_idle_agent() -> None:
    shown = agent(state(rows.agent()), AYSE)
    assert shown["devices"] == [
        {
            "kind": "extension",
            "reachable": True,
            "usable": True,
            "busy": False,
            "out_until": None,
            "trouble": None,
            "contacts": ["PJSIP/ayse"],
        }
    ]
    told = {name: shown[name] for name in ("not_ready", "phase", "caller", "queue", "phase_since")}
    assert set(told.values()) == {None}
    assert shown["status"] == "Available"
    times = (shown["status_since"], shown["idle_since"])
    assert times == ("2026-07-01T11:59:00.000+00:00", "2026-07-01T11:59:30.000+00:00")


def test_a_talking_agent_has_a_caller_and_a_time() -> None:
    shown = agent(state(rows.interaction(), rows.leg(), rows.talking()), AYSE)
    assert (shown["phase"], shown["caller"], shown["queue"]) == ("talking", "+49301", "sales")
    assert (shown["phase_since"], shown["not_ready"]) == (live.moment(rows.ago(7)), "busy")
    assert shown["devices"][0]["busy"]


def test_an_agent_who_is_being_rung_has_the_time_of_the_offer() -> None:
    offer = rows.offer()
    assignment = Assignment(interaction=InteractionId("1-1"), offer=offer.id)
    tables = state(rows.interaction(), offer, rows.agent(assignments=(assignment,)))
    shown = agent(tables, AYSE)
    assert (shown["phase"], shown["phase_since"]) == ("reserved", live.moment(rows.ago(4)))


@pytest.mark.parametrize("offer", [None, OfferId("nowhere")])
def test_the_time_is_unknown_where_there_is_no_offer(offer: OfferId | None) -> None:
    assignment = Assignment(interaction=InteractionId("1-1"), offer=offer)
    shown = agent(state(rows.agent(assignments=(assignment,))), AYSE)
    assert (shown["phase"], shown["phase_since"], shown["caller"]) == ("reserved", None, None)


def test_after_call_work_shows_what_is_left_of_it() -> None:
    ends = NOW + timedelta(seconds=6)
    shown = agent(state(rows.talking(phase=Phase.ACW, acw_until=ends)), AYSE)
    assert (shown["phase"], shown["acw_until"], shown["phase_since"]) == (
        "acw",
        live.moment(ends),
        None,
    )


def test_an_agent_without_a_phone_says_so() -> None:
    shown = agent(state(rows.agent(devices=())), AYSE)
    assert (shown["not_ready"], shown["devices"]) == ("no device", [])


def test_there_is_no_picture_of_nobody() -> None:
    with pytest.raises(KeyError):
        agent(state(), AYSE)
