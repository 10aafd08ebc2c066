"""The ARI client against a real Asterisk: what the fake server of the contract tests stands on."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from acd.agents.attempt import ACCEPT_KEY
from acd.ari.errors import (
    AriAllocationFailed,
    AriBadRequest,
    AriConflict,
    AriError,
    AriForbidden,
    AriNotFound,
    AriUnauthorized,
    AriUnprocessable,
    Replaced,
)
from acd.ari.events import ACD, PHONES, PRESENCE, StreamState, StreamTimes
from acd.ari.models import Event
from acd.ari.node import AriNode
from acd.ari.rest import AriAddress, RestClient
from acd.ivr.speaking import accept
from acd.settings import Language
from tests.contract.until import until

pytestmark = pytest.mark.asterisk

TOOL = Path(__file__).resolve().parents[2] / "tools" / "asterisk"
QUICK = StreamTimes(first_delay_s=0.05, longest_delay_s=0.2)
Run = Callable[..., str]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """tools/asterisk with a run folder of its own."""
    environment = {**os.environ, "ACD_RUN": str(tmp_path_factory.mktemp("run"))}

    def call(*words: str) -> str:
        done = subprocess.run(
            [TOOL, *words], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    yield call
    call("stop", "--all")


@pytest.fixture(scope="module")
def address(run: Run) -> AriAddress:
    facts = json.loads(run("start", "--name=client", "--fresh", "--json"))
    return AriAddress(url=facts["ari_url"], user=facts["ari_user"], password=facts["ari_password"])


class Watch:
    """A node with all its events; `live` again after each reconnect."""

    def __init__(self, address: AriAddress) -> None:
        self.events: list[Event] = []
        self.connects = 0
        self.node = AriNode(
            "real",
            address,
            deliver=self.events.append,
            on_connected=self._connected,
            apps=(ACD, PRESENCE),
            times=QUICK,
        )
        self.rest = self.node.rest

    async def _connected(self) -> None:
        self.connects += 1

    @property
    def live(self) -> bool:
        return self.node.events.state is StreamState.LIVE

    def of(self, channel_id: str) -> list[str]:
        """The types of the events of this channel, in order."""
        return [
            each.type for each in self.events if each.raw.get("channel", {}).get("id") == channel_id
        ]

    def heard(self, kind: str, **fields: Any) -> list[dict[str, Any]]:
        return [
            each.raw
            for each in self.events
            if each.type == kind and fields.items() <= each.raw.items()
        ]


@contextlib.asynccontextmanager
async def watching(address: AriAddress) -> AsyncIterator[tuple[Watch, asyncio.Task[Any]]]:
    watch = Watch(address)
    async with watch.node:
        task = asyncio.create_task(watch.node.events.run())
        try:
            await until(lambda: watch.live)
            yield watch, task
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Replaced, AriError):
                await task


@pytest.fixture
async def watch(address: AriAddress) -> AsyncIterator[Watch]:
    """A node that is live; nothing may be left in Asterisk afterwards."""
    async with watching(address) as (watch, _):
        yield watch
        for channel in await watch.rest.channels.all():
            with contextlib.suppress(AriNotFound):
                await watch.rest.channels.hangup(channel.id)
        for bridge in await watch.rest.bridges.all():
            await watch.rest.bridges.destroy(bridge.id)
        async with asyncio.timeout(5):
            while await watch.rest.channels.all():
                await asyncio.sleep(0.01)


async def call_in_stasis(watch: Watch, name: str) -> tuple[str, str]:
    """A caller and an agent without telephones, both answered and in Stasis.

    A Local channel has two halves: the far one comes by the dialplan, as callers do.
    """
    agent, caller = name, f"{name};2"
    await watch.rest.channels.originate(
        agent, endpoint="Local/5551@from-phone/n", app="acd", app_args=["agent", name]
    )
    await until(lambda: "StasisStart" in watch.of(caller))
    await watch.rest.channels.answer(caller)
    await until(lambda: "StasisStart" in watch.of(agent))
    return caller, agent


async def test_a_connect_registers_the_applications_with_their_filters(watch: Watch) -> None:
    acd = await watch.rest.applications.get("acd")
    presence = await watch.rest.applications.get("acd-presence")
    assert {each["type"] for each in acd.events_disallowed} == set(ACD.disallowed)
    assert {each["type"] for each in presence.events_allowed} == set(PRESENCE.allowed)
    info = await watch.rest.asterisk.get_info()
    assert info.system is not None
    assert info.system.version.startswith("22.")


async def test_a_call_goes_through_stasis_a_bridge_and_out(watch: Watch) -> None:
    rest = watch.rest
    # Two calls: the second half of one Local channel is not let into the bridge of the first, and
    # addChannel is answered with 204 all the same.
    caller, _ = await call_in_stasis(watch, "story-1")
    (start,) = watch.heard("StasisStart", args=["in", "5551"])
    assert start["channel"]["id"] == caller
    _, agent = await call_in_stasis(watch, "story-2")
    await rest.applications.subscribe("acd", f"channel:{caller}")
    await rest.bridges.create("b-story", kind="mixing,dtmf_events,proxy_media")
    await rest.channels.start_moh(caller)
    await rest.channels.stop_moh(caller)
    await rest.bridges.add_channel("b-story", agent)
    await rest.bridges.add_channel("b-story", caller, inhibit_connected_line_updates=True)
    await until(lambda: "ChannelEnteredBridge" in watch.of(caller))
    assert set((await rest.bridges.get("b-story")).channels) == {agent, caller}

    for channel in (agent, caller):
        await rest.channels.hangup(channel, reason="answered_elsewhere")
    await until(lambda: "ChannelDestroyed" in watch.of(agent))
    await until(lambda: "ChannelDestroyed" in watch.of(caller))
    assert watch.of(agent)[-2:] == ["StasisEnd", "ChannelDestroyed"]
    (end,) = [e for e in watch.heard("ChannelDestroyed") if e["channel"]["id"] == agent]
    assert end["cause"] == 26
    assert not any(watch.heard(left_out) for left_out in ACD.disallowed)


async def test_values_travel_unchanged(watch: Watch) -> None:
    caller, _ = await call_in_stasis(watch, "values/1 +%ü")
    odd = 'a+b c&d=é%2F,;"'
    await watch.rest.channels.set_channel_var(caller, "ODD", odd)
    answer = await watch.rest.call("channels.getChannelVar", channelId=caller, variable="ODD")
    assert answer == {"value": odd}


async def test_what_cannot_be_done_has_a_type(watch: Watch) -> None:
    rest = watch.rest
    _, agent = await call_in_stasis(watch, "errors")
    await rest.bridges.create("b-errors", kind="holding")
    refusals: list[tuple[type[AriError], Awaitable[Any]]] = [
        (AriAllocationFailed, rest.channels.originate("x1", endpoint="PJSIP/none", app="acd")),
        (AriAllocationFailed, rest.channels.originate("x2", endpoint="Nothing/1", app="acd")),
        (AriConflict, rest.channels.originate(agent, endpoint="Local/1@from-phone", app="acd")),
        (AriConflict, rest.bridges.create("b-errors", kind="holding")),
        (AriBadRequest, rest.bridges.add_channel("b-errors", "gone")),
        (AriUnprocessable, rest.bridges.remove_channel("b-errors", agent)),
        (AriNotFound, rest.channels.answer("gone")),
        (AriNotFound, rest.channels.get("PJSIP/100")),
        (AriNotFound, rest.playbacks.stop("gone")),
        (AriNotFound, rest.applications.get("gone")),
        (AriUnprocessable, rest.applications.subscribe("acd", "channel:gone")),
        (AriForbidden, rest.channels.rtp_statistics(agent)),
        (AriNotFound, rest.asterisk.delete_object("res_pjsip", "aor", "gone")),
        (AriBadRequest, rest.asterisk.update_object("res_pjsip", "aor", "x", [("none", "1")])),
    ]
    for kind, asked in refusals:
        with pytest.raises(kind):
            await asked


async def test_playing_or_snooping_twice_under_one_id_is_not_a_conflict(watch: Watch) -> None:
    """Why the client repeats neither of them by itself."""
    caller, _ = await call_in_stasis(watch, "twice")
    for _ in range(2):
        await watch.rest.channels.play(caller, "p", ["sound:silence/10"])
    await watch.rest.playbacks.stop("p")
    await until(lambda: len(watch.heard("PlaybackFinished")) == 1)
    await watch.rest.playbacks.stop("p")
    await until(lambda: len(watch.heard("PlaybackFinished")) == 2)
    await watch.rest.channels.snoop(caller, "snoop", app="acd", spy="both")
    with pytest.raises(AriAllocationFailed):
        await watch.rest.channels.snoop(caller, "snoop", app="acd", spy="both")


async def test_the_prompt_that_asks_a_mobile_for_the_key_is_heard(watch: Watch) -> None:
    """A sound that Asterisk does not have ends as `failed`, and the mobile hears nothing."""
    _, agent = await call_in_stasis(watch, "prompt")
    spoken = accept(Language.ENGLISH, ACCEPT_KEY)
    for sound in spoken.media:
        await watch.rest.channels.play(agent, sound, [sound], language=spoken.language)
    finished = "PlaybackFinished"
    within_s = spoken.duration_ms / 1000 + 5
    await until(lambda: len(watch.heard(finished)) == len(spoken.media), within_s=within_s)
    assert {each["playback"]["state"] for each in watch.heard(finished)} == {"done"}


async def test_endpoints_are_provisioned_and_watched(watch: Watch) -> None:
    asterisk = watch.rest.asterisk
    fields = [("aors", "7001"), ("context", "from-phone"), ("allow", "!all,ulaw")]
    await asterisk.update_object("res_pjsip", "aor", "7001", [("max_contacts", "3")])
    await asterisk.update_object("res_pjsip", "endpoint", "7001", fields)
    await watch.rest.applications.subscribe(PRESENCE.name, PHONES)
    assert ("max_contacts", "3") in await asterisk.get_object("res_pjsip", "aor", "7001")
    assert (await watch.rest.endpoints.get("7001")).state == "offline"
    assert "7001" in [each.resource for each in await watch.rest.endpoints.all()]
    for kind in ("endpoint", "aor"):
        await asterisk.delete_object("res_pjsip", kind, "7001")
    with pytest.raises(AriNotFound):
        await asterisk.get_object("res_pjsip", "aor", "7001")


async def test_a_wrong_password_is_told_at_once(address: AriAddress) -> None:
    watch = Watch(replace(address, password="wrong"))
    async with watch.node:
        with pytest.raises(AriUnauthorized):
            await watch.rest.asterisk.ping()
        with pytest.raises(AriUnauthorized, match="wrong ARI user or password"):
            await watch.node.events.run()


async def test_a_second_process_replaces_the_first(address: AriAddress) -> None:
    async with watching(address) as (_, first), watching(address) as (second, _):
        with pytest.raises(Replaced):
            await first
        await second.rest.applications.get("acd")
        assert second.live


async def test_a_connection_survives_a_restart_of_asterisk(run: Run, address: AriAddress) -> None:
    async with watching(address) as (watch, _):
        before = (await watch.rest.asterisk.get_info()).status
        await asyncio.to_thread(run, "kill", "--name=client")
        await until(lambda: not watch.live)
        await asyncio.to_thread(run, "restart", "--name=client")
        await until(lambda: watch.live, within_s=15)
        after = (await watch.rest.asterisk.get_info()).status
        assert before is not None
        assert after is not None
        assert (watch.connects, after.startup_time != before.startup_time) == (2, True)


async def test_a_kept_connection_that_asterisk_has_closed_does_not_fail_a_request(
    run: Run, address: AriAddress
) -> None:
    async with RestClient(address) as rest:
        await rest.asterisk.ping()
        await asyncio.to_thread(run, "restart", "--name=client")
        assert (await rest.asterisk.ping()).ping == "pong"
        await rest.bridges.create("b-kept", kind="holding")
        await rest.bridges.destroy("b-kept")
