"""The fake server is strict where Asterisk is, and misbehaves only on command."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import aiohttp
import pytest

from acd.ari.errors import AriPrecondition
from acd.ari.rest import RestClient
from tests.contract.checking import Violation, received
from tests.contract.fake_ari import FakeAri
from tests.contract.until import until


@pytest.mark.parametrize(
    ("method", "target", "body", "what"),
    [
        ("GET", "/ari/nothing", b"", "no such operation"),
        ("PATCH", "/ari/channels", b"", "no such operation"),
        ("GET", "/ari/channels/PJSIP/100", b"", "no such operation"),
        ("GET", "/channels", b"", "no such operation"),
        ("GET", "/ari/channels?all=1", b"", "no query parameter all"),
        ("POST", "/ari/channels/c1", b"", "'endpoint'] is missing"),
        ("POST", "/ari/channels/c1?endpoint=a&endpoint=b", b"", "comes twice"),
        ("POST", "/ari/channels/c1?endpoint=a&timeout=soon", b"", "timeout cannot be soon"),
        ("POST", "/ari/channels/c1?endpoint=a&channelId=x", b"", "no query parameter channelId"),
        ("DELETE", "/ari/channels/c1?reason=bored", b"", "reason cannot be bored"),
        ("POST", "/ari/bridges/b/addChannel?channel=c&mute=1", b"", "mute cannot be 1"),
        ("POST", "/ari/channels/c1?endpoint=a", b"{", "not JSON"),
        ("POST", "/ari/channels/c1?endpoint=a", b'{"A": "1"}', "the body has"),
        ("POST", "/ari/channels/c1/answer", b"{}", "a body nobody asked for"),
        ("PUT", "/ari/applications/acd/eventFilter", b"[]", "a body nobody asked for"),
    ],
)
def test_a_request_that_ari_does_not_describe_is_a_violation(
    method: str, target: str, body: bytes, what: str
) -> None:
    with pytest.raises(Violation) as caught:
        received(method, target, body)
    assert what in str(caught.value)


@pytest.mark.parametrize(
    ("method", "target", "body", "operation", "parameters"),
    [
        ("GET", "/ari/channels/PJSIP%2F100", b"", "channels.get", {"channelId": "PJSIP/100"}),
        (
            "POST",
            "/ari/channels/create?endpoint=a&app=b",
            b"",
            "channels.create",
            {"endpoint": "a", "app": "b"},
        ),
        (
            "POST",
            "/ari/channels/c1/variable?variable=A&value=x+y%2Bz&report_events=true",
            b"",
            "channels.setChannelVar",
            {"channelId": "c1", "variable": "A", "value": "x y+z", "report_events": True},
        ),
        (
            "PUT",
            "/ari/applications/acd/eventFilter",
            b'{"allowed": []}',
            "applications.filter",
            {"applicationName": "acd", "filter": {"allowed": []}},
        ),
        (
            "POST",
            "/ari/channels/c1?endpoint=a&timeout=-1",
            b'{"variables": {"A": "1"}}',
            "channels.originateWithId",
            {"channelId": "c1", "endpoint": "a", "timeout": -1, "variables": {"A": "1"}},
        ),
    ],
)
def test_a_request_is_read_as_asterisk_reads_it(
    method: str, target: str, body: bytes, operation: str, parameters: dict[str, Any]
) -> None:
    read = received(method, target, body)
    assert (read.operation, read.parameters) == (operation, parameters)


async def get(ari: FakeAri, target: str) -> int:
    login = aiohttp.encode_basic_auth(ari.address.user, ari.address.password)
    async with (
        aiohttp.ClientSession(headers={"Authorization": login}) as session,
        session.get(ari.address.url + target) as response,
    ):
        return response.status


@pytest.mark.parametrize(
    ("target", "status", "violation"),
    [
        ("/nothing", 400, "no such operation: GET /ari/nothing"),
        ("/sounds", 501, r"the fake knows no sounds\.list"),
        ("/events?app=acd&subscribeAll=true", 400, "subscribeAll is never to be used"),
    ],
)
async def test_a_violation_fails_the_test_that_made_it(
    target: str, status: int, violation: str
) -> None:
    async def story() -> None:
        async with FakeAri() as ari:
            assert await get(ari, target) == status

    with pytest.raises(AssertionError, match=violation):
        await story()


class Ear:
    """A raw event socket that notes what it hears, but for registrations."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def hear(self, number: int) -> list[dict[str, Any]]:
        heard: list[dict[str, Any]] = []
        while len(heard) < number:
            event = json.loads(await self.socket.receive_str(timeout=2))
            if event["type"] != "ApplicationRegistered":
                heard.append(event)
        return heard


async def test_a_call_goes_as_in_asterisk(ari: FakeAri, rest: RestClient) -> None:
    ear = Ear(await rest.open_events(["acd"], heartbeat_s=10))
    await until(lambda: ari.sockets)
    await rest.channels.originate("a", endpoint="PJSIP/1", app="acd", app_args=["agent", "o1"])
    ari.world.phone_rings("a")
    ari.world.phone_answers("a")
    await rest.bridges.create("b", kind="mixing")
    await rest.bridges.add_channel("b", "a")
    await rest.channels.play("a", "p", ["sound:beep"])
    ari.world.playback_ends("p")
    ari.world.hangs_up("a", cause=16, tech_cause=200)
    await rest.bridges.destroy("b")
    heard = await ear.hear(14)
    assert [(each["type"], each.get("dialstatus")) for each in heard] == [
        ("Dial", ""),
        ("ChannelStateChange", None),
        ("Dial", "RINGING"),
        ("ChannelStateChange", None),
        ("Dial", "ANSWER"),
        ("StasisStart", None),
        ("ChannelEnteredBridge", None),
        ("PlaybackStarted", None),
        ("PlaybackFinished", None),
        ("ChannelHangupRequest", None),
        ("ChannelLeftBridge", None),
        ("StasisEnd", None),
        ("ChannelDestroyed", None),
        ("BridgeDestroyed", None),
    ]
    assert heard[5]["args"] == ["agent", "o1"]
    assert (heard[12]["cause"], heard[12]["tech_cause"]) == (16, 200)
    await ear.socket.close()


async def test_the_end_of_a_caller_is_told_only_to_who_is_subscribed(
    ari: FakeAri, rest: RestClient
) -> None:
    ear = Ear(await rest.open_events(["acd"], heartbeat_s=10))
    await until(lambda: ari.sockets)
    ari.world.caller_arrives("c1", "in")
    ari.world.caller_arrives("c2", "in")
    await rest.applications.subscribe("acd", "channel:c2")
    ari.world.hangs_up("c1")
    ari.world.hangs_up("c2")
    heard = await ear.hear(7)
    assert [(each["type"], each["channel"]["id"]) for each in heard] == [
        ("StasisStart", "c1"),
        ("StasisStart", "c2"),
        ("ChannelHangupRequest", "c1"),
        ("StasisEnd", "c1"),
        ("ChannelHangupRequest", "c2"),
        ("StasisEnd", "c2"),
        ("ChannelDestroyed", "c2"),
    ]
    await ear.socket.close()


async def test_events_can_be_held_back_reordered_and_doubled(
    ari: FakeAri, rest: RestClient
) -> None:
    ear = Ear(await rest.open_events(["acd"], heartbeat_s=10))
    await until(lambda: ari.sockets)
    ari.hold_events()
    ari.world.caller_arrives("c1", "in")
    ari.world.presses("c1", "1")
    ari.world.presses("c1", "2")
    ari.release_events(lambda events: [*reversed(events), events[0]])
    heard = await ear.hear(4)
    assert [(each["type"], each.get("digit")) for each in heard] == [
        ("ChannelDtmfReceived", "2"),
        ("ChannelDtmfReceived", "1"),
        ("StasisStart", None),
        ("StasisStart", None),
    ]
    await ear.socket.close()


@pytest.mark.parametrize(
    ("state", "status"), [("Down", 412), ("Ringing", 412), ("Up", 204), ("Ring", 204)]
)
async def test_a_channel_that_rings_out_takes_no_commands(
    ari: FakeAri, state: str, status: int
) -> None:
    ari.world.caller_arrives("c1", "in")["state"] = state
    statuses: list[int] = []
    measured = RestClient(ari.address, on_call=lambda operation, s, code: statuses.append(code))
    async with measured:
        with contextlib.suppress(AriPrecondition):
            await measured.channels.start_moh("c1")
    assert statuses == [status]


async def test_commands_fail_as_in_asterisk(ari: FakeAri, rest: RestClient) -> None:
    ari.world.unreachable.add("PJSIP/dead")
    ari.world.caller_arrives("c1", "in")
    await rest.bridges.create("b", kind="holding")
    await rest.channels.originate("a", endpoint="PJSIP/1", app="acd")
    refusals: list[tuple[int, Any]] = [
        (500, rest.channels.originate("x", endpoint="PJSIP/dead", app="acd")),
        (409, rest.channels.originate("a", endpoint="PJSIP/1", app="acd")),
        (409, rest.channels.answer("a")),  # dialled, and so not in Stasis yet
        (422, rest.bridges.add_channel("b", "a")),
        (400, rest.bridges.add_channel("b", "gone")),
        (404, rest.bridges.add_channel("gone", "c1")),
        (422, rest.bridges.remove_channel("b", "c1")),
        (409, rest.bridges.create("b", kind="holding")),
        (404, rest.channels.hangup("gone")),
        (404, rest.playbacks.stop("gone")),
        (403, rest.channels.rtp_statistics("c1")),
        (404, rest.applications.get("acd")),  # no event socket
        (404, rest.endpoints.all()),
    ]
    for status, asked in refusals:
        with pytest.raises(Exception, match=f": {status} "):
            await asked


async def test_faults_end_by_themselves_or_on_command(ari: FakeAri, rest: RestClient) -> None:
    ari.refuse("*", 500, times=2)
    ari.refuse("asterisk.ping", 503, times=99)
    for status in (500, 500, 503):
        with pytest.raises(Exception, match=f": {status} "):
            await rest.asterisk.ping()
    ari.behave()
    assert (await rest.asterisk.ping()).ping == "pong"
