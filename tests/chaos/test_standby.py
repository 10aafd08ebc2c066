"""A second process stands by, and takes over the calls when the first is gone."""

import time

import pytest

from acd.app.exits import Exit
from tests.chaos.conftest import Launch
from tests.chaos.hearing import LONGEST_S, Talk
from tests.chaos.process import Life, Outside, phases_in, waiting_in
from tests.integration.databases import Place, PostgresqlPlace
from tests.integration.running import queue, until
from tests.parties.behaviour import Answer
from tests.parties.call import Call
from tests.parties.party import Party
from tests.parties.tones import AGENTS, CALLERS, MUSIC

pytestmark = pytest.mark.asterisk


async def one_talks_one_waits(acd: Outside) -> tuple[Call, Party, Call]:
    phone = await acd.phone("ayse", Answer())
    talks = await acd.caller(0).dial("700")
    await talks.hears(AGENTS[0])
    await phone.hears(CALLERS[0])
    waits = await acd.caller(1).dial("700")
    await waits.hears(MUSIC)
    await acd.all_written()
    return talks, phone, waits


async def standing_by(acd: Outside) -> tuple[Life, Life]:
    """Another process, which waits; gives the one that serves, and it."""
    first = acd.life
    second = await acd.begin("--standby")
    await until(lambda: "standing by" in second.text(), within=20)
    return first, second


async def serves(life: Life, within: float) -> float:
    """Wait until it does; how many seconds that took."""
    began = time.monotonic()
    await life.lives(within=began - life.started_at + within)
    return time.monotonic() - began


async def test_whoever_stands_by_goes_on_when_the_first_is_killed(
    place: Place, launch: Launch
) -> None:
    acd = await launch(queue("sales", "700", "ayse", acw_s=1), place=place)
    talks, phone, waits = await one_talks_one_waits(acd)
    first, second = await standing_by(acd)
    talk, music = Talk(talks, phone.current), time.monotonic()
    await first.kill()
    assert await serves(second, within=10) < 5.0
    acd.lives.remove(first)
    picture = await acd.live()
    assert phases_in(picture)["ayse"] == ("talking", "+49300")
    assert waiting_in(picture) == ["+49301"]
    talk.assert_whole()
    assert waits.ears.silence_gaps(MUSIC, music, longest=LONGEST_S) == []
    await talks.hang_up()
    await waits.hears(AGENTS[0])
    await waits.hang_up()
    await acd.written("interactions", "outcome", ("answered",), ("answered",))


async def test_whoever_stands_by_goes_on_when_the_first_is_stopped(
    place: Place, launch: Launch
) -> None:
    acd = await launch(queue("sales", "700", "ayse", acw_s=1), place=place)
    talks, phone, waits = await one_talks_one_waits(acd)
    first, second = await standing_by(acd)
    talk = Talk(talks, phone.current)
    assert await first.stop() == Exit.DONE
    assert await serves(second, within=10) < 5.0
    talk.assert_whole()
    await talks.hang_up()
    await waits.hears(AGENTS[0])
    await waits.hang_up()
    await acd.written("interactions", "outcome", ("answered",), ("answered",))


async def test_a_frozen_process_loses_its_calls_to_who_stands_by(
    postgresql_place: PostgresqlPlace, launch: Launch
) -> None:
    acd = await launch(queue("sales", "700", "ayse", acw_s=1), place=postgresql_place)
    talks, phone, waits = await one_talks_one_waits(acd)
    first, second = await standing_by(acd)
    talk = Talk(talks, phone.current)
    first.freeze()
    assert await serves(second, within=30) < 20.0
    assert phases_in(await acd.live())["ayse"] == ("talking", "+49300")
    talk.assert_whole()
    await talks.hang_up()
    await waits.hears(AGENTS[0])
    before = acd.rows("runs", "run, ended_at IS NULL")
    assert sorted(before) == [(1, False), (2, True)]
    first.thaw()
    assert await first.ended() == Exit.REPLACED
    assert "away at the end" not in first.text()
    acd.lives.remove(first)
    await waits.hang_up()
    # Each call is told once, by who took it over.
    await acd.written(
        "interactions", "caller, outcome", ("+49300", "answered"), ("+49301", "answered")
    )


async def test_whoever_stands_by_can_be_stopped(launch: Launch) -> None:
    acd = await launch()
    first, second = await standing_by(acd)
    assert await second.stop() == Exit.DONE
    acd.lives.remove(second)
    assert first.process.returncode is None
