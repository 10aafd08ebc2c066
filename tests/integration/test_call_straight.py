"""A call as it should be, on a real Asterisk, judged by ear."""

import asyncio
import time

import pytest

from acd.agents.assignment import Phase
from acd.requests import EndCall, FinishAcw, LogIn
from tests.integration.running import PROJECT, Acd, Start, queue, until
from tests.parties.behaviour import Answer
from tests.parties.call import By, Call
from tests.parties.party import Party
from tests.parties.tones import AGENTS, CALLERS, MUSIC

pytestmark = pytest.mark.asterisk

INTERACTION = "number, queue, outcome"


async def talk(acd: Acd, phone: Party, place: int = 0) -> Call:
    """A call in which caller and agent have heard each other."""
    call = await acd.caller(place).dial("700")
    await call.hears(phone.tone)
    await phone.hears(CALLERS[place])
    return call


async def some_time(seconds: float) -> None:
    """Of talk, to listen to."""
    end = time.monotonic() + seconds
    await until(lambda: time.monotonic() > end)


async def test_caller_and_agent_hear_each_other_and_nothing_else(start: Start) -> None:
    acd = await start()
    phone = await acd.phone("ayse", Answer(after=0.2))
    call = await talk(acd, phone)
    talking = time.monotonic()
    await some_time(0.5)
    for ears, tone in ((call.ears, AGENTS[0]), (phone.ears, CALLERS[0])):
        assert ears.hears_only({tone}, talking)
        assert ears.silence_gaps(tone, talking, longest=0.2) == []
    await call.hang_up()
    await phone.current.ended()
    await acd.written("interactions", INTERACTION, ("700", "sales", "answered"))
    await acd.written("offers", "agent, outcome", ("ayse", "answered"))


async def test_who_waits_hears_music_until_the_agent_comes(start: Start) -> None:
    acd = await start()
    call = await acd.caller().dial("700")
    await call.answered()
    await call.hears(MUSIC)
    music = time.monotonic()
    await some_time(0.5)
    assert call.ears.hears_only({MUSIC}, music)
    assert call.ears.silence_gaps(MUSIC, music, longest=0.2) == []
    phone = await acd.phone("ayse", Answer(after=0.3))
    await call.hears(AGENTS[0])
    talking = time.monotonic()
    last = call.ears.last_heard(MUSIC)
    assert last is not None
    answered_at = phone.current.answered_at
    assert answered_at is not None
    # Music up to the answer, and after that only the agent.
    assert last - answered_at < 0.15
    await some_time(0.3)
    assert call.ears.hears_only({AGENTS[0]}, talking)
    assert not phone.ears.heard_since(0, MUSIC)
    await call.hang_up()


async def test_the_agent_does_after_call_work_and_is_ready_again(start: Start) -> None:
    acd = await start(queue("sales", "700", "ayse", acw_s=1))
    phone = await acd.phone("ayse", Answer())
    call = await talk(acd, phone)
    await phone.hang_up()
    await call.ended()
    assert call.ended_by is By.THEM
    await until(lambda: acd.agent("ayse").phase is Phase.ACW)
    began = time.monotonic()
    second = await acd.caller(1).dial("700")
    await second.hears(MUSIC)
    await second.hears(AGENTS[0])
    assert 0.7 < (phone.current.invited_at - began) < 1.5
    await second.hang_up()
    await until(lambda: acd.agent("ayse").phase is Phase.ACW)
    await acd.ask(FinishAcw(agent="ayse"))
    await acd.idle("ayse")


async def test_the_caller_may_hang_up(start: Start) -> None:
    acd = await start()
    phone = await acd.phone("ayse", Answer())
    call = await talk(acd, phone)
    await call.hang_up()
    await phone.current.ended()
    assert phone.current.ended_by is By.THEM
    await acd.idle("ayse")


async def test_the_agent_may_hang_up_by_a_request(start: Start) -> None:
    acd = await start()
    phone = await acd.phone("ayse", Answer())
    call = await talk(acd, phone)
    await acd.ask(EndCall(agent="ayse"))
    await call.ended()
    await phone.current.ended()
    assert (call.ended_by, phone.current.ended_by) == (By.THEM, By.THEM)
    await acd.written("interactions", INTERACTION, ("700", "sales", "answered"))


async def test_callers_are_served_in_the_order_in_which_they_came(start: Start) -> None:
    acd = await start()
    calls = []
    for place in range(3):
        call = await acd.caller(place).dial("700")
        await call.hears(MUSIC)
        calls.append(call)
    phone = await acd.phone("ayse", Answer())
    for place, call in enumerate(calls):
        await phone.invited(calls=place + 1)
        assert phone.current.caller_id[1] == f"+4930{place}"
        await call.hears(AGENTS[0])
        assert all(other.is_up for other in calls[place:])
        await call.hang_up()


async def test_of_two_queues_the_one_of_the_higher_priority_is_served_first(start: Start) -> None:
    """Though its caller has come later; the other one comes afterwards."""
    acd = await start(queue("sales", "700", "ayse"), queue("service", "701", "ayse", priority=1))
    early = await acd.caller(0).dial("700")
    await early.hears(MUSIC)
    late = await acd.caller(1).dial("701")
    await late.hears(MUSIC)
    await acd.phone("ayse", Answer())
    await late.hears(AGENTS[0])
    assert early.ears.first_heard(AGENTS[0]) is None
    await late.hang_up()
    await early.hears(AGENTS[0])
    await early.hang_up()


async def test_the_agent_sees_who_calls_and_for_which_queue(start: Start) -> None:
    acd = await start(queue("sales", "700", "ayse"), queue("help", "701", "ayse"))
    phone = await acd.phone("ayse", Answer())
    call = await acd.caller(2).dial("701")
    await call.hears(AGENTS[0])
    assert phone.current.caller_id == ("help", "+49302")
    await call.hang_up()


async def test_an_unknown_number_is_refused_unanswered(start: Start) -> None:
    acd = await start()
    call = await acd.caller().dial("799")
    await call.ended()
    assert (call.status, call.answered_at) == (404, None)
    await acd.written("interactions", INTERACTION, ("799", None, "failed"))


async def test_the_phone_of_an_agent_that_calls_is_busy(start: Start) -> None:
    acd = await start(queue("sales", "700", "ayse", "baris"), queue("help", "701", "cem"))
    ayse, baris = await acd.phone("ayse", Answer()), await acd.phone("baris", Answer())
    own = await ayse.dial("701")
    await own.hears(MUSIC)
    call = await acd.caller().dial("700")
    # Of two calls in one instant either may come to us first.
    await call.answered()
    second = await acd.caller(1).dial("700")
    await call.hears(AGENTS[1])
    await second.hears(MUSIC)
    assert [c.way.name for c in ayse.calls] == ["OUT"]
    await own.hang_up()
    await second.hears(AGENTS[0])
    await call.hang_up()
    await second.hang_up()
    await baris.current.ended()


async def test_an_agent_may_call_a_colleague_through_a_queue(start: Start) -> None:
    acd = await start(queue("help", "701", "baris"))
    ayse, baris = await acd.phone("ayse"), await acd.phone("baris", Answer())
    call = await ayse.dial("701")
    await call.hears(AGENTS[1])
    await baris.hears(AGENTS[0])
    await call.hang_up()


async def test_many_at_once_each_get_their_own_agent(start: Start) -> None:
    agents = ("ayse", "baris", "cem")
    acd = await start(queue("sales", "700", *agents))
    phones = [await acd.phone(agent, Answer(after=0.1)) for agent in agents]
    calls = await asyncio.gather(*(acd.caller(place).dial("700") for place in range(3)))
    await asyncio.gather(*(call.answered() for call in calls))
    for phone in phones:
        await (await phone.invited()).answered()
    tones = {phone.tone for phone in phones}

    def heard() -> list[set[float]]:
        return [{tone for tone in tones if call.ears.heard_since(0, tone)} for call in calls]

    await until(lambda: all(heard()))
    await some_time(0.4)
    assert list(map(len, heard())) == [1, 1, 1]
    assert set().union(*heard()) == tones
    assert all(len(phone.calls) == 1 for phone in phones)
    for call in calls:
        await call.hang_up()


async def test_logging_in_again_during_a_call_changes_nothing(start: Start) -> None:
    acd = await start()
    phone = await acd.phone("ayse", Answer())
    call = await talk(acd, phone)
    await acd.ask(LogIn(agent="ayse", project=PROJECT))
    assert acd.agent("ayse").phase is Phase.TALKING
    await call.hang_up()
