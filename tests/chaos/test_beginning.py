"""`acd run` that cannot begin, or not yet, with a real Asterisk."""

import asyncio
import socket
from pathlib import Path

import pytest

from acd.app.exits import Exit
from tests.chaos.conftest import Launch
from tests.chaos.process import Outside
from tests.integration.running import Site, configuration
from tests.parties.behaviour import Answer
from tests.parties.fixtures import PartyFactory
from tests.parties.tones import AGENTS

pytestmark = pytest.mark.asterisk


def outside(site: Site, parties: PartyFactory, folder: Path) -> Outside:
    config = configuration(site.facts, folder / "acd.db")
    return Outside(
        site=site, parties=parties, database=folder / "acd.db", folder=folder, config=config
    )


async def test_a_wrong_ari_password_ends_it(
    site: Site, party_factory: PartyFactory, tmp_path: Path
) -> None:
    acd = outside(site, party_factory, tmp_path)
    acd.config["nodes"][0]["ari_password"] = "mistaken"
    life = await acd.begin()
    assert await life.ended() == Exit.PASSWORD
    last = life.text().splitlines()[-1]
    assert site.facts["ari_url"] in last
    assert "password" in last
    assert "Traceback" not in life.text()
    assert "mistaken" not in life.text()


async def test_a_taken_http_port_ends_it(
    site: Site, party_factory: PartyFactory, tmp_path: Path
) -> None:
    acd = outside(site, party_factory, tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        life = await acd.begin(f"--http=127.0.0.1:{port}")
        assert await life.ended() == Exit.PORT
    assert str(port) in life.text().splitlines()[-1]
    assert "Traceback" not in life.text()


async def test_an_asterisk_that_comes_later_is_found(site: Site, launch: Launch) -> None:
    stopped = await asyncio.to_thread(site.tool, "kill", f"--name={site.name}")
    assert stopped.returncode == 0, stopped.stderr
    acd = await launch(until="/healthz")
    picture = await acd.live()
    assert not any(node["up"] for node in picture["nodes"])
    await asyncio.to_thread(site.tool, "restart", f"--name={site.name}")
    await acd.becomes(lambda picture: any(node["up"] for node in picture["nodes"]), within=8)
    await acd.phone("ayse", Answer())
    call = await acd.caller().dial("700")
    await call.hears(AGENTS[0])
    await call.hang_up()
