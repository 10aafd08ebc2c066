"""Transfer, consult, conference and listening on a real Asterisk, judged by ear."""

import time
from collections.abc import Iterable

import pytest

from acd.agents.assignment import Phase
from acd.requests import (
    CancelConsult,
    Confer,
    Consult,
    Listen,
    Transfer,
    TransferToAgent,
)
from tests.integration.running import Acd, Start, queue, until
from tests.parties.behaviour import Answer, Ring
from tests.parties.call import Call
from tests.parties.party import Party
from tests.parties.tones import AGENTS, CALLERS, MUSIC

pytestmark = pytest.mark.asterisk

AYSE, BARIS, CEM = AGENTS[:3]
CALLER = CALLERS[0]


async def talking(start: Start, *, acw_s: int = 0) -> tuple[Acd, Call, Party]:
    """A caller talks with Ayşe of sales; Barış is in help."""
    sales = queue("sales", "700", "ayse", acw_s=acw_s)
    acd = await start(sales, queue("help", "701", "baris"))
    phone = await acd.phone("ayse", Answer())
    call = await acd.caller().dial("700")
    await call.hears(AYSE)
    await phone.hears(CALLER)
    return acd, call, phone


async def each_hears(heard: Iterable[tuple[Call, set[float]]]) -> None:
    """Wait until each hears these, then listen for a while: nothing else. One who hears nobody
    hears silence."""
    pairs = [(call, tones) for call, tones in heard]
    for call, tones in pairs:
        for tone in tones:
            await call.hears(tone)
    since = time.monotonic()
    await until(lambda: time.monotonic() > since + 0.4)
    for call, tones in pairs:
        assert call.ears.strange(tones, since) == [], call.ears.summary(since)
        assert all(call.ears.heard_since(since, tone) for tone in tones)


async def test_a_blind_transfer_to_a_queue(start: Start) -> None:
    acd, call, ayse = await talking(start, acw_s=1)
    await acd.ask(Transfer(agent="ayse", queue="help"))
    await ayse.current.ended()
    await call.hears(MUSIC)
    assert acd.agent("ayse").phase is Phase.ACW
    baris = await acd.phone("baris", Answer())
    await each_hears([(call, {BARIS}), ((await baris.invited()), {CALLER})])
    assert baris.current.caller_id == ("help", "+49300")
    await call.hang_up()
    await acd.written("entries", "queue, outcome", ("sales", "answered"), ("help", "answered"))
    await acd.written("interactions", "queue, outcome", ("help", "answered"))
    await acd.idle("ayse")


async def test_a_blind_transfer_to_a_colleague(start: Start) -> None:
    acd, call, ayse = await talking(start)
    baris = await acd.phone("baris", Answer(after=0.5))
    await acd.ask(TransferToAgent(agent="ayse", colleague="baris"))
    await ayse.current.ended()
    await each_hears([(call, {BARIS}), ((await baris.invited()), {CALLER})])
    await call.hang_up()
    await acd.written("entries", "queue, outcome", ("sales", "answered"))
    await acd.written("interactions", "queue, outcome", ("sales", "answered"))
    await acd.idle("ayse")
    await acd.idle("baris")


async def consulting(start: Start) -> tuple[Acd, Call, Party, Party]:
    """The caller is on hold while Ayşe and Barış talk."""
    acd, call, ayse = await talking(start)
    baris = await acd.phone("baris", Answer())
    await acd.ask(Consult(agent="ayse", queue="help"))
    await baris.invited()
    await each_hears([(call, {MUSIC}), (ayse.current, {BARIS}), (baris.current, {AYSE})])
    return acd, call, ayse, baris


async def test_a_consultation_and_back_to_the_caller(start: Start) -> None:
    acd, call, ayse, baris = await consulting(start)
    await acd.ask(CancelConsult(agent="ayse"))
    await baris.current.ended()
    await each_hears([(call, {AYSE}), (ayse.current, {CALLER})])
    await acd.idle("baris")
    await call.hang_up()
    await ayse.current.ended()


async def test_who_consults_waits_with_music_and_may_think_better_of_it(start: Start) -> None:
    acd, call, ayse = await talking(start)
    baris = await acd.phone("baris", Ring())
    await acd.ask(Consult(agent="ayse", queue="help"))
    await (await baris.invited()).ringing()
    await each_hears([(call, {MUSIC}), (ayse.current, {MUSIC})])
    await acd.ask(CancelConsult(agent="ayse"))
    await baris.current.ended()
    await each_hears([(call, {AYSE}), (ayse.current, {CALLER})])
    await acd.idle("baris")
    await call.hang_up()


async def test_a_consultation_that_becomes_a_transfer(start: Start) -> None:
    acd, call, ayse, baris = await consulting(start)
    await ayse.hang_up()
    await each_hears([(call, {BARIS}), (baris.current, {CALLER})])
    await acd.idle("ayse")
    await baris.hang_up()
    await call.ended()


async def test_who_consults_leaves_before_the_colleague_answers(start: Start) -> None:
    acd, call, ayse = await talking(start)
    baris = await acd.phone("baris", Ring())
    await acd.ask(Consult(agent="ayse", queue="help"))
    await (await baris.invited()).ringing()
    await ayse.hang_up()
    await acd.idle("ayse")
    assert call.is_up
    baris.current.answer()
    await each_hears([(call, {BARIS}), (baris.current, {CALLER})])
    await call.hang_up()


async def test_the_caller_on_hold_hangs_up(start: Start) -> None:
    acd, call, ayse, baris = await consulting(start)
    await call.hang_up()
    await ayse.current.ended()
    await baris.current.ended()
    await acd.written("interactions", "outcome", ("answered",))


async def test_a_conference_of_three(start: Start) -> None:
    acd, call, ayse, baris = await consulting(start)
    await acd.ask(Confer(agent="ayse"))
    await each_hears(
        [
            (call, {AYSE, BARIS}),
            (ayse.current, {CALLER, BARIS}),
            (baris.current, {CALLER, AYSE}),
        ]
    )
    await ayse.hang_up()
    await each_hears([(call, {BARIS}), (baris.current, {CALLER})])
    await call.hang_up()


async def test_a_supervisor_hears_and_is_not_heard(start: Start) -> None:
    acd, call, ayse = await talking(start)
    emel = await acd.phone("emel", Answer())
    await acd.ask(Listen(supervisor="emel", agent="ayse"))
    await emel.invited()
    await each_hears(
        [
            (emel.current, {CALLER, AYSE}),
            (call, {AYSE}),
            (ayse.current, {CALLER}),
        ]
    )
    await call.hang_up()
    await emel.current.ended()
    await acd.idle("emel")


async def test_a_supervisor_may_leave_and_the_call_goes_on(start: Start) -> None:
    acd, call, ayse = await talking(start)
    emel = await acd.phone("emel", Answer())
    await acd.ask(Listen(supervisor="emel", agent="ayse"))
    await emel.invited()
    await emel.hears(CALLER)
    await emel.hang_up()
    await acd.idle("emel")
    await until(lambda: len(acd.state.legs) == 2)
    await each_hears([(call, {AYSE}), (ayse.current, {CALLER})])
    await call.hang_up()


async def test_a_supervisor_stays_through_a_consultation_and_a_conference(start: Start) -> None:
    """Whom the agent hears is heard on now and then only: after a move between bridges Asterisk's
    snoops may lose that direction. What the agent says they keep."""
    acd, call, ayse = await talking(start)
    baris, emel = await acd.phone("baris", Answer()), await acd.phone("emel", Answer())
    await acd.ask(Listen(supervisor="emel", agent="ayse"))
    await emel.invited()
    await emel.hears(CALLER)
    await acd.ask(Consult(agent="ayse", queue="help"))
    await baris.invited()
    await each_hears([(ayse.current, {BARIS}), (baris.current, {AYSE}), (call, {MUSIC})])
    await emel.hears(AYSE)
    await acd.ask(Confer(agent="ayse"))
    await each_hears([(ayse.current, {BARIS, CALLER}), (call, {AYSE, BARIS})])
    await emel.hears(AYSE)
    await call.hang_up()
    for phone in (ayse, baris, emel):
        await phone.current.ended()
