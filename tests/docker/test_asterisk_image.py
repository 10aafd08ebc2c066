"""tools/asterisk with the image of docker-compose.yml."""

import json
from pathlib import Path

import pytest

from acd.ivr.speaking import names
from acd.settings import Language
from tests.docker.engine import docker
from tests.docker.stack import Stack
from tests.integration.instances import Ari, Facts, started, tool_in
from tests.parties.behaviour import Answer
from tests.parties.fixtures import PartyFactory
from tests.parties.tones import AGENTS, CALLERS

pytestmark = pytest.mark.timeout(900)


async def test_an_instance_in_a_container_lives_as_others_do(
    stack: Stack, party_factory: PartyFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACD_ASTERISK", "docker")
    with tool_in(tmp_path / "run") as tool:
        facts = started(tool, "in-docker", "--identify-by=username")
        assert facts["source"] == "docker"
        await _they_talk(facts, party_factory)
        async with Ari.of(facts) as ari:
            said = {each["id"] for each in await ari.get("sounds?lang=tr")}
        assert said == names(Language.TURKISH)
        assert "22." in tool("cli", "--name=in-docker", "core show version").stdout

        assert tool("kill", "--name=in-docker").returncode == 0
        (dead,) = json.loads(tool("status", "--name=in-docker", "--json").stdout)
        assert dead["state"] == "dead"
        again = tool("restart", "--name=in-docker", "--json")
        assert again.returncode == 0, again.stderr
        after: Facts = json.loads(again.stdout)
        assert after["sip_port"] == facts["sip_port"]
        async with Ari.of(after) as ari:
            assert await ari.is_empty()
        assert (Path(tool("rest-api").stdout.strip()) / "channels.json").exists()
    # Docker removes it a moment after its process has ended.
    label = f"--filter=label=acd-asterisk={facts['paths']['log'].removesuffix('/log')}"
    await stack.becomes(lambda: docker("ps", "--all", "--quiet", label) == "", "no container left")


async def _they_talk(facts: Facts, parties: PartyFactory) -> None:
    """One calls the other; ARI joins them as the ACD would."""
    server = facts["sip_address"], facts["sip_port"]
    async with Ari.of(facts) as ari:
        for number in ("1001", "1002"):
            await ari.provision_phone(number, "pw")
        ayse = parties(
            tone=AGENTS[0], server=server, number="1001", password="pw", behaviour=Answer()
        )
        baris = parties(tone=CALLERS[0], server=server, number="1002", password="pw")
        assert (await ayse.register(), await baris.register()) == (200, 200)
        async with ari.app() as next_of:
            call = await baris.dial("1001")
            caller = (await next_of("StasisStart"))["channel"]["id"]
            await ari.post("channels", endpoint="PJSIP/1001", app="acd", channelId="called")
            await next_of("StasisStart")
            await ari.post("bridges", bridgeId="talk")
            await ari.post(f"channels/{caller}/answer")
            await ari.post("bridges/talk/addChannel", channel=f"{caller},called")
            await call.hears(AGENTS[0])
            await ayse.hears(CALLERS[0])
            await call.hang_up()
            await ari.delete("bridges/talk")
