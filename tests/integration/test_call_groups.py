"""Calls that are taken, assigned, rung in groups and picked up, on a real Asterisk."""

import pytest

from acd.ids import AgentId
from acd.requests import AssignEntry, TakeEntry
from tests.integration.running import Start, queue
from tests.integration.test_call_devices import cancelled_elsewhere
from tests.parties.behaviour import Answer, Ring
from tests.parties.tones import AGENTS, CALLERS

pytestmark = pytest.mark.asterisk

GROUPS = {
    "call_groups": [{"name": "reception", "number": "600", "extensions": ["1001", "1002"]}],
    "pickup_groups": [{"name": "office", "extensions": ["1001", "1002", "1003"]}],
}
OFFER = "agent, outcome"


async def test_an_agent_takes_a_call_and_whose_phone_rang_has_missed_nothing(start: Start) -> None:
    acd = await start(queue("sales", "700", "ayse"))
    ayse, baris = await acd.phone("ayse", Ring()), await acd.phone("baris", Answer())
    call = await acd.caller().dial("700")
    await (await ayse.invited()).ringing()
    [entry] = acd.state.entries.values()
    await acd.ask(TakeEntry(agent=AgentId("baris"), interaction=entry.interaction))
    await call.hears(AGENTS[1])
    await baris.hears(CALLERS[0])
    await ayse.current.ended()
    assert cancelled_elsewhere(ayse)
    await acd.written("offers", OFFER, ("ayse", "withdrawn"), ("baris", "answered"))
    await call.hang_up()


async def test_a_supervisor_assigns_who_waits_behind_others(start: Start) -> None:
    acd = await start(queue("sales", "700", "ayse"))
    first, second = await acd.caller().dial("700"), await acd.caller(1).dial("700")
    await first.answered()
    await second.answered()
    baris = await acd.phone("baris", Answer())
    callers = {acd.state.interactions[e.interaction].caller: e for e in acd.state.entries.values()}
    call = callers["+49301"].interaction
    await acd.ask(AssignEntry(agent=AgentId("baris"), interaction=call, by="cem"))
    await second.hears(AGENTS[1])
    await baris.hears(CALLERS[1])
    await second.hang_up()
    await first.hang_up()


async def test_a_group_rings_together_and_the_first_has_the_call(start: Start) -> None:
    acd = await start(**GROUPS)
    ayse, baris = await acd.phone("ayse", Ring()), await acd.phone("baris", Ring())
    call = await acd.caller().dial("600")
    await (await ayse.invited()).ringing()
    await (await baris.invited()).ringing()
    await call.ringing()
    assert call.answered_at is None
    baris.current.answer()
    await call.hears(AGENTS[1])
    await baris.hears(CALLERS[0])
    await ayse.current.ended()
    assert cancelled_elsewhere(ayse)
    await call.hang_up()


async def test_a_group_that_is_on_the_phone_is_busy(start: Start) -> None:
    acd = await start(**GROUPS)
    ayse, baris = await acd.phone("ayse"), await acd.phone("baris", Answer())
    own = await ayse.dial("1002")
    await own.hears(AGENTS[1])
    call = await acd.caller().dial("600")
    await call.ended()
    assert call.status == 486
    assert len(baris.calls) == 1
    await own.hang_up()


async def test_what_rings_at_a_colleagues_is_picked_up_by_the_code(start: Start) -> None:
    """The offer becomes that of the agent who dials; whose BYE ends the call like any other's."""
    acd = await start(queue("sales", "700", "ayse"), **GROUPS)
    ayse, baris = await acd.phone("ayse", Ring()), await acd.phone("baris", Ring())
    call = await acd.caller().dial("700")
    await (await ayse.invited()).ringing()
    pick = await baris.dial("*8")
    await call.hears(AGENTS[1])
    await baris.hears(CALLERS[0])
    await ayse.current.ended()
    assert cancelled_elsewhere(ayse)
    await acd.written("offers", OFFER, ("ayse", "lost_race"), ("baris", "answered"))
    await pick.hang_up()
    await call.ended()
    await acd.written("interactions", "caller, outcome", ("+49300", "answered"))


async def test_a_private_call_is_picked_up_and_nothing_more_is_there(start: Start) -> None:
    acd = await start(**GROUPS)
    ayse, baris = await acd.phone("ayse"), await acd.phone("baris", Ring())
    cem = await acd.phone("cem")
    own = await ayse.dial("1002")
    await (await baris.invited()).ringing()
    pick = await cem.dial("*8")
    await own.hears(AGENTS[2])
    await cem.hears(AGENTS[0])
    await baris.current.ended()
    assert cancelled_elsewhere(baris)
    nothing = await baris.dial("*8")
    await nothing.ended()
    assert nothing.status == 404
    await own.hang_up()
    await pick.ended()
