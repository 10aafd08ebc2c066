"""Asterisk goes, or stays while the ACD is gone for good."""

import asyncio
import time

import pytest

from tests.chaos.conftest import Launch
from tests.chaos.hearing import Talk
from tests.chaos.process import agent_in, phases_in, reachable, waiting_in
from tests.integration.running import APOLOGY, Site, queue
from tests.parties.behaviour import Answer, Ring
from tests.parties.tones import AGENTS, CALLERS, MUSIC

pytestmark = pytest.mark.asterisk


async def test_what_went_with_its_asterisk_is_lost_and_new_calls_work(
    launch: Launch, site: Site
) -> None:
    acd = await launch(queue("sales", "700", "ayse", "baris"))
    ayse, baris = await acd.phone("ayse", Answer()), await acd.phone("baris", Ring())
    talk = await acd.caller(0).dial("700")
    await talk.hears(AGENTS[0])
    await acd.caller(1).dial("700")
    await (await baris.invited()).ringing()
    waits = await acd.caller(2).dial("700")
    await waits.hears(MUSIC)
    await asyncio.to_thread(site.tool, "kill", f"--name={site.name}")
    await acd.becomes(lambda picture: not picture["nodes"][0]["up"])
    restarted = await asyncio.to_thread(site.tool, "restart", f"--name={site.name}")
    assert restarted.returncode == 0, restarted.stderr
    back = time.monotonic()
    picture = await acd.becomes(lambda picture: picture["nodes"][0]["up"], within=8)
    assert time.monotonic() - back < 6.0
    assert waiting_in(picture) == []
    assert (phases_in(picture)["ayse"], phases_in(picture)["baris"]) == ((None, None),) * 2
    assert agent_in(picture, "baris")["misses"] == 0
    await acd.written("interactions", "outcome", *[("lost",)] * 3)
    await acd.written("offers", "agent, outcome", ("ayse", "answered"), ("baris", "withdrawn"))
    # A phone that registered in its last second is forgotten, others are not; phones come again by
    # themselves.
    for phone in (ayse, baris):
        phone.come_back()
    await baris.unregister()
    assert await ayse.register() == 200
    await acd.becomes(
        lambda picture: reachable(picture, "ayse") and not reachable(picture, "baris")
    )
    again = await acd.caller(3).dial("700")
    await again.hears(AGENTS[0])
    await again.hang_up()


async def test_who_waits_for_a_dead_acd_reaches_the_fallback(launch: Launch, site: Site) -> None:
    acd = await launch(queue("sales", "700", "ayse"), dead_man_s=10)
    async with acd.ari() as ari:
        await ari.set_globals(ACD_APOLOGY=f"{site.facts['asterisk_paths']['sounds']}/apology")
    ayse = await acd.phone("ayse", Answer())
    talks = await acd.caller(0).dial("700")
    await talks.hears(AGENTS[0])
    await ayse.hears(CALLERS[0])
    waits = await acd.caller(1).dial("700")
    await waits.hears(MUSIC)
    talk = Talk(talks, ayse.current)
    await acd.all_written()
    await acd.life.kill()
    killed = time.monotonic()
    await waits.hears(APOLOGY, within=11)
    # Armed anew every third of the time, so that it is never less than two thirds.
    assert 6.0 < time.monotonic() - killed < 10.5
    await waits.ended()
    # A talk needs nobody, and is not ended.
    talk.assert_whole()
    await acd.start()
    await acd.written("entries", "outcome", ("answered",), ("abandoned",))
    assert phases_in(await acd.live())["ayse"] == ("talking", "+49300")
    await talks.hang_up()
