"""Callers and agents who hang up, in each state of a call, on a real Asterisk."""

import asyncio

import pytest

from acd.agents.assignment import Phase
from acd.facts import LegGone, LegLeft
from tests.integration.running import WHISPER, Acd, Site, Start, queue, until
from tests.parties.behaviour import Answer, Ring
from tests.parties.call import By, Call
from tests.parties.party import Party
from tests.parties.tones import AGENTS, CALLERS, MUSIC

pytestmark = pytest.mark.asterisk

OFFER = "agent, outcome"


async def ended_as(acd: Acd, outcome: str) -> None:
    await acd.written("interactions", "outcome", (outcome,))


async def ringing(acd: Acd, phone: Party) -> Call:
    """A caller for whom the phone rings."""
    call = await acd.caller().dial("700")
    await (await phone.invited()).ringing()
    return await call.answered()


async def test_the_caller_gives_up_at_once(start: Start) -> None:
    acd = await start()
    phone = await acd.phone("ayse", Ring())
    call = await acd.caller().dial("700")
    # A CANCEL upon the first response; if the 200 has crossed it, a BYE.
    await call.cancel()
    await call.ended()
    # The call may be over before it has come to us: then there is nothing to report.
    await until(lambda: all(ring.ended_at for ring in phone.calls))
    await acd.idle("ayse")


async def test_the_caller_gives_up_while_nobody_is_there(start: Start) -> None:
    acd = await start()
    call = await acd.caller().dial("700")
    await call.hears(MUSIC)
    await call.hang_up()
    await ended_as(acd, "abandoned")
    await acd.written("entries", "outcome", ("abandoned",))


async def test_the_caller_gives_up_while_a_phone_rings(start: Start) -> None:
    acd = await start()
    phone = await acd.phone("ayse", Ring())
    call = await ringing(acd, phone)
    await call.hang_up()
    await phone.current.ended()
    assert phone.current.cancelled_at is not None
    await acd.written("offers", OFFER, ("ayse", "caller_left"))
    await ended_as(acd, "abandoned")
    assert acd.agent("ayse").misses == 0
    await acd.idle("ayse")


async def test_the_caller_gives_up_before_the_phone_has_rung(start: Start) -> None:
    acd = await start()
    phone = await acd.phone("ayse", Ring())
    phone.drop_dead()
    call = await acd.caller().dial("700")
    await call.hears(MUSIC)
    assert len(acd.state.attempts) == 1
    await call.hang_up()
    await ended_as(acd, "abandoned")
    await acd.written("offers", OFFER, ("ayse", "caller_left"))
    # Asterisk asks a phone that says nothing for as long as SIP wants it to.
    await until(lambda: not acd.state.legs, within=3)
    phone.come_back()
    await acd.idle("ayse")


async def test_the_caller_gives_up_in_the_whisper(start: Start, site: Site) -> None:
    acd = await start(queue("sales", "700", "ayse", whisper=site.whisper))
    phone = await acd.phone("ayse", Answer())
    call = await acd.caller().dial("700")
    await phone.invited()
    await phone.hears(WHISPER)
    assert not call.ears.heard_since(0, AGENTS[0])
    await call.hang_up()
    await phone.current.ended()
    await acd.written("offers", OFFER, ("ayse", "caller_left"))
    await ended_as(acd, "abandoned")
    await acd.idle("ayse")


async def test_the_agent_gives_up_in_the_whisper(start: Start, site: Site) -> None:
    acd = await start(queue("sales", "700", "ayse", "baris", whisper=site.whisper))
    phone = await acd.phone("ayse", Answer())
    await acd.phone("baris", Answer())
    call = await acd.caller().dial("700")
    await phone.invited()
    await phone.hears(WHISPER)
    await phone.hang_up()
    await call.hears(AGENTS[1], within=3)
    assert not call.ears.heard_since(0, AGENTS[0])
    await acd.written("offers", OFFER, ("ayse", "rejected"), ("baris", "answered"))
    await call.hang_up()


async def test_the_agent_hears_the_whisper_and_then_the_caller(start: Start, site: Site) -> None:
    acd = await start(queue("sales", "700", "ayse", whisper=site.whisper))
    phone = await acd.phone("ayse", Answer())
    call = await acd.caller().dial("700")
    await phone.invited()
    await phone.hears(CALLERS[0], within=3)
    await call.hears(AGENTS[0])
    whispered, talked = phone.ears.last_heard(WHISPER), phone.ears.first_heard(CALLERS[0])
    assert whispered
    assert talked
    assert 0 < talked - whispered < 0.2
    assert not call.ears.heard_since(0, WHISPER)
    await call.hang_up()


@pytest.mark.parametrize("first", ["caller", "agent"])
@pytest.mark.parametrize("apart", [0.0, 0.003, 0.010, 0.030])
async def test_an_answer_as_the_caller_hangs_up(start: Start, apart: float, first: str) -> None:
    acd = await start()
    phone = await acd.phone("ayse", Ring())
    call = await ringing(acd, phone)
    if first == "caller":
        hanging = asyncio.create_task(call.hang_up())
        await asyncio.sleep(apart)
        phone.current.answer()
    else:
        phone.current.answer()
        await asyncio.sleep(apart)
        hanging = asyncio.create_task(call.hang_up())
    await hanging
    await call.ended()
    await phone.current.ended()
    await acd.idle("ayse")
    # Which of the two was first is Asterisk's to say; each row has its one outcome, and they agree.
    outcomes = [
        acd.rows("interactions", "outcome"),
        acd.rows("entries", "outcome"),
        acd.rows("offers", "outcome"),
    ]
    assert outcomes in (
        [[("answered",)], [("answered",)], [("answered",)]],
        [[("abandoned",)], [("abandoned",)], [("caller_left",)]],
    )
    assert acd.agent("ayse").misses == 0


@pytest.mark.parametrize("by", ["caller", "agent", "both"])
async def test_who_talks_may_hang_up(start: Start, by: str) -> None:
    acd = await start(queue("sales", "700", "ayse", acw_s=1))
    phone = await acd.phone("ayse", Answer())
    call = await acd.caller().dial("700")
    await call.hears(AGENTS[0])
    parties = {"caller": [call], "agent": [phone.current], "both": [call, phone.current]}
    await asyncio.gather(*(party.hang_up() for party in parties[by]))
    await asyncio.gather(call.ended(), phone.current.ended())
    assert call.ended_by is (By.THEM if by == "agent" else By.US)
    await until(lambda: acd.agent("ayse").phase is Phase.ACW)
    await ended_as(acd, "answered")
    await acd.idle("ayse")


async def test_the_caller_goes_back_to_the_queue_when_the_agents_phone_dies(start: Start) -> None:
    """Asterisk finds a dead phone out by itself, after minutes; here it is told to."""
    acd = await start()
    first = await acd.phone("ayse", Answer())
    call = await acd.caller().dial("700")
    await call.hears(AGENTS[0])
    first.drop_dead()
    await acd.phone("baris", Answer())
    leg = next(leg for leg in acd.state.legs.values() if leg.agent == "ayse")
    async with acd.ari() as ari:
        await ari.delete(f"channels/{leg.channel.id}?reason_code=38")
    await call.hears(AGENTS[1])
    await ended_entries(acd, "answered", "answered")
    await call.hang_up()
    first.come_back()


async def ended_entries(acd: Acd, *outcomes: str) -> None:
    await acd.written("entries", "outcome", *((outcome,) for outcome in outcomes))


async def test_events_that_come_twice_or_late_change_nothing(start: Start) -> None:
    acd = await start()
    phone = await acd.phone("ayse", Answer(after=0.1))
    call = await acd.caller().dial("700")
    await call.hears(AGENTS[0])

    def tell_all_again() -> None:
        for fact in list(acd.facts):
            acd.program.engine.tell(fact)

    told, state = len(acd.facts), dict(acd.state.legs)
    tell_all_again()
    await until(lambda: len(acd.facts) == 2 * told)
    assert acd.state.legs == state
    assert len(phone.calls) == 1
    assert call.is_up
    await call.hang_up()
    await acd.idle("ayse")
    # Late ones: all is over. Only a call that arrives again seems new; it is gone at once.
    for fact in list(acd.facts):
        if not isinstance(fact, LegGone | LegLeft):
            acd.program.engine.tell(fact)
    await until(lambda: not acd.state.interactions and len(acd.facts) >= 3 * told)
    await acd.idle("ayse")
