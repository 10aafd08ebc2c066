"""`kill -9`, and a new process: nobody is dropped, whatever the call was doing."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from acd.distributor.adopting import FOUND
from tests.chaos.conftest import Launch
from tests.chaos.hearing import LONGEST_S, Talk
from tests.chaos.process import Outside, agent_in, phases_in, waiting_in
from tests.integration.running import queue, until
from tests.parties.behaviour import Answer, Ring
from tests.parties.call import Call
from tests.parties.party import Party
from tests.parties.tones import AGENTS, CALLERS, MUSIC

pytestmark = pytest.mark.asterisk


async def crash(acd: Outside) -> None:
    """Kill the process and start another one, which serves calls within three seconds."""
    await acd.all_written()
    await acd.life.kill()
    took = await acd.start()
    assert took < 3.0


async def test_who_waits_waits_on(launch: Launch) -> None:
    acd = await launch()
    first = await acd.caller(0).dial("700")
    await first.hears(MUSIC)
    second = await acd.caller(1).dial("700")
    await second.hears(MUSIC)
    music = time.monotonic()
    await crash(acd)
    assert waiting_in(await acd.live()) == ["+49300", "+49301"]
    assert first.ears.silence_gaps(MUSIC, music, longest=LONGEST_S) == []
    await acd.phone("ayse", Answer())
    await first.hears(AGENTS[0])
    await first.hang_up()
    await second.hears(AGENTS[0])
    await second.hang_up()


async def test_what_rang_rings_again_and_was_not_missed(launch: Launch) -> None:
    acd = await launch()
    phone = await acd.phone("ayse", Ring())
    call = await acd.caller().dial("700")
    rings = await (await phone.invited()).ringing()
    await crash(acd)
    await rings.ended()
    await phone.invited(calls=2)
    assert call.is_up
    phone.current.answer()
    await call.hears(AGENTS[0])
    await phone.hears(CALLERS[0])
    assert agent_in(await acd.live(), "ayse")["misses"] == 0
    await call.hang_up()
    await acd.written("offers", "outcome", ("withdrawn",), ("answered",))


async def test_who_answers_while_no_process_lives_is_offered_the_call_again(launch: Launch) -> None:
    acd = await launch()
    phone = await acd.phone("ayse", Ring())
    call = await acd.caller().dial("700")
    await (await phone.invited()).ringing()
    await acd.all_written()
    await acd.life.kill()
    phone.current.answer()
    # Asterisk hangs up at once: the application is not there.
    await phone.current.ended()
    phone.behaviour = Answer()
    assert await acd.start() < 3.0
    await call.hears(AGENTS[0], within=3)
    await call.hang_up()


async def talking(acd: Outside) -> tuple[Call, Party]:
    phone = await acd.phone("ayse", Answer())
    call = await acd.caller().dial("700")
    await call.hears(AGENTS[0])
    await phone.hears(CALLERS[0])
    return call, phone


async def test_who_talks_notices_nothing(launch: Launch) -> None:
    acd = await launch(queue("sales", "700", "ayse", acw_s=1))
    call, phone = await talking(acd)
    talk = Talk(call, phone.current)
    await crash(acd)
    talk.assert_whole()
    assert phases_in(await acd.live())["ayse"] == ("talking", "+49300")
    await phone.hang_up()
    await call.ended()
    await acd.becomes(lambda picture: phases_in(picture)["ayse"][0] == "acw")


@pytest.mark.parametrize("by", ["caller", "agent"])
async def test_who_hangs_up_while_no_process_lives_is_found_gone(launch: Launch, by: str) -> None:
    acd = await launch()
    call, phone = await talking(acd)
    rang = phone.current
    await acd.all_written()
    await acd.life.kill()
    await (call if by == "caller" else rang).hang_up()
    assert await acd.start() < 3.0
    if by == "caller":
        await rang.ended()
        await acd.written("interactions", "outcome", ("answered",))
        return
    # Nobody knows why the agent's leg went: better to wait again than to be hung up on.
    await phone.invited(calls=2)
    await call.hears(AGENTS[0])
    await call.hang_up()


@contextmanager
def unwritten(acd: Outside) -> Iterator[None]:
    """Nothing that happens meanwhile is kept: the database is locked."""
    other = sqlite3.connect(acd.database, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        other.close()


async def test_who_talks_without_a_record_of_it_talks_on_and_is_known(launch: Launch) -> None:
    acd = await launch(queue("sales", "700", "ayse", acw_s=1))
    phone = await acd.phone("ayse", Answer())
    await acd.all_written()
    with unwritten(acd):
        call = await acd.caller().dial("700")
        await call.hears(AGENTS[0])
        await phone.hears(CALLERS[0])
        await acd.life.kill()
    assert acd.rows("interactions", "caller") == []
    await acd.start()
    await acd.becomes(lambda picture: phases_in(picture)["ayse"] == ("talking", "+49300"))
    # They are moved into a bridge that has a record, which may be heard for a moment.
    await call.hears(AGENTS[0])
    await phone.hears(CALLERS[0])
    assert len(phone.calls) == 1
    await call.hang_up()
    await acd.becomes(lambda picture: phases_in(picture)["ayse"][0] == "acw")
    await acd.written("interactions", "caller, outcome", ("+49300", "answered"))
    await acd.written("offers", "agent, outcome", ("ayse", "answered"))
    assert FOUND in str(acd.rows("offers", "explanation"))


async def test_colleagues_who_talk_without_a_record_of_it_talk_on(launch: Launch) -> None:
    acd = await launch()
    ayse, baris = await acd.phone("ayse", Ring()), await acd.phone("baris", Answer())
    await acd.all_written()
    with unwritten(acd):
        call = await ayse.dial("1002")
        await call.hears(AGENTS[1])
        await baris.hears(AGENTS[0])
        await acd.life.kill()
    await acd.start()
    await acd.becomes(lambda picture: picture["calls"] == 1)
    await call.hears(AGENTS[1])
    await baris.hears(AGENTS[0])
    assert len(baris.calls) == 1
    await call.hang_up()
    await baris.current.ended()
    await acd.written("interactions", "outcome", ("answered",))


async def test_after_call_work_goes_on_by_the_same_clock(launch: Launch) -> None:
    acd = await launch(queue("sales", "700", "ayse", acw_s=4))
    call, phone = await talking(acd)
    await phone.hang_up()
    began = time.monotonic()
    await call.ended()
    await acd.becomes(lambda picture: phases_in(picture)["ayse"][0] == "acw")
    await crash(acd)
    assert phases_in(await acd.live())["ayse"][0] == "acw"
    await acd.becomes(lambda picture: agent_in(picture, "ayse")["not_ready"] is None)
    assert time.monotonic() - began == pytest.approx(4.0, abs=0.3)


async def test_who_calls_while_no_process_lives_is_held_and_gets_in(launch: Launch) -> None:
    acd = await launch()
    await acd.phone("ayse", Answer())
    await acd.life.kill()
    call = await acd.caller().dial("700")
    await call.hears(MUSIC)
    assert await acd.start() < 3.0
    await call.hears(AGENTS[0], within=3)
    await acd.becomes(lambda picture: phases_in(picture)["ayse"] == ("talking", "+49300"))
    # The music that the dialplan began is over too.
    assert await call.ears.falls_silent(MUSIC, within=1, quiet=0.3)
    await call.hang_up()


@pytest.mark.parametrize("ms", [10, 30, 60])
async def test_a_crash_in_the_first_moments_of_a_call_drops_nobody(launch: Launch, ms: int) -> None:
    """What was decided last is not written: the caller may be called new, the agent rung again."""
    acd = await launch()
    phone = await acd.phone("ayse", Answer(after=0.02))
    call = await acd.caller().dial("700")
    end = time.monotonic() + ms / 1000
    await until(lambda: time.monotonic() >= end)
    await acd.life.kill()
    await acd.start()
    await call.hears(AGENTS[0], within=4)
    await phone.hears(CALLERS[0])
    await call.hang_up()
