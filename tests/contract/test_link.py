"""One node joined to the core: what is asked of ARI, what is told, when ARI misbehaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from acd.app import link as link_module
from acd.app.link import Link
from acd.app.nodes import NodeSettings
from acd.ari.fitness import refuse_unfit
from acd.ari.rest import AriAddress
from acd.calls.leg import Leg, Role
from acd.distributor import Distributor
from acd.effects import (
    Answer,
    ArmDeadMan,
    DestroyBridge,
    Effect,
    GiveBack,
    HangUp,
    Join,
    MakeBridge,
    Play,
    Reason,
    Ring,
    SignalRinging,
    Snoop,
    StartMusic,
    StopMusic,
    StopPlay,
    Watch,
)
from acd.facts import (
    CallArrived,
    ContactsChanged,
    Fact,
    LegFound,
    LegGone,
    LegRinging,
    NodeLost,
    NodeUp,
    StrayFound,
    TrunkChanged,
)
from acd.ids import (
    HOLDING,
    BridgeId,
    Channel,
    ChannelId,
    ExtensionNumber,
    InteractionId,
    Lane,
    NodeId,
    PlaybackId,
    TrunkName,
)
from acd.lanes import EffectError
from acd.telephony import Extension, Network, Trunk
from tests.contract.fake_ari import FakeAri
from tests.contract.until import until

A = NodeId("a")
LANE = Lane("1-1")
CALLER = Channel(A, ChannelId("in.1"))
LEG = Channel(A, ChannelId("1-1-1.3"))
BRIDGE = BridgeId("1-1-1.4")
PHONE = Extension(number=ExtensionNumber("1001"), password="secret")
CARRIER = Trunk(
    name=TrunkName("carrier"),
    match=("192.0.2.1", "192.0.2.2"),
    hosts=("192.0.2.1:5060", "192.0.2.2:5060"),
)


class Core:
    """An empty core, and what it is told."""

    def __init__(self) -> None:
        self.told: list[Fact] = []
        self.distributor = Distributor(run=1)

    def of(self, kind: type) -> list[Fact]:
        return [fact for fact in self.told if isinstance(fact, kind)]


def settings(address: AriAddress) -> NodeSettings:
    return NodeSettings(
        node=A,
        address=address,
        network=Network(address="192.0.2.9"),
        extensions=(PHONE,),
        trunks=(CARRIER,),
    )


@asynccontextmanager
async def linked(ari: FakeAri, core: Core) -> AsyncIterator[Link]:
    link = Link(settings(ari.address), state=lambda: core.distributor.state, tell=core.told.append)
    async with link.ari:
        task = asyncio.create_task(link.run())
        try:
            await link.live.wait()
            yield link
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def core() -> Core:
    return Core()


@pytest.fixture
async def link(ari: FakeAri, core: Core) -> AsyncIterator[Link]:
    ari.world.add_endpoint("PJSIP/1001")
    ari.world.contacts["1001"] = ["PJSIP/1001/sip:b@x", "PJSIP/1001/sip:a@x"]
    async with linked(ari, core) as link:
        yield link


async def test_a_node_is_made_fit_and_told_with_its_phones(
    ari: FakeAri, core: Core, link: Link
) -> None:
    assert ari.world.bridges[HOLDING]["bridge_type"] == "holding"
    assert ari.applications.subscriptions["acd-presence"] == ["endpoint:PJSIP"]
    contacts = {PHONE.number: ("PJSIP/1001/sip:a@x", "PJSIP/1001/sip:b@x")}
    [up] = core.of(NodeUp)
    assert up == NodeUp(node=A, contacts=contacts, started=ari.world.startup_time)
    assert not ari.world.channels, "the channel that was asked on is still there"


async def test_phones_and_trunks_are_provisioned_each_address_by_itself(
    ari: FakeAri, link: Link
) -> None:
    kinds = [(kind, name) for _, kind, name in ari.world.objects]
    assert kinds == [
        ("auth", "1001"),
        ("aor", "1001"),
        ("endpoint", "1001"),
        ("aor", "carrier.1"),
        ("aor", "carrier.2"),
        ("endpoint", "carrier"),
        ("identify", "carrier.1"),
        ("identify", "carrier.2"),
    ]
    phone = ari.world.objects["res_pjsip", "endpoint", "1001"]
    trunk = ari.world.objects["res_pjsip", "endpoint", "carrier"]
    assert phone["context"] == "from-phone"
    assert phone["allow_transfer"] == "no"
    assert phone["media_address"] == "192.0.2.9"
    assert trunk["context"] == "from-trunk"
    assert trunk["rtp_timeout"] == "0"
    second = ari.world.objects["res_pjsip", "identify", "carrier.2"]
    assert second == {"endpoint": "carrier", "match": "192.0.2.2"}


@pytest.mark.parametrize(
    ("effect", "operation", "parameters"),
    [
        (
            Watch(lane=LANE, channel=CALLER),
            "applications.subscribe",
            {"applicationName": "acd", "eventSource": ["channel:in.1"]},
        ),
        (Answer(lane=LANE, channel=CALLER), "channels.answer", {"channelId": "in.1"}),
        (SignalRinging(lane=LANE, channel=CALLER), "channels.ring", {"channelId": "in.1"}),
        (
            ArmDeadMan(lane=LANE, channel=CALLER, seconds=60),
            "channels.setChannelVar",
            {"channelId": "in.1", "variable": "TIMEOUT(absolute)", "value": "60"},
        ),
        (
            StartMusic(lane=LANE, channel=CALLER, music="jazz"),
            "channels.startMoh",
            {"channelId": "in.1", "mohClass": "jazz"},
        ),
        (StopMusic(lane=LANE, channel=CALLER), "channels.stopMoh", {"channelId": "in.1"}),
        (
            Play(lane=LANE, channel=CALLER, playback=PlaybackId("p"), media=("sound:x",)),
            "channels.playWithId",
            {"channelId": "in.1", "playbackId": "p", "media": ["sound:x"]},
        ),
        (
            Play(
                lane=LANE,
                channel=CALLER,
                playback=PlaybackId("p"),
                media=("sound:x", "sound:y"),
                language="tr",
            ),
            "channels.playWithId",
            {
                "channelId": "in.1",
                "playbackId": "p",
                "media": ["sound:x", "sound:y"],
                "lang": "tr",
            },
        ),
        (
            Join(lane=LANE, channel=CALLER, bridge=HOLDING),
            "bridges.addChannel",
            {"bridgeId": HOLDING, "channel": ["in.1"], "inhibitConnectedLineUpdates": True},
        ),
        (
            MakeBridge(lane=LANE, node=A, bridge=BRIDGE),
            "bridges.createWithId",
            {"bridgeId": BRIDGE, "type": "mixing,dtmf_events,proxy_media"},
        ),
        (
            Snoop(lane=LANE, channel=LEG, of=CALLER),
            "channels.snoopChannelWithId",
            {
                "channelId": "in.1",
                "snoopId": LEG.id,
                "app": "acd",
                "appArgs": "made",
                "spy": "both",
            },
        ),
        (
            GiveBack(lane=LANE, channel=CALLER),
            "channels.continueInDialplan",
            {"channelId": "in.1", "context": "acd-fallback", "extension": "s", "priority": 1},
        ),
        (
            HangUp(lane=LANE, channel=CALLER, reason=Reason.ANSWERED_ELSEWHERE),
            "channels.hangup",
            {"channelId": "in.1", "reason": "answered_elsewhere"},
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Effect) else "",
)
async def test_an_effect_is_one_command(
    ari: FakeAri, core: Core, link: Link, effect: Effect, operation: str, parameters: dict[str, str]
) -> None:
    ari.world.caller_arrives("in.1", "in", "700")
    await link.perform(effect)  # type: ignore[arg-type]
    [sent] = [s for s in ari.sent_to(operation) if s.items() >= parameters.items()]
    assert sent


async def test_music_is_stopped_out_of_the_bridge_in_which_all_wait(
    ari: FakeAri, link: Link
) -> None:
    """In it Asterisk loses one stop of a thousand."""
    ari.world.caller_arrives("in.1", "in", "700")
    await link.perform(Join(lane=LANE, channel=CALLER, bridge=HOLDING))
    await link.perform(StopMusic(lane=LANE, channel=CALLER))
    assert ari.operations[-2:] == ["bridges.removeChannel", "channels.stopMoh"]
    assert ari.world.bridges[HOLDING]["channels"] == []


async def test_music_is_stopped_though_the_channel_could_not_be_taken_out(
    ari: FakeAri, link: Link
) -> None:
    ari.world.caller_arrives("in.1", "in", "700")
    await link.perform(Join(lane=LANE, channel=CALLER, bridge=HOLDING))
    ari.drop("bridges.removeChannel", "before")
    await link.perform(StopMusic(lane=LANE, channel=CALLER))
    assert ari.operations[-1] == "channels.stopMoh"


async def test_who_talks_already_is_taken_out_of_nothing(ari: FakeAri, link: Link) -> None:
    """Asterisk would warn of each, at every reconnect."""
    ari.world.caller_arrives("in.1", "in", "700")
    await link.perform(StopMusic(lane=LANE, channel=CALLER, talks=True))
    assert ari.sent_to("bridges.removeChannel") == []
    assert ari.operations[-1] == "channels.stopMoh"


async def test_a_ring_carries_caller_queue_and_the_refusal_to_be_forwarded(
    ari: FakeAri, core: Core, link: Link
) -> None:
    await link.perform(
        Ring(
            lane=LANE,
            channel=LEG,
            endpoint="PJSIP/1001/sip:a@x",
            caller="+90555",
            caller_name='Sales "<vip>"',
            timeout_s=60,
        )
    )
    [sent] = ari.sent_to("channels.originateWithId")
    assert sent["endpoint"] == "PJSIP/1001/sip:a@x"
    assert sent["callerId"] == '"Sales vip" <+90555>'
    assert sent["variables"] == {"FORWARD_CONTEXT": "acd-noforward"}
    ari.world.phone_rings(LEG.id)
    await until(lambda: LegRinging(channel=LEG) in core.told)


async def test_what_is_already_so_is_success(ari: FakeAri, core: Core, link: Link) -> None:
    assert await link.perform(HangUp(lane=LANE, channel=LEG)) == LegGone(channel=LEG)
    await link.perform(MakeBridge(lane=LANE, node=A, bridge=BRIDGE))
    await link.perform(MakeBridge(lane=LANE, node=A, bridge=BRIDGE))
    await link.perform(DestroyBridge(lane=LANE, node=A, bridge=BRIDGE))
    await link.perform(DestroyBridge(lane=LANE, node=A, bridge=BRIDGE))
    await link.perform(StopPlay(lane=LANE, node=A, playback=PlaybackId("gone")))
    await link.perform(StopMusic(lane=LANE, channel=CALLER))
    await link.perform(GiveBack(lane=LANE, channel=CALLER))


async def test_the_bridge_in_which_all_wait_is_made_again_where_somebody_took_it_away(
    ari: FakeAri, link: Link
) -> None:
    ari.world.caller_arrives("in.1", "in", "700")
    del ari.world.bridges[HOLDING]
    await link.perform(Join(lane=LANE, channel=CALLER, bridge=HOLDING))
    assert ari.world.bridges[HOLDING]["channels"] == ["in.1"]
    with pytest.raises(EffectError, match="Bridge not found"):
        await link.perform(Join(lane=LANE, channel=CALLER, bridge=BRIDGE))


async def test_a_caller_who_has_left_before_we_watch_is_gone(ari: FakeAri, link: Link) -> None:
    gone = Channel(A, ChannelId("in.9"))
    assert await link.perform(Watch(lane=LANE, channel=gone)) == LegGone(channel=gone)


async def test_a_caller_is_not_gone_because_our_application_is(ari: FakeAri, link: Link) -> None:
    """Asterisk forgets the application with the socket, a moment before we know."""
    ari.world.caller_arrives("in.1", "in", "700")
    ari.forget("acd")
    with pytest.raises(EffectError, match="Application not found") as refused:
        await link.perform(Watch(lane=LANE, channel=CALLER))
    assert not refused.value.unreachable


async def test_a_refused_command_is_not_an_unreachable_asterisk(ari: FakeAri, link: Link) -> None:
    ari.refuse("channels.originateWithId", 500, "Allocation failed")
    ring = Ring(lane=LANE, channel=LEG, endpoint="PJSIP/x", caller="1", caller_name="", timeout_s=1)
    with pytest.raises(EffectError, match="Allocation failed") as refused:
        await link.perform(ring)
    assert not refused.value.unreachable
    ari.drop("channels.answer", "before", times=3)
    with pytest.raises(EffectError) as dropped:
        await link.perform(Answer(lane=LANE, channel=CALLER))
    assert dropped.value.unreachable


async def test_a_call_is_told_in_the_order_of_its_events(
    ari: FakeAri, core: Core, link: Link
) -> None:
    ari.world.caller_arrives("in.1", "in", "700", number="+90555")
    await until(lambda: core.of(CallArrived))
    await link.perform(Watch(lane=LANE, channel=CALLER))
    ari.world.hangs_up("in.1", cause=16)
    await until(lambda: core.of(LegGone))
    names = [type(fact).__name__ for fact in core.told if getattr(fact, "channel", None) == CALLER]
    assert names == ["CallArrived", "LegLeft", "LegGone"]


async def test_a_registration_is_told_with_all_contacts(
    ari: FakeAri, core: Core, link: Link
) -> None:
    ari.world.contacts["1001"] = ["PJSIP/1001/sip:c@x"]
    contact = {"uri": "sip:c@x", "contact_status": "Reachable", "aor": "1001"}
    endpoint = {"technology": "PJSIP", "resource": "1001", "channel_ids": []}
    event = {"type": "ContactStatusChange", "endpoint": endpoint, "contact_info": contact}
    ari.send(event, app="acd-presence")
    await until(lambda: core.of(ContactsChanged))
    assert core.of(ContactsChanged) == [
        ContactsChanged(node=A, extension=PHONE.number, contacts=("PJSIP/1001/sip:c@x",))
    ]
    assert not ari.world.channels


async def test_a_phone_that_asterisk_has_not_asked_since_its_restart_is_there(
    ari: FakeAri, core: Core
) -> None:
    """It is registered, and offline: when it registers again that is no change, and no event."""
    ari.world.add_endpoint("PJSIP/1001", state="offline")
    ari.world.contacts["1001"] = ["PJSIP/1001/sip:a@x"]
    async with linked(ari, core):
        [up] = core.of(NodeUp)
    assert up.contacts == {PHONE.number: ("PJSIP/1001/sip:a@x",)}  # type: ignore[attr-defined]


async def test_a_phone_of_which_no_event_has_told_is_found_by_the_sweep(
    ari: FakeAri, core: Core, link: Link
) -> None:
    core.told.clear()
    for contacts in (["PJSIP/1001/sip:c@x"], []):
        ari.world.contacts["1001"] = contacts
        for _ in range(2):
            await link.sweep()
    assert core.told == [
        ContactsChanged(node=A, extension=PHONE.number, contacts=("PJSIP/1001/sip:c@x",)),
        ContactsChanged(node=A, extension=PHONE.number, contacts=()),
    ]


async def test_a_phone_that_has_gone_with_the_socket_and_come_again_is_told_again(
    ari: FakeAri, core: Core, link: Link
) -> None:
    ari.world.contacts["1001"] = []
    ari.cut_sockets()
    await until(lambda: len(core.of(NodeUp)) == 2)
    ari.world.contacts["1001"] = ["PJSIP/1001/sip:a@x", "PJSIP/1001/sip:b@x"]
    await link.sweep()
    assert core.told[-1] == ContactsChanged(
        node=A, extension=PHONE.number, contacts=("PJSIP/1001/sip:a@x", "PJSIP/1001/sip:b@x")
    )


async def test_a_phone_whose_extension_is_removed_during_a_question_is_told_as_gone(
    ari: FakeAri, core: Core, link: Link
) -> None:
    ari.world.contacts["1001"] = ["PJSIP/1001/sip:c@x"]
    gate = ari.hold("channels.create")
    sweeping = asyncio.create_task(link.sweep())
    await until(lambda: ari.operations.count("channels.create") == 2)
    await link.take_over(replace(settings(ari.address), extensions=()))
    gate.set()
    await sweeping
    assert core.of(ContactsChanged) == [
        ContactsChanged(node=A, extension=PHONE.number, contacts=())
    ]


async def test_a_change_that_does_not_get_through_is_told_again(
    ari: FakeAri, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_module, "ASK_AGAIN_S", 0.0)
    ari.refuse("asterisk.updateObject", 500, times=2)
    second = replace(PHONE, number=ExtensionNumber("1002"))
    await link.take_over(replace(settings(ari.address), extensions=(PHONE, second)))
    await until(lambda: ("res_pjsip", "endpoint", "1002") in ari.world.objects)


async def test_a_change_during_a_connect_is_told_after_it(ari: FakeAri, link: Link) -> None:
    gate = ari.hold("bridges.list")
    ari.cut_sockets()
    await until(lambda: ari.operations.count("bridges.list") == 2)
    second = replace(PHONE, number=ExtensionNumber("1002"))
    await link.take_over(replace(settings(ari.address), extensions=(PHONE, second)))
    assert ("res_pjsip", "endpoint", "1002") not in ari.world.objects
    gate.set()
    await until(lambda: ("res_pjsip", "endpoint", "1002") in ari.world.objects)


async def test_a_lost_socket_is_told_and_what_a_gap_has_left_is_found(
    ari: FakeAri, core: Core, link: Link
) -> None:
    ari.cut_sockets()
    await until(lambda: core.of(NodeLost))
    ari.world.caller_arrives("in.7", "in", "700", number="+90777")
    ari.world.channels["x"] = ari.world.channels["in.7"] | {
        "id": "x",
        "dialplan": {"app_name": "AppDial2", "app_data": "(Outgoing Line)"},
    }
    await until(lambda: len(core.of(NodeUp)) == 2)
    told = core.told[core.told.index(NodeLost(node=A)) :]
    assert StrayFound(node=A, channel=Channel(A, ChannelId("x"))) in told
    assert [fact.channel.id for fact in core.of(CallArrived)] == ["in.7"]  # type: ignore[attr-defined]
    assert isinstance(told[-1], NodeUp)


async def test_a_phone_that_is_rung_during_a_gap_is_not_taken_for_gone(
    ari: FakeAri, core: Core, link: Link
) -> None:
    """The ring is on its way to Asterisk when the socket breaks, and done after we are back."""
    leg = Leg(
        channel=LEG,
        interaction=InteractionId("1-1"),
        role=Role.TARGET,
        asked_at=datetime(2026, 1, 5, tzinfo=UTC),
    )
    core.distributor.state.put(leg)
    gate = ari.hold("channels.originateWithId")
    ring = Ring(lane=LANE, channel=LEG, endpoint="PJSIP/1", caller="1", caller_name="", timeout_s=1)
    ringing = asyncio.create_task(link.perform(ring))
    await until(lambda: "channels.originateWithId" in ari.operations)
    core.told.clear()
    ari.cut_sockets()
    await until(lambda: ari.operations.count("bridges.createWithId") == 2)
    with pytest.raises(EffectError, match="being looked at") as refused:
        await _while_it_looks(link)
    assert refused.value.unreachable
    for _ in range(3):
        await link.ari.rest.asterisk.ping()
    assert ari.operations.count("channels.list") == 1, "it looks while a phone is being rung"
    gate.set()
    await ringing
    await until(lambda: core.of(NodeUp))
    assert core.of(LegGone) == []
    assert [fact.channel for fact in core.of(LegFound)] == [LEG]  # type: ignore[attr-defined]
    await link.perform(HangUp(lane=LANE, channel=LEG))


async def _while_it_looks(link: Link) -> None:
    """Ask again and again for what does no harm, until it is refused."""
    async with asyncio.timeout(5):
        while True:
            await link.perform(StopMusic(lane=LANE, channel=CALLER))


async def test_a_sweep_tells_what_nobody_owns(ari: FakeAri, core: Core, link: Link) -> None:
    await link.perform(MakeBridge(lane=LANE, node=A, bridge=BRIDGE))
    core.told.clear()
    await link.sweep()
    assert core.told == [StrayFound(node=A, bridge=BRIDGE)]


async def test_sweeps_come_by_themselves_and_survive_an_error(
    ari: FakeAri, core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_module, "SWEEP_EVERY_S", 0.01)
    ari.world.add_endpoint("PJSIP/1001")
    async with linked(ari, core) as link:
        ari.refuse("channels.list", 500, times=1)
        await link.perform(MakeBridge(lane=LANE, node=A, bridge=BRIDGE))
        await until(lambda: StrayFound(node=A, bridge=BRIDGE) in core.told)


async def test_a_channel_left_over_from_asking_is_a_stray(ari: FakeAri, core: Core) -> None:
    ari.world.add_endpoint("PJSIP/1001")
    left = ari.world.create(
        {"channelId": "acd-reader-0", "endpoint": "Local/s@x", "app": "acd-presence"}
    )
    left["dialplan"]["app_data"] = "acd-presence,reader"
    async with linked(ari, core):
        assert StrayFound(node=A, channel=Channel(A, ChannelId("acd-reader-0"))) in core.told


@pytest.mark.parametrize(
    "version", ["20.5.0", "22.9.3", "22.10.0", "22.11.0", "23.1.0", "GIT-master"]
)
async def test_an_unfit_asterisk_is_not_driven_and_the_log_says_why(
    ari: FakeAri, core: Core, caplog: pytest.LogCaptureFixture, version: str
) -> None:
    ari.world.version = version
    link = Link(settings(ari.address), state=lambda: core.distributor.state, tell=core.told.append)
    async with link.ari:
        task = asyncio.create_task(link.run())
        await until(lambda: caplog.records)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    reason = getattr(caplog.records[0], "reason", "")
    assert f"Asterisk {version} is not fit: install Asterisk 22.10.1" in reason
    assert not core.of(NodeUp)
    assert not ari.world.bridges


@pytest.mark.parametrize("version", ["22.10.1", "22.10.1~dfsg+~cs6.15-1", "22.11.1", "22.12"])
def test_these_are_fit(version: str) -> None:
    refuse_unfit(version)


async def test_how_the_carriers_are_is_asked_where_no_event_will_tell(
    ari: FakeAri, core: Core
) -> None:
    ari.world.add_endpoint("PJSIP/carrier", state="offline")
    async with linked(ari, core):
        assert core.of(TrunkChanged) == [], "it was told just now, and may not have been asked"
    async with linked(ari, core):
        await until(lambda: core.of(TrunkChanged))
    assert core.of(TrunkChanged) == [TrunkChanged(node=A, trunk=CARRIER.name, up=False)]
