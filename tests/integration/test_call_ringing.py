"""What phones do when they are rung, on a real Asterisk: each end of an offer with its outcome."""

import asyncio
from collections.abc import Sequence

import pytest

from acd.agents.device import DeviceKind
from acd.requests import SetStatus
from acd.settings import NOT_RESPONDING
from tests.integration.running import Acd, Start, queue, until
from tests.parties.behaviour import Answer, Behaviour, OnCancel, Reject, Ring
from tests.parties.call import Call
from tests.parties.party import Party
from tests.parties.tones import AGENTS, CALLERS, MUSIC, Law

pytestmark = pytest.mark.asterisk

OFFER = "agent, outcome"


async def first_and_second(acd: Acd, behaviour: Behaviour, **wishes: object) -> tuple[Party, Party]:
    """Ayşe, who is asked first, behaves like that; Barış answers."""
    first = await acd.phone("ayse", behaviour, **wishes)
    second = await acd.phone("baris", Answer())
    return first, second


async def served_by_the_second(acd: Acd, outcome: str, within: float = 8.0) -> Call:
    """The caller gets the second agent, and the offer to the first has ended like that."""
    call = await acd.caller().dial("700")
    await call.hears(AGENTS[1], within)
    await acd.written("offers", OFFER, ("ayse", outcome), ("baris", "answered"))
    return call


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        pytest.param(Reject(status=603), "rejected", id="decline"),
        pytest.param(Reject(status=486), "busy", id="busy at once"),
        pytest.param(Reject(status=486, after=1.1), "rejected", id="busy after ringing"),
        pytest.param(Reject(status=480), "busy", id="do not disturb"),
        pytest.param(Reject(status=404), "unreachable", id="not found"),
        pytest.param(Reject(status=488), "unreachable", id="not acceptable"),
        pytest.param(Reject(status=503), "unreachable", id="unavailable"),
    ],
)
async def test_a_phone_that_refuses(start: Start, behaviour: Behaviour, outcome: str) -> None:
    acd = await start()
    first, _ = await first_and_second(acd, behaviour)
    call = await served_by_the_second(acd, outcome, within=3)
    assert len(first.calls) == 1
    await call.hang_up()


async def test_a_forwarding_phone_is_not_followed(start: Start) -> None:
    acd = await start()
    elsewhere = acd.caller(1)
    uri = f"<sip:elsewhere@{elsewhere.address[0]}:{elsewhere.address[1]}>"
    first, _ = await first_and_second(acd, Reject(status=302, contact=uri))
    call = await served_by_the_second(acd, "busy")
    assert elsewhere.calls == []
    assert len(first.calls) == 1
    await call.hang_up()


async def test_a_phone_without_a_codec_in_common_raises_an_alarm(start: Start) -> None:
    acd = await start()
    await first_and_second(acd, Reject(status=488))
    call = await served_by_the_second(acd, "unreachable")
    alarms = [record for record in acd.errors.records if record.getMessage() == "alarm"]
    assert [vars(alarm)["about"] for alarm in alarms] == ["ayse"]
    await call.hang_up()


async def test_a_dead_phone_costs_the_caller_four_seconds(start: Start) -> None:
    acd = await start()
    first, _ = await first_and_second(acd, Ring())
    first.drop_dead()
    call = await acd.caller().dial("700")
    await call.hears(MUSIC)
    await served_already(acd, call, within=5)
    await acd.written("offers", OFFER, ("ayse", "unreachable"), ("baris", "answered"))
    assert acd.agent("ayse").device(DeviceKind.EXTENSION).out_until is not None
    await call.hang_up()


async def served_already(acd: Acd, call: Call, within: float) -> None:
    """The second agent comes in that time, and music plays on till then."""
    await call.hears(AGENTS[1], within)
    talking = call.ears.first_heard(AGENTS[1])
    assert talking is not None
    since = call.ears.first_heard(MUSIC)
    assert since is not None
    assert call.ears.silence_gaps(MUSIC, since, until=talking, longest=0.3) == []


async def test_who_lets_it_ring_has_missed_it(start: Start) -> None:
    acd = await start(queue("sales", "700", "ayse", "baris", agent_timeout_s=1))
    first, second = await first_and_second(acd, Ring())
    call = await acd.caller().dial("700")
    await served_already(acd, call, within=3)
    await acd.written("offers", OFFER, ("ayse", "missed"), ("baris", "answered"))
    await first.current.ended()
    rang_for = (first.current.cancelled_at or 0) - (first.current.rang_at or 0)
    assert rang_for == pytest.approx(1.0, abs=0.15)
    assert not first.current.answered_elsewhere
    assert second.current.invited_at - (first.current.cancelled_at or 0) < 0.15
    assert acd.agent("ayse").misses == 1
    await call.hang_up()


async def test_who_misses_too_often_is_asked_no_more(start: Start) -> None:
    sales = queue("sales", "700", "ayse", agent_timeout_s=1)
    acd = await start(sales, misses_before_pause=1)
    phone = await acd.phone("ayse", Ring())
    call = await acd.caller().dial("700")
    await (await phone.invited()).ended(3)
    await until(lambda: acd.agent("ayse").status == NOT_RESPONDING)
    await call.hears(MUSIC)
    assert call.is_up
    # The way back is the agent's own: who waits has been missed just now, but the next one rings.
    phone.behaviour = Answer()
    await acd.ask(SetStatus(agent="ayse", status="Available"))
    second = await acd.caller(1).dial("700")
    await second.hears(AGENTS[0])
    await acd.written("offers", OFFER, ("ayse", "missed"), ("ayse", "answered"))
    await call.hang_up()
    await second.hang_up()


async def test_an_answer_that_crosses_the_cancel_is_hung_up(start: Start) -> None:
    acd = await start(queue("sales", "700", "ayse", "baris", agent_timeout_s=1))
    first, _ = await first_and_second(acd, Ring(), on_cancel=OnCancel.ANSWER)
    call = await acd.caller().dial("700")
    await call.hears(AGENTS[1], within=4)
    await first.current.ended()
    assert first.current.answered_at is not None
    assert not call.ears.heard_since(0, AGENTS[0])
    assert not first.ears.heard_since(0, CALLERS[0])
    await acd.written("offers", OFFER, ("ayse", "missed"), ("baris", "answered"))
    await call.hang_up()


async def test_a_phone_that_ignores_the_cancel_rings_for_nobody(start: Start) -> None:
    acd = await start(queue("sales", "700", "ayse", "baris", agent_timeout_s=1))
    first, _ = await first_and_second(acd, Ring(), on_cancel=OnCancel.IGNORE)
    call = await acd.caller().dial("700")
    await call.hears(AGENTS[1], within=4)
    rings = first.current
    assert rings.cancelled_at is not None
    await call.hang_up()
    await acd.idle("baris")
    # It is picked up in the end: nobody is there, and the other call was not hurt.
    rings.answer()
    await rings.ended()
    assert len(first.calls) == 1


async def test_an_unregistered_phone_is_not_rung(start: Start) -> None:
    acd = await start()
    first, _ = await first_and_second(acd, Answer())
    assert await first.unregister() == 200
    await until(lambda: not acd.reaches("ayse", first))
    call = await acd.caller().dial("700")
    await call.hears(AGENTS[1])
    assert first.calls == []
    await acd.written("offers", OFFER, ("baris", "answered"))
    await call.hang_up()


async def test_a_phone_that_registers_is_rung_at_once(start: Start) -> None:
    acd = await start()
    first = await acd.phone("ayse", Answer())
    await first.unregister()
    await until(lambda: not acd.reaches("ayse", first))
    call = await acd.caller().dial("700")
    await call.hears(MUSIC)
    assert await first.register() == 200
    await call.hears(AGENTS[0])
    await call.hang_up()


async def test_two_phones_of_one_extension_ring_together(start: Start) -> None:
    acd = await start()
    loser = await acd.phone("ayse", Ring())
    winner = await acd.phone("ayse", Answer(after=0.3), tone=AGENTS[4])
    call = await acd.caller().dial("700")
    await call.hears(AGENTS[4])
    await loser.current.ended()
    assert loser.current.answered_elsewhere
    assert abs(winner.current.invited_at - loser.current.invited_at) < 0.1
    await acd.written("offers", OFFER, ("ayse", "answered"))
    outcomes = {outcome for (outcome,) in acd.rows("attempts", "outcome")}
    assert outcomes == {"answered", "cancelled"}
    await call.hang_up()


async def test_one_of_two_phones_may_fail_and_the_other_still_answers(start: Start) -> None:
    acd = await start()
    await acd.phone("ayse", Reject(status=486))
    await acd.phone("ayse", Answer(after=0.5), tone=AGENTS[4])
    call = await acd.caller().dial("700")
    await call.hears(AGENTS[4])
    await acd.written("offers", OFFER, ("ayse", "answered"))
    await call.hang_up()


ALL = ("ayse", "baris", "cem")


async def ringing_all(start: Start) -> tuple[Acd, Sequence[Party], Call]:
    """Three phones that ring for one caller."""
    acd = await start(queue("sales", "700", *ALL, strategy="ring_all"))
    phones = [await acd.phone(agent) for agent in ALL]
    call = await acd.caller().dial("700")
    for phone in phones:
        await (await phone.invited()).ringing()
    return acd, phones, call


async def test_all_ring_and_one_answers(start: Start) -> None:
    acd, phones, call = await ringing_all(start)
    phones[1].current.answer()
    await call.hears(AGENTS[1])
    for loser in (phones[0], phones[2]):
        await loser.current.ended()
        assert loser.current.answered_elsewhere
    await acd.idle("ayse")
    await acd.idle("cem")
    lost = (("ayse", "lost_race"), ("cem", "lost_race"))
    await acd.written("offers", OFFER, ("baris", "answered"), *lost)
    await call.hang_up()


@pytest.mark.parametrize("apart", [0.0, 0.002, 0.01])
async def test_of_two_who_answer_in_one_instant_one_wins(start: Start, apart: float) -> None:
    acd, phones, call = await ringing_all(start)
    phones[0].current.answer()
    await asyncio.sleep(apart)
    phones[2].current.answer()
    await phones[1].current.ended()
    assert phones[1].current.answered_elsewhere
    both = (phones[0], phones[2])
    await until(lambda: sum(phone.current.is_up for phone in both) == 1)
    winner, loser = sorted(both, key=lambda phone: not phone.current.is_up)
    await call.hears(winner.tone)
    await winner.hears(CALLERS[0])
    assert not call.ears.heard_since(0, loser.tone)
    assert not loser.ears.heard_since(0, CALLERS[0])
    # The wire says the same: the loser got a CANCEL or a BYE, the winner neither.
    ended = {phone: bool(phone.ledger.find("CANCEL") or phone.ledger.find("BYE")) for phone in both}
    assert ended == {winner: False, loser: True}
    by_name = {winner.name: "answered"}
    ended_as = [(name, by_name.get(name, "lost_race")) for name in ALL]
    await acd.written("offers", OFFER, *ended_as)
    await call.hang_up()


async def test_a_break_while_it_rings_takes_the_offer_back(start: Start) -> None:
    acd = await start(statuses=[{"name": "Lunch", "category": "break"}])
    first, _ = await first_and_second(acd, Ring())
    call = await acd.caller().dial("700")
    await (await first.invited()).ringing()
    await acd.ask(SetStatus(agent="ayse", status="Lunch"))
    await first.current.ended()
    await call.hears(AGENTS[1])
    await acd.written("offers", OFFER, ("ayse", "withdrawn"), ("baris", "answered"))
    assert acd.agent("ayse").misses == 0
    await call.hang_up()


async def test_a_phone_that_knows_only_one_law_is_understood(start: Start) -> None:
    acd = await start()
    phone = await acd.phone("ayse", Answer(), laws=[Law.A])
    call = await acd.caller(laws=[Law.MU]).dial("700")
    await call.hears(AGENTS[0])
    await phone.hears(CALLERS[0])
    await call.hang_up()


async def test_an_answer_without_ringing_is_an_answer(start: Start) -> None:
    acd = await start()
    await acd.phone("ayse", Answer(ring=False))
    call = await acd.caller().dial("700")
    await call.hears(AGENTS[0])
    await acd.written("offers", OFFER, ("ayse", "answered"))
    await call.hang_up()
