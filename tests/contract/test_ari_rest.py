"""Commands over HTTP: what is sent, what a failure becomes, and what is sent again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from acd.ari import errors
from acd.ari.connections import Answer, Connections, NotSent
from acd.ari.models import OPERATIONS
from acd.ari.rest import AriAddress, RestClient
from tests.contract.fake_ari import FakeAri

Do = Callable[[RestClient], Awaitable[Any]]

# What each method is to send: the operation and its parameters, decoded.
SENDS: list[tuple[Do, str, dict[str, Any]]] = [
    (
        lambda rest: rest.channels.originate(
            "new",
            endpoint="PJSIP/1001",
            app="acd",
            app_args=["agent", "o-1"],
            caller_id='"Zoë & co" <+90212>',
            ring_timeout_s=17,
            variables={"PJSIP_HEADER(add,X-A)": "1+1=2"},
            originator="c1",
        ),
        "channels.originateWithId",
        {
            "channelId": "new",
            "endpoint": "PJSIP/1001",
            "app": "acd",
            "appArgs": "agent,o-1",
            "callerId": '"Zoë & co" <+90212>',
            "timeout": 17,
            "variables": {"PJSIP_HEADER(add,X-A)": "1+1=2"},
            "originator": "c1",
        },
    ),
    (lambda rest: rest.channels.answer("c1"), "channels.answer", {"channelId": "c1"}),
    (lambda rest: rest.channels.ring("c1"), "channels.ring", {"channelId": "c1"}),
    (lambda rest: rest.channels.ring_stop("c1"), "channels.ringStop", {"channelId": "c1"}),
    (lambda rest: rest.channels.hangup("c1"), "channels.hangup", {"channelId": "c1"}),
    (
        lambda rest: rest.channels.hangup("c1", reason="answered_elsewhere"),
        "channels.hangup",
        {"channelId": "c1", "reason": "answered_elsewhere"},
    ),
    (
        lambda rest: rest.channels.hangup("c1", reason_code=21),
        "channels.hangup",
        {"channelId": "c1", "reason_code": "21"},
    ),
    (
        lambda rest: rest.channels.start_moh("c1", "sales"),
        "channels.startMoh",
        {"channelId": "c1", "mohClass": "sales"},
    ),
    (lambda rest: rest.channels.stop_moh("c1"), "channels.stopMoh", {"channelId": "c1"}),
    (
        lambda rest: rest.channels.play("c1", "p2", ["sound:a", "digits:5"], language="tr"),
        "channels.playWithId",
        {
            "channelId": "c1",
            "playbackId": "p2",
            "media": ["sound:a", "digits:5"],
            "lang": "tr",
        },
    ),
    (
        lambda rest: rest.channels.set_channel_var("c1", "CONNECTEDLINE(num)", "+90 5&x=y"),
        "channels.setChannelVar",
        {"channelId": "c1", "variable": "CONNECTEDLINE(num)", "value": "+90 5&x=y"},
    ),
    (
        lambda rest: rest.channels.continue_in_dialplan(
            "c1", context="fallback", extension="s", priority=1
        ),
        "channels.continueInDialplan",
        {"channelId": "c1", "context": "fallback", "extension": "s", "priority": 1},
    ),
    (
        lambda rest: rest.channels.snoop("c1", "s1", app="acd", app_args=["snoop"], spy="both"),
        "channels.snoopChannelWithId",
        {
            "channelId": "c1",
            "snoopId": "s1",
            "app": "acd",
            "appArgs": "snoop",
            "spy": "both",
            "whisper": "none",
        },
    ),
    (lambda rest: rest.channels.get("c1"), "channels.get", {"channelId": "c1"}),
    (lambda rest: rest.channels.all(), "channels.list", {}),
    (
        lambda rest: rest.channels.rtp_statistics("c1"),
        "channels.rtpstatistics",
        {"channelId": "c1"},
    ),
    (
        lambda rest: rest.bridges.create("b2", kind="mixing,dtmf_events,proxy_media", name="talk"),
        "bridges.createWithId",
        {"bridgeId": "b2", "type": "mixing,dtmf_events,proxy_media", "name": "talk"},
    ),
    (
        lambda rest: rest.bridges.add_channel(
            "b1",
            "c1",
            role="participant",
            absorb_dtmf=True,
            mute=False,
            inhibit_connected_line_updates=True,
        ),
        "bridges.addChannel",
        {
            "bridgeId": "b1",
            "channel": ["c1"],
            "role": "participant",
            "absorbDTMF": True,
            "mute": False,
            "inhibitConnectedLineUpdates": True,
        },
    ),
    (
        lambda rest: rest.bridges.remove_channel("b1", "c2"),
        "bridges.removeChannel",
        {"bridgeId": "b1", "channel": ["c2"]},
    ),
    (lambda rest: rest.bridges.destroy("b1"), "bridges.destroy", {"bridgeId": "b1"}),
    (
        lambda rest: rest.bridges.record(
            "b1", "r2", format="wav", max_duration_s=60, if_exists="overwrite", beep=True
        ),
        "bridges.record",
        {
            "bridgeId": "b1",
            "name": "r2",
            "format": "wav",
            "maxDurationSeconds": 60,
            "ifExists": "overwrite",
            "beep": True,
        },
    ),
    (lambda rest: rest.bridges.get("b1"), "bridges.get", {"bridgeId": "b1"}),
    (lambda rest: rest.bridges.all(), "bridges.list", {}),
    (lambda rest: rest.playbacks.get("p1"), "playbacks.get", {"playbackId": "p1"}),
    (lambda rest: rest.playbacks.stop("p1"), "playbacks.stop", {"playbackId": "p1"}),
    (lambda rest: rest.recordings.stop("r1"), "recordings.stop", {"recordingName": "r1"}),
    (lambda rest: rest.recordings.get_live("r1"), "recordings.getLive", {"recordingName": "r1"}),
    (lambda rest: rest.asterisk.get_info(), "asterisk.getInfo", {}),
    (lambda rest: rest.asterisk.ping(), "asterisk.ping", {}),
    (
        lambda rest: rest.asterisk.get_object("res_pjsip", "aor", "1001"),
        "asterisk.getObject",
        {"configClass": "res_pjsip", "objectType": "aor", "id": "1001"},
    ),
    (
        lambda rest: rest.asterisk.update_object("res_pjsip", "aor", "1", [("max_contacts", "5")]),
        "asterisk.updateObject",
        {
            "configClass": "res_pjsip",
            "objectType": "aor",
            "id": "1",
            "fields": [{"attribute": "max_contacts", "value": "5"}],
        },
    ),
    (
        lambda rest: rest.asterisk.delete_object("res_pjsip", "aor", "1001"),
        "asterisk.deleteObject",
        {"configClass": "res_pjsip", "objectType": "aor", "id": "1001"},
    ),
    (
        lambda rest: rest.asterisk.reload_module("res_pjsip.so"),
        "asterisk.reloadModule",
        {"moduleName": "res_pjsip.so"},
    ),
    (lambda rest: rest.endpoints.all(), "endpoints.listByTech", {"tech": "PJSIP"}),
    (
        lambda rest: rest.endpoints.get("100/a b"),
        "endpoints.get",
        {"tech": "PJSIP", "resource": "100/a b"},
    ),
]
APPLICATIONS: list[tuple[Do, str, dict[str, Any]]] = [
    (lambda rest: rest.applications.get("acd"), "applications.get", {"applicationName": "acd"}),
    (
        lambda rest: rest.applications.subscribe("acd", "channel:c1", "endpoint:PJSIP/100"),
        "applications.subscribe",
        {"applicationName": "acd", "eventSource": ["channel:c1", "endpoint:PJSIP/100"]},
    ),
    (
        lambda rest: rest.applications.unsubscribe("acd", "channel:c1"),
        "applications.unsubscribe",
        {"applicationName": "acd", "eventSource": ["channel:c1"]},
    ),
    (
        lambda rest: rest.applications.filter("acd", disallowed=["ChannelVarset"]),
        "applications.filter",
        {
            "applicationName": "acd",
            "filter": {"allowed": [], "disallowed": [{"type": "ChannelVarset"}]},
        },
    ),
]


@pytest.fixture(autouse=True)
async def calls_in_progress(ari: FakeAri) -> None:
    """Two channels in a bridge, one hearing a prompt, one recorded."""
    world = ari.world
    for channel_id in ("c1", "c2"):
        world.caller_arrives(channel_id, "in", number="+902121112233", exten="700")
        world.channels[channel_id]["state"] = "Up"
    world.rtp["c1"] = {"rxcount": 50, "txcount": 49, "rxjitter": 0.001}
    world.create_bridge({"bridgeId": "b1", "type": "mixing"})
    world.add_channel({"bridgeId": "b1", "channel": ["c2"]})
    world.play({"channelId": "c1", "playbackId": "p1", "media": ["sound:welcome"]})
    world.record_bridge({"bridgeId": "b1", "name": "r1", "format": "wav"})
    world.update_object(
        {
            "configClass": "res_pjsip",
            "objectType": "aor",
            "id": "1001",
            "fields": [{"attribute": "max_contacts", "value": "3"}],
        }
    )
    world.add_endpoint("PJSIP/100/a b")


@pytest.mark.parametrize(("do", "operation", "parameters"), SENDS, ids=[s[1] for s in SENDS])
async def test_a_method_sends_exactly_what_ari_describes(
    ari: FakeAri, rest: RestClient, do: Do, operation: str, parameters: dict[str, Any]
) -> None:
    await do(rest)
    assert [(each.operation, each.parameters) for each in ari.requests] == [(operation, parameters)]


@pytest.mark.parametrize(
    ("do", "operation", "parameters"), APPLICATIONS, ids=[s[1] for s in APPLICATIONS]
)
async def test_a_method_on_an_application_sends_exactly_what_ari_describes(
    ari: FakeAri, rest: RestClient, do: Do, operation: str, parameters: dict[str, Any]
) -> None:
    socket = await rest.open_events(["acd"], heartbeat_s=10)
    ari.applications.subscriptions["acd"] = ["channel:c1"]
    await do(rest)
    assert ari.operations == [operation]
    assert ari.sent_to(operation) == [parameters]
    await socket.close()


async def test_what_is_asked_comes_back_as_models(ari: FakeAri, rest: RestClient) -> None:
    channel = await rest.channels.get("c1")
    assert (channel.id, channel.state, channel.caller.number) == ("c1", "Up", "+902121112233")
    assert (channel.dialplan.exten, channel.dialplan.app_data) == ("700", "acd,in")
    assert [each.id for each in await rest.channels.all()] == ["c1", "c2"]
    assert (await rest.channels.rtp_statistics("c1")).rxcount == 50
    bridge = await rest.bridges.get("b1")
    assert (bridge.bridge_type, bridge.channels) == ("mixing", ["c2"])
    assert [each.id for each in await rest.bridges.all()] == ["b1"]
    assert (await rest.playbacks.get("p1")).target_uri == "channel:c1"
    assert (await rest.recordings.get_live("r1")).format == "wav"
    info = await rest.asterisk.get_info()
    assert info.status is not None
    assert info.status.startup_time == ari.world.startup_time
    assert (await rest.asterisk.ping()).ping == "pong"
    assert await rest.asterisk.get_object("res_pjsip", "aor", "1001") == [("max_contacts", "3")]
    assert [each.resource for each in await rest.endpoints.all()] == ["100/a b"]
    assert (await rest.endpoints.get("100/a b")).state == "online"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.AriBadRequest),
        (401, errors.AriUnauthorized),
        (403, errors.AriForbidden),
        (404, errors.AriNotFound),
        (409, errors.AriConflict),
        (412, errors.AriPrecondition),
        (422, errors.AriUnprocessable),
        (500, errors.AriAllocationFailed),
        (503, errors.AriNotReady),
        (418, errors.AriRefused),
    ],
)
async def test_each_error_status_has_its_type(
    ari: FakeAri, rest: RestClient, status: int, kind: type[errors.AriRefused]
) -> None:
    ari.refuse("channels.answer", status, "because of the weather")
    with pytest.raises(errors.AriRefused) as caught:
        await rest.channels.answer("c1")
    assert type(caught.value) is kind
    assert caught.value.status == status
    assert caught.value.operation == "channels.answer"
    assert caught.value.reason == "because of the weather"
    assert str(caught.value) == f"channels.answer: {status} because of the weather"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>Bad Gateway</html>", "<html>Bad Gateway</html>"),
        (b"", ""),
        (b'["odd"]', "['odd']"),
        (b'{"error": "other words"}', "other words"),
        (b"x" * 9999, "x" * 200),
    ],
)
async def test_an_error_in_other_words_than_usual_is_still_a_reason(
    ari: FakeAri, rest: RestClient, body: bytes, reason: str
) -> None:
    ari.answer("channels.answer", 502, body)
    with pytest.raises(errors.AriRefused) as caught:
        await rest.channels.answer("c1")
    assert caught.value.reason == reason


async def test_a_success_that_is_not_json_is_garbled(ari: FakeAri, rest: RestClient) -> None:
    ari.answer("channels.get", 200, b"<html>")
    with pytest.raises(errors.AriGarbled):
        await rest.channels.get("c1")


async def test_a_recording_comes_as_bytes(ari: FakeAri, rest: RestClient) -> None:
    ari.answer("recordings.getStoredFile", 200, b"RIFF\x00")
    file = await rest.call("recordings.getStoredFile", recordingName="vm/1")
    assert file == b"RIFF\x00"


async def test_a_single_text_stands_for_a_list_of_one(ari: FakeAri, rest: RestClient) -> None:
    await rest.call("bridges.addChannel", bridgeId="b1", channel="c1")
    assert ari.sent_to("bridges.addChannel") == [{"bridgeId": "b1", "channel": ["c1"]}]


async def test_a_wrong_password_is_unauthorized(ari: FakeAri) -> None:
    wrong = AriAddress(url=ari.address.url, user="acd", password="guess")
    async with RestClient(wrong) as rest:
        with pytest.raises(errors.AriUnauthorized):
            await rest.asterisk.ping()


async def test_a_password_is_never_printed(ari: FakeAri) -> None:
    assert ari.address.password not in repr(ari.address)


@pytest.mark.parametrize(
    ("operation", "parameters", "message"),
    [
        ("channels.fly", {}, "no operation channels.fly"),
        ("channels.answer", {"channelId": "c1", "loud": True}, "no parameter loud"),
        ("channels.answer", {}, "needs channelId"),
        ("channels.answer", {"channelId": 5}, "channelId cannot be a int"),
        ("channels.answer", {"channelId": ""}, "channelId cannot be ''"),
        ("channels.hangup", {"channelId": ".."}, "channelId cannot be '..'"),
        ("bridges.addChannel", {"bridgeId": "b", "channel": ["a,b"]}, "channel cannot be a list"),
        ("channels.dial", {"channelId": "c1", "timeout": True}, "timeout cannot be a bool"),
        ("applications.filter", {"applicationName": "a", "filter": "x"}, "filter cannot be a str"),
    ],
)
async def test_a_call_that_ari_does_not_describe_is_a_type_error_and_sends_nothing(
    ari: FakeAri, rest: RestClient, operation: str, parameters: dict[str, Any], message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        await rest.call(operation, **parameters)
    assert ari.requests == []


async def test_an_argument_with_a_comma_would_be_two(rest: RestClient) -> None:
    with pytest.raises(TypeError, match="comma"):
        await rest.channels.originate("n", endpoint="PJSIP/1", app="acd", app_args=["a,b"])


async def test_slashes_and_odd_letters_in_an_id_do_not_change_the_path(
    ari: FakeAri, rest: RestClient
) -> None:
    for device in ("PJSIP/100", "a?b#c", "100%2F", "ü +"):
        with pytest.raises(errors.AriNotFound):
            await rest.channels.get(device)
        assert ari.sent_to("channels.get")[-1] == {"channelId": device}


ORIGINATE: Do = lambda rest: rest.channels.originate("new", endpoint="PJSIP/1", app="acd")  # noqa: E731
CREATE: Do = lambda rest: rest.bridges.create("new", kind="holding")  # noqa: E731


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("do", "operation"),
    [
        (ORIGINATE, "channels.originateWithId"),
        (CREATE, "bridges.createWithId"),
        (lambda rest: rest.channels.get("c1"), "channels.get"),
        (
            lambda rest: rest.asterisk.update_object("res_pjsip", "aor", "1", [("x", "y")]),
            "asterisk.updateObject",
        ),
    ],
)
async def test_what_is_safe_to_repeat_is_repeated_once(
    ari: FakeAri, rest: RestClient, do: Do, operation: str, when: Any
) -> None:
    ari.drop(operation, when)
    await do(rest)
    assert ari.operations == [operation] * 2


async def test_the_channel_of_a_repeated_originate_exists_once(
    ari: FakeAri, rest: RestClient
) -> None:
    ari.drop("channels.originateWithId", "after")
    await ORIGINATE(rest)
    assert sorted(ari.world.channels) == ["c1", "c2", "new"]


async def test_an_id_that_was_taken_before_is_a_conflict(rest: RestClient) -> None:
    await ORIGINATE(rest)
    with pytest.raises(errors.AriConflict):
        await ORIGINATE(rest)


@pytest.mark.parametrize(
    ("do", "operation"),
    [
        (ORIGINATE, "channels.originateWithId"),
        (lambda rest: rest.channels.get("c1"), "channels.get"),
        (lambda rest: rest.channels.hangup("c1"), "channels.hangup"),
    ],
)
async def test_nothing_is_repeated_twice(
    ari: FakeAri, rest: RestClient, do: Do, operation: str
) -> None:
    ari.drop(operation, "before", times=9)
    with pytest.raises(errors.AriUnreachable):
        await do(rest)
    assert ari.operations == [operation] * 2


@pytest.mark.parametrize(
    ("do", "operation"),
    [
        (lambda rest: rest.channels.answer("c1"), "channels.answer"),
        (lambda rest: rest.channels.play("c1", "p2", ["sound:a"]), "channels.playWithId"),
        (
            lambda rest: rest.channels.snoop("c1", "s1", app="acd", spy="both"),
            "channels.snoopChannelWithId",
        ),
        (lambda rest: rest.bridges.add_channel("b1", "c1"), "bridges.addChannel"),
    ],
)
async def test_what_may_take_effect_twice_is_not_repeated(
    ari: FakeAri, rest: RestClient, do: Do, operation: str
) -> None:
    ari.drop(operation, "after")
    with pytest.raises(errors.AriUnreachable):
        await do(rest)
    assert ari.operations == [operation]


async def test_a_repeated_request_that_is_refused_otherwise_fails(
    ari: FakeAri, rest: RestClient
) -> None:
    ari.drop("channels.originateWithId", "before")
    ari.refuse("channels.originateWithId", 500)
    with pytest.raises(errors.AriAllocationFailed):
        await ORIGINATE(rest)


async def test_no_answer_in_time_is_unreachable(ari: FakeAri, rest: RestClient) -> None:
    ari.hold("asterisk.ping")
    with pytest.raises(errors.AriUnreachable, match="no answer in time"):
        await rest.call("asterisk.ping", timeout_s=0.05)


async def test_what_asterisks_database_has_to_do_is_waited_for_longer(ari: FakeAri) -> None:
    """It waits for a disk, and who asks waits with it."""
    gates = [ari.hold(f"asterisk.{what}Object") for what in ("update", "get", "delete")]
    async with RestClient(ari.address, timeout_s=0.05) as rest:
        ari.hold("asterisk.ping")
        with pytest.raises(errors.AriUnreachable):
            await rest.asterisk.ping()
        asyncio.get_running_loop().call_later(0.2, lambda: [gate.set() for gate in gates])
        await rest.asterisk.update_object("res_pjsip", "aor", "1", [("x", "y")])
        assert await rest.asterisk.get_object("res_pjsip", "aor", "1") == [("x", "y")]
        await rest.asterisk.delete_object("res_pjsip", "aor", "1")


async def test_a_closed_port_is_unreachable(ari: FakeAri, rest: RestClient) -> None:
    await ari.stop()
    with pytest.raises(errors.AriUnreachable):
        await ORIGINATE(rest)
    await ari.start()
    await ORIGINATE(rest)


async def test_what_was_never_sent_is_not_sent_again(
    ari: FakeAri, rest: RestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a taken id would pass for one that the lost first attempt took."""
    attempts: list[str] = []

    async def no_connection(_connections: Connections, method: str, *_request: object) -> Answer:
        attempts.append(method)
        raise NotSent("connection refused")

    monkeypatch.setattr(Connections, "ask", no_connection)
    with pytest.raises(errors.AriUnreachable):
        await ORIGINATE(rest)
    assert len(attempts) == 1


async def test_every_call_is_measured(ari: FakeAri) -> None:
    measured: list[tuple[str, int]] = []
    seconds: list[float] = []

    def note(operation: str, took_s: float, status: int) -> None:
        measured.append((operation, status))
        seconds.append(took_s)

    async with RestClient(ari.address, on_call=note) as rest:
        await rest.channels.answer("c1")
        with pytest.raises(errors.AriNotFound):
            await rest.channels.answer("gone")
        ari.drop("channels.answer", "before")
        with pytest.raises(errors.AriUnreachable):
            await rest.channels.answer("c1")
    assert measured == [("channels.answer", 204), ("channels.answer", 404), ("channels.answer", 0)]
    assert all(0 < each < 5 for each in seconds)


async def test_commands_of_one_client_run_side_by_side(ari: FakeAri, rest: RestClient) -> None:
    gate = ari.hold("channels.answer")
    slow = asyncio.create_task(rest.channels.answer("c1"))
    await rest.asterisk.ping()
    assert not slow.done()
    gate.set()
    await slow


async def test_a_client_that_is_not_open_says_so(ari: FakeAri) -> None:
    with pytest.raises(RuntimeError, match="async with"):
        await RestClient(ari.address).asterisk.ping()


def test_every_operation_of_the_fake_and_of_the_client_is_one_of_ari() -> None:
    assert {each[1] for each in SENDS + APPLICATIONS} <= OPERATIONS.keys()
