"""SIPp's processes without Asterisk: callers call agents, and a party, directly."""

from __future__ import annotations

import shutil

import pytest

from tests.parties.behaviour import Answer
from tests.parties.fixtures import PartyFactory
from tests.parties.ledger import NotSo
from tests.parties.sipp import (
    FOREVER_MS,
    Job,
    Sipp,
    SippFactory,
    Traced,
    first_invites,
    parse_messages,
)
from tests.parties.tones import CALLERS

needs_sipp = pytest.mark.skipif(
    shutil.which("sipp") is None, reason="tools/test-packages installs SIPp"
)
NOBODY = ("127.0.0.1", 9)


async def agents(sipp: SippFactory, *, answer_ms: int = 50, talk_ms: int = FOREVER_MS) -> Sipp:
    values = {"answer_ms": answer_ms, "talk_ms": talk_ms}
    return await sipp.start(Job(scenario="agent", server=NOBODY, values=values, answers=True))


@needs_sipp
async def test_callers_hang_up_after_their_time(sipp: SippFactory) -> None:
    phones = await agents(sipp)
    callers = await sipp.callers(
        "700", ("127.0.0.1", phones.port), calls=5, rate=50, hold_ms=100, caller_ids=["111", "222"]
    )
    counts = await callers.finished(5.0)
    assert (counts.succeeded, counts.failed, callers.errors()) == (5, 0, "")
    invites = [m for m in phones.messages() if m.is_request("INVITE")]
    assert [m.from_user for m in invites] == ["111", "222", "111", "222", "111"]
    answers = [m for m in phones.messages() if m.is_response(200) and "INVITE" in m.text]
    # SIPp's own clock ticks in milliseconds, and it may see a timeout a tick or two early.
    assert min(a.at - i.at for a, i in zip(answers, invites, strict=True)) >= 0.04
    assert (await phones.stop()).failed == 0


@needs_sipp
async def test_callers_give_up_when_their_patience_ends(sipp: SippFactory) -> None:
    phones = await agents(sipp, answer_ms=FOREVER_MS)
    callers = await sipp.callers("700", ("127.0.0.1", phones.port), calls=2, patience_ms=100)
    counts = await callers.finished(5.0)
    assert (counts.succeeded, counts.failed) == (2, 0)
    assert sum(m.is_request("CANCEL") for m in phones.messages()) == 2
    assert (await phones.stop()).failed == 0


@needs_sipp
async def test_agents_hang_up_after_their_time(sipp: SippFactory) -> None:
    phones = await agents(sipp, talk_ms=100)
    callers = await sipp.callers("700", ("127.0.0.1", phones.port), calls=2)
    counts = await callers.finished(5.0)
    assert (counts.succeeded, counts.failed) == (2, 0)
    assert sum(m.is_request("BYE") and m.sent for m in phones.messages()) == 2


@needs_sipp
async def test_a_party_hears_itself_from_an_echoing_caller(
    sipp: SippFactory, party_factory: PartyFactory
) -> None:
    party = party_factory(tone=CALLERS[0], server=NOBODY, behaviour=Answer())
    await sipp.callers("700", party.address, calls=1)
    call = await (await party.invited(5.0)).answered()
    await call.hears(CALLERS[0])
    await call.hang_up()


@needs_sipp
async def test_a_sipp_that_does_not_start_says_why(sipp: SippFactory) -> None:
    values = {"hold_ms": 1, "patience_ms": 1}
    without_rows = Job(scenario="caller", server=NOBODY, values=values, calls=1)
    with pytest.raises(NotSo, match="injection file"):
        await sipp.start(without_rows)


def test_a_message_log_is_read_with_its_times_and_directions() -> None:
    rule = "-" * 47
    log = (
        f"{rule} 2026-01-02 00:00:00.250000\nUDP message sent (80 bytes):\n\n"
        "INVITE sip:7@h SIP/2.0\nFrom: <sip:+49@h:1>;tag=a\nCall-ID: one\n\n"
        f"{rule} 2026-01-02 00:00:01.000000\nUDP message received [9] bytes :\n\n"
        "SIP/2.0 200 OK\nf: <sip:+49@h:1>\ni: one\n\n"
    )
    assert [(m.at, m.sent, m.line, m.call_id, m.from_user) for m in parse_messages(log)] == [
        (1767312000.25, True, "INVITE sip:7@h SIP/2.0", "one", "+49"),
        (1767312001.0, False, "SIP/2.0 200 OK", "one", "+49"),
    ]
    sent, received = parse_messages(log)
    assert isinstance(sent, Traced)
    assert sent.is_request("INVITE")
    assert received.is_response(200)
    assert parse_messages("") == []


def test_a_repeated_invite_counts_once() -> None:
    def invite(who: str, at: float) -> Traced:
        return Traced(
            at=at, sent=True, line="INVITE sip:7 SIP/2.0", call_id="", from_user=who, text=""
        )

    assert first_invites([invite("1", 1.0), invite("1", 1.5), invite("2", 2.0)]) == {
        "1": 1.0,
        "2": 2.0,
    }
