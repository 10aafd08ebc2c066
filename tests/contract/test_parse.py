"""Events as a real Asterisk 22.10.1 sends them, and the facts they are to us."""

import json
from typing import Any

import pytest

from acd.ari.events import decode
from acd.ari.models import Event
from acd.ari.parse import endpoint_of, parse
from acd.facts import (
    CallArrived,
    DigitPressed,
    Fact,
    LegAnswered,
    LegGone,
    LegJoined,
    LegLeft,
    LegRinging,
    PlaybackEnded,
    TrunkChanged,
)
from acd.ids import BridgeId, Channel, ChannelId, ExtensionNumber, NodeId, PlaybackId, TrunkName

A = NodeId("a")
CALLER = Channel(A, ChannelId("first-1795302546.4"))
LEG = Channel(A, ChannelId("1-1-1.3"))


def channel(name: str, channel_id: str, state: str, **dialplan: str) -> dict[str, Any]:
    return {
        "id": channel_id,
        "name": name,
        "state": state,
        "protocol_id": "99c35c21-bf26-42eb-ae56-f16c415db641@127.0.0.1",
        "caller": {"name": "Jane", "number": "+90555"},
        "connected": {"name": "", "number": ""},
        "accountcode": "",
        "dialplan": {"context": "from-trunk", "exten": "s", "priority": 4, **dialplan},
        "creationtime": "2026-11-21T23:09:06.444+0000",
        "language": "en",
    }


TRUNK = channel("PJSIP/carrier-00000000", CALLER.id, "Ring")
PHONE = channel("PJSIP/1001-0000002a", CALLER.id, "Ring", context="from-phone")
MADE = channel("PJSIP/1001-00000001", LEG.id, "Ringing", context="from-phone")
BRIDGE = {"id": "1-1-1.4", "technology": "simple_bridge", "bridge_type": "mixing"}


@pytest.mark.parametrize(
    ("event", "fact"),
    [
        (
            {"type": "StasisStart", "args": ["in", "700"], "channel": TRUNK},
            CallArrived(
                channel=CALLER,
                number="700",
                caller="+90555",
                caller_name="Jane",
                trunk=TrunkName("carrier"),
            ),
        ),
        (
            {"type": "StasisStart", "args": ["in", "700"], "channel": PHONE},
            CallArrived(
                channel=CALLER,
                number="700",
                caller="+90555",
                caller_name="Jane",
                extension=ExtensionNumber("1001"),
            ),
        ),
        (
            {"type": "StasisStart", "args": ["in"], "channel": TRUNK},
            CallArrived(
                channel=CALLER,
                number="",
                caller="+90555",
                caller_name="Jane",
                trunk=TrunkName("carrier"),
            ),
        ),
        (
            {"type": "StasisStart", "args": ["made"], "channel": MADE},
            LegAnswered(channel=LEG),
        ),
        ({"type": "ChannelStateChange", "channel": MADE}, LegRinging(channel=LEG)),
        (
            {"type": "ChannelStateChange", "channel": MADE | {"state": "Up"}},
            None,
        ),
        ({"type": "Dial", "peer": MADE, "dialstatus": "PROGRESS"}, LegRinging(channel=LEG)),
        ({"type": "Dial", "peer": MADE, "dialstatus": "RINGING"}, None),
        ({"type": "Dial", "peer": MADE, "dialstatus": ""}, None),
        (
            {"type": "Dial", "peer": MADE, "dialstatus": "CANCEL", "forward": "1002"},
            LegGone(channel=LEG, sip_status=302),
        ),
        (
            {"type": "ChannelEnteredBridge", "channel": MADE, "bridge": BRIDGE},
            LegJoined(channel=LEG, bridge=BridgeId("1-1-1.4")),
        ),
        (
            {"type": "ChannelDtmfReceived", "channel": MADE, "digit": "1", "duration_ms": 100},
            DigitPressed(channel=LEG, digit="1"),
        ),
        (
            {"type": "PlaybackFinished", "playback": {"id": "1-1-1.5", "state": "done"}},
            PlaybackEnded(node=A, playback=PlaybackId("1-1-1.5")),
        ),
        ({"type": "StasisEnd", "channel": TRUNK}, LegLeft(channel=CALLER)),
        (
            {"type": "ChannelDestroyed", "channel": MADE, "cause": 17, "tech_cause": 486},
            LegGone(channel=LEG, cause=17, sip_status=486),
        ),
        (
            {"type": "ChannelDestroyed", "channel": MADE, "cause": 16, "cause_txt": "Normal"},
            LegGone(channel=LEG, cause=16),
        ),
        ({"type": "ChannelTalkingStarted", "channel": MADE}, None),
        ({"type": "SomethingNew", "channel": MADE}, None),
    ],
)
def test_parse(event: dict[str, Any], fact: Fact | None) -> None:
    decoded = decode(json.dumps(event))
    assert isinstance(decoded, Event)
    assert parse(A, decoded) == fact


@pytest.mark.parametrize(
    ("name", "endpoint"),
    [
        ("PJSIP/1001-0000002a", "1001"),
        ("PJSIP/carrier-a-00000001", "carrier-a"),
        ("nonsense", ""),
    ],
)
def test_the_endpoint_is_in_the_channels_name(name: str, endpoint: str) -> None:
    assert endpoint_of(name) == endpoint


def of_a_contact(resource: str, state: str | None, status: str) -> Fact | None:
    endpoint = {"technology": "PJSIP", "resource": resource, "state": state, "channel_ids": []}
    contact = {"uri": "sip:192.0.2.1:5060", "contact_status": status, "aor": f"{resource}.1"}
    event = {"type": "ContactStatusChange", "endpoint": endpoint, "contact_info": contact}
    decoded = decode(json.dumps(event))
    assert isinstance(decoded, Event)
    return parse(A, decoded)


@pytest.mark.parametrize(
    ("state", "status", "up"),
    [("online", "Reachable", True), ("online", "Unreachable", True), (None, "Unreachable", False)],
)
def test_a_trunk_is_up_as_long_as_one_of_its_addresses_answers(
    state: str | None, status: str, up: bool
) -> None:
    fact = TrunkChanged(node=A, trunk=TrunkName("carrier"), up=up)
    assert of_a_contact("carrier", state, status) == fact


def test_an_address_that_comes_or_goes_says_nothing_of_the_trunk() -> None:
    assert of_a_contact("carrier", "offline", "Removed") is None


def test_the_contacts_of_a_phone_must_be_asked_for() -> None:
    assert of_a_contact("1001", "online", "Reachable") is None
