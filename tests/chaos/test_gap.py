"""Gaps without a crash: a cut cable, a frozen process, another process, a locked database."""

import sqlite3
import time
from collections.abc import AsyncIterator

import pytest

from acd.app.exits import Exit
from tests.chaos.cable import Cable
from tests.chaos.conftest import Launch
from tests.chaos.hearing import Talk
from tests.chaos.process import agent_in, phases_in, waiting_in
from tests.integration.running import Site, queue, until
from tests.parties.behaviour import Answer, Ring
from tests.parties.tones import AGENTS, CALLERS, MUSIC

pytestmark = pytest.mark.asterisk


@pytest.fixture
async def cable(site: Site) -> AsyncIterator[Cable]:
    async with Cable.to(site.facts["http_port"]) as cable:
        yield cable


def through(cable: Cable, site: Site) -> dict[str, str]:
    """The node, reached by the cable."""
    keys = ("ari_user", "ari_password")
    url = f"http://127.0.0.1:{cable.port}/ari"
    known = {key: site.facts[key] for key in keys}
    return {"ari_url": url, "media_address": site.facts["sip_address"], **known}


async def test_what_happens_while_the_cable_is_cut_is_found(
    cable: Cable, launch: Launch, site: Site
) -> None:
    acd = await launch(queue("sales", "700", "ayse", "baris"), nodes=[through(cable, site)])
    ayse = await acd.phone("ayse", Answer())
    talk = await acd.caller(0).dial("700")
    await talk.hears(AGENTS[0])
    baris = await acd.phone("baris", Ring())
    rung = await acd.caller(1).dial("700")
    await (await baris.invited()).ringing()
    leaver = await acd.caller(2).dial("700")
    await leaver.hears(MUSIC)
    talking = Talk(talk, ayse.current)
    cable.cut()
    await acd.becomes(lambda picture: not picture["nodes"][0]["up"])
    await leaver.hang_up()
    await leaver.ended()
    newcomer = await acd.caller(3).dial("700")
    await newcomer.hears(MUSIC)
    cable.mend()
    back = time.monotonic()
    await acd.becomes(lambda picture: picture["nodes"][0]["up"])
    await acd.becomes(lambda picture: waiting_in(picture) == ["+49301", "+49303"], within=3)
    assert time.monotonic() - back < 6.0
    # What rang was withdrawn and rings again; who talks has noticed nothing.
    await baris.invited(calls=2)
    talking.assert_whole()
    baris.current.answer()
    await rung.hears(AGENTS[1])
    await talk.hang_up()
    await newcomer.hears(AGENTS[0])
    for call in (rung, newcomer):
        await call.hang_up()


async def test_a_frozen_process_catches_up(launch: Launch) -> None:
    sales = queue("sales", "700", "ayse", "baris", "cem", acw_s=3)
    acd = await launch(sales, queue("help", "701", "cem"))
    ayse = await acd.phone("ayse", Answer())
    talk = await acd.caller(0).dial("700")
    await talk.hears(AGENTS[0])
    baris = await acd.phone("baris", Answer())
    ends = await acd.caller(1).dial("700")
    await ends.hears(AGENTS[1])
    cem = await acd.phone("cem", Ring())
    rung = await acd.caller(2).dial("700")
    await (await cem.invited()).ringing()
    leaver = await acd.caller(3).dial("700")
    await leaver.hears(MUSIC)
    talking = Talk(talk, ayse.current)
    acd.life.freeze()
    frozen = time.monotonic()
    await leaver.hang_up()
    await baris.hang_up()
    newcomer = await acd.caller(4).dial("700")
    await until(lambda: time.monotonic() - frozen > 10.0, within=11)
    acd.life.thaw()
    thawed = time.monotonic()
    await ends.ended()
    picture = await acd.becomes(
        lambda picture: (
            set(waiting_in(picture)) <= {"+49302", "+49304"} and picture["nodes"][0]["up"]
        )
    )
    assert phases_in(picture)["ayse"] == ("talking", "+49300")
    assert agent_in(picture, "cem")["misses"] == 0
    await newcomer.answered()
    assert time.monotonic() - thawed < 5.0
    talking.assert_whole()
    cem.behaviour = Answer()
    cem.current.answer()
    await rung.hears(AGENTS[2], within=4)
    await newcomer.hears(AGENTS[1], within=6)
    for call in (talk, rung, newcomer):
        await call.hang_up()


async def test_a_second_process_takes_over_and_the_first_ends(launch: Launch) -> None:
    acd = await launch()
    phone = await acd.phone("ayse", Answer())
    call = await acd.caller().dial("700")
    await call.hears(AGENTS[0])
    waits = await acd.caller(1).dial("700")
    await waits.hears(MUSIC)
    await acd.all_written()
    talking = Talk(call, phone.current)
    first = acd.life
    refused = await acd.begin()
    assert await refused.ended() == Exit.REPLACED
    assert f"process {first.process.pid}" in refused.text()
    assert first.process.returncode is None
    del acd.lives[-1]
    await acd.start("--take-over")
    assert await first.ended() == Exit.REPLACED
    acd.lives.remove(first)
    picture = await acd.live()
    assert phases_in(picture)["ayse"] == ("talking", "+49300")
    assert waiting_in(picture) == ["+49301"]
    talking.assert_whole()
    await call.hang_up()
    await waits.hears(AGENTS[0])
    await waits.hang_up()
    await phone.current.ended()


async def test_a_locked_database_stops_no_call(launch: Launch) -> None:
    acd = await launch()
    phone = await acd.phone("ayse", Answer())
    other = sqlite3.connect(acd.database, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    answer = await acd.ask("/agents/baris/login", project="support")
    assert answer["durable"] is False
    assert answer["agent"]["project"] == "support"
    for place in range(2):
        call = await acd.caller(place).dial("700")
        await call.hears(AGENTS[0])
        await phone.hears(CALLERS[place])
        await call.hang_up()
        await phone.current.ended()
    await acd.becomes(lambda picture: agent_in(picture, "ayse")["not_ready"] is None)
    other.execute("ROLLBACK")
    other.close()
    await acd.written(
        "interactions", "caller, outcome", *((f"+4930{place}", "answered") for place in range(2))
    )
    assert (await acd.ask("/agents/baris/logout"))["durable"] is True
