"""The parties among themselves: no Asterisk, two telephones on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.parties.behaviour import Answer, Mute, OnCancel, Reject, Ring
from tests.parties.call import By
from tests.parties.ledger import NotSo
from tests.parties.party import Party
from tests.parties.tones import AGENTS, CALLERS, Law

AGENT, CALLER = AGENTS[0], CALLERS[0]


@pytest.fixture
async def agent() -> AsyncIterator[Party]:
    async with Party(tone=AGENT, server=("127.0.0.1", 9), number="1001") as party:
        yield party


@pytest.fixture
async def caller(agent: Party) -> AsyncIterator[Party]:
    async with Party(tone=CALLER, server=agent.address, number="5551") as party:
        yield party


async def test_a_call_is_answered_after_ringing_and_both_hear_each_other(
    agent: Party, caller: Party
) -> None:
    agent.behaviour = Answer(after=0.1)
    call = await (await caller.dial("1001")).answered()
    await agent.hears(CALLER)
    await caller.hears(AGENT)
    assert agent.ears.hears_only({CALLER})
    assert caller.ears.hears_only({AGENT})
    assert not caller.ears.heard_since(0.0, CALLER)
    assert call.rang_at is not None
    assert call.answered_at is not None
    assert call.answered_at - call.rang_at >= 0.1
    assert agent.current.caller_id == ("", "5551")


async def test_who_hangs_up_is_known_to_both(agent: Party, caller: Party) -> None:
    agent.behaviour = Answer()
    call = await (await caller.dial("1001")).answered()
    await agent.current.hang_up()
    await call.ended()
    assert (agent.current.ended_by, call.ended_by) == (By.US, By.THEM)
    assert agent.ledger.find("BYE", status=200)


@pytest.mark.parametrize("status", [404, 480, 486, 488, 503, 603])
async def test_a_phone_refuses_at_once(agent: Party, caller: Party, status: int) -> None:
    agent.behaviour = Reject(status=status)
    call = await (await caller.dial("1001")).ended()
    assert (call.status, call.rang_at) == (status, None)
    assert agent.ledger.find("ACK")


async def test_a_phone_refuses_after_ringing(agent: Party, caller: Party) -> None:
    agent.behaviour = Reject(status=486, after=0.2)
    call = await (await caller.dial("1001")).ended()
    assert call.status == 486
    assert call.rang_at is not None
    assert call.ended_at is not None
    assert call.ended_at - call.rang_at >= 0.19


async def test_a_forwarding_phone_names_where_to(agent: Party, caller: Party) -> None:
    agent.behaviour = Reject(status=302, contact="<sip:9@127.0.0.1>")
    await (await caller.dial("1001")).ended()
    [answer] = caller.ledger.find("INVITE", status=302)
    assert answer.header("Contact") == "<sip:9@127.0.0.1>"


async def test_a_caller_who_gives_up_is_seen_to(agent: Party, caller: Party) -> None:
    call = await (await caller.dial("1001")).ringing()
    await call.hang_up()
    await call.ended()
    assert (call.status, call.ended_by) == (487, By.US)
    assert agent.current.ended_by is By.THEM
    assert not agent.current.answered_elsewhere


async def test_an_answer_that_crosses_the_cancel_is_acknowledged_and_ended(
    agent: Party, caller: Party
) -> None:
    agent.on_cancel = OnCancel.ANSWER
    call = await (await caller.dial("1001")).ringing()
    await call.cancel()
    await agent.current.ended()
    assert agent.current.answered_at is not None
    assert agent.ledger.find("BYE", sent=False)
    assert call.ended_by is By.US


async def test_a_phone_may_ignore_the_cancel_and_be_answered_later(
    agent: Party, caller: Party
) -> None:
    agent.on_cancel = OnCancel.IGNORE
    call = await (await caller.dial("1001")).ringing()
    await call.cancel()
    assert await agent.ledger.bell.until(lambda: agent.current.cancelled_at is not None, 1.0)
    assert agent.current.ended_at is None
    assert not agent.ledger.find("CANCEL", status=200)
    agent.current.answer()
    await call.ended()
    assert call.answered_at is not None


async def test_a_mute_phone_says_trying_and_no_more(agent: Party, caller: Party) -> None:
    agent.behaviour = Mute()
    call = await caller.dial("1001")
    await caller.ledger.bell.until(lambda: bool(caller.ledger.find("INVITE", status=100)), 1.0)
    with pytest.raises(NotSo, match="INVITE"):
        await call.ringing(within=0.2)


async def test_a_dead_phone_says_nothing_and_is_asked_again(agent: Party, caller: Party) -> None:
    agent.behaviour = Answer()
    agent.drop_dead()
    await caller.dial("1001")
    assert await caller.ledger.bell.until(lambda: len(caller.ledger.find("INVITE")) >= 2, 2.0)
    assert not agent.ledger.messages


async def test_a_phone_that_dies_in_the_talk_falls_silent_at_once(
    agent: Party, caller: Party
) -> None:
    agent.behaviour = Answer()
    await (await caller.dial("1001")).answered()
    await caller.hears(AGENT)
    agent.drop_dead()
    assert await caller.ears.falls_silent(AGENT, within=1.0)
    assert await agent.ears.falls_silent(CALLER, within=1.0)
    assert caller.current.ended_at is None
    caller.current.drop()


async def test_an_empty_chair_answers_and_sends_no_packet(agent: Party, caller: Party) -> None:
    agent.behaviour, agent.speaks = Answer(), False
    await (await caller.dial("1001")).answered()
    await agent.hears(CALLER)
    assert not caller.ears.windows()


async def test_only_a_phone_told_to_answers_by_itself(agent: Party, caller: Party) -> None:
    agent.behaviour, agent.auto_answer = Ring(), True
    call = await caller.dial("1001", headers={"Call-Info": "<sip:x>;answer-after=0"})
    await call.answered()
    assert call.rang_at is None


async def test_digits_are_heard_as_pressed(agent: Party, caller: Party) -> None:
    agent.behaviour = Answer()
    await (await caller.dial("1001")).answered()
    await agent.hears(CALLER)
    await caller.send_digits("1#")
    assert await agent.ears.hears_digits("1#", 1.0)


async def test_hold_falls_silent_and_unhold_speaks_again(agent: Party, caller: Party) -> None:
    agent.behaviour = Answer()
    call = await (await caller.dial("1001")).answered()
    await agent.hears(CALLER)
    assert await call.hold() == 200
    assert await agent.ears.falls_silent(CALLER, within=1.0)
    assert await call.unhold() == 200
    await agent.hears(CALLER)


async def test_phones_agree_on_the_other_law(agent: Party, caller: Party) -> None:
    agent.behaviour, agent.laws = Answer(), (Law.A,)
    await (await caller.dial("1001")).answered()
    await caller.hears(AGENT)
    await agent.hears(CALLER)
    assert {window.law for window in caller.ears.windows()} == {Law.A}


async def test_without_a_common_codec_the_answer_is_488(agent: Party, caller: Party) -> None:
    agent.behaviour, agent.laws, caller.laws = Answer(), (Law.A,), (Law.MU,)
    assert (await (await caller.dial("1001")).ended()).status == 488


async def test_an_invite_that_comes_twice_is_one_call(agent: Party, caller: Party) -> None:
    call = await (await caller.dial("1001")).ringing()
    caller._signalling.send(call.invite, agent.address)
    assert await caller.ledger.bell.until(
        lambda: len(caller.ledger.find("INVITE", status=180)) == 2, 1.0
    )
    assert len(agent.calls) == 1


async def test_an_answer_is_repeated_only_until_it_is_acknowledged(
    agent: Party, caller: Party
) -> None:
    agent.behaviour = Answer()
    await (await caller.dial("1001")).answered()
    repeated = await caller.ledger.bell.until(
        lambda: len(caller.ledger.find("INVITE", status=200)) > 1, 0.7
    )
    assert not repeated
