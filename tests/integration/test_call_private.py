"""One of our phones calls another, on a real Asterisk."""

import pytest

from tests.integration.running import Start, until
from tests.parties.behaviour import Answer, Reject, Ring
from tests.parties.tones import AGENTS, CALLERS, MUSIC

pytestmark = pytest.mark.asterisk


async def test_colleagues_talk_and_are_busy_for_the_queues(start: Start) -> None:
    acd = await start()
    ayse, baris = await acd.phone("ayse"), await acd.phone("baris", Ring())
    own = await ayse.dial("1002")
    await (await baris.invited()).ringing()
    await own.ringing()
    assert own.answered_at is None
    assert baris.current.caller_id[1] == "1001"
    baris.current.answer()
    await own.hears(AGENTS[1])
    await baris.hears(AGENTS[0])
    call = await acd.caller().dial("700")
    await call.hears(MUSIC)
    assert (len(ayse.calls), len(baris.calls)) == (1, 1)
    for phone in (ayse, baris):
        phone.behaviour = Answer()
    await own.hang_up()
    await baris.calls[0].ended()
    await call.hears(AGENTS[0])
    await ayse.hears(CALLERS[0])
    await call.hang_up()


@pytest.mark.parametrize("behaviour", [Reject(status=486), Reject(status=603)])
async def test_a_colleague_who_refuses(start: Start, behaviour: Reject) -> None:
    acd = await start()
    ayse, _ = await acd.phone("ayse"), await acd.phone("baris", behaviour)
    own = await ayse.dial("1002")
    await own.ended()
    assert own.answered_at is None
    assert own.status in (486, 603)
    await acd.idle("ayse")
    await acd.idle("baris")


async def test_who_calls_a_colleague_gives_up(start: Start) -> None:
    acd = await start()
    ayse, baris = await acd.phone("ayse"), await acd.phone("baris", Ring())
    own = await ayse.dial("1002")
    await (await baris.invited()).ringing()
    await own.hang_up()
    await baris.current.ended()
    await acd.idle("ayse")
    await acd.idle("baris")
    assert acd.agent("baris").misses == 0


async def test_a_colleague_without_a_phone_cannot_be_called(start: Start) -> None:
    acd = await start()
    ayse = await acd.phone("ayse")
    own = await ayse.dial("1003")
    await own.ended()
    assert own.answered_at is None
    assert own.status is not None
    assert own.status >= 400
    await until(lambda: not acd.state.legs)
