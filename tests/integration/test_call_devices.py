"""Which devices of an agent ring, and what a mobile or a phone that answers by itself goes through:
on a real Asterisk, with a carrier behind whom a mobile rings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from acd.agents.device import DeviceKind, Trouble
from acd.http import live
from acd.ids import AgentId
from tests.integration.running import WHISPER, Acd, Site, Start, extension, queue, until
from tests.parties.baresip import SOFTPHONE, BaresipFactory
from tests.parties.behaviour import Answer, Behaviour, Mute, Reject, Ring
from tests.parties.fixtures import PartyFactory
from tests.parties.party import Party
from tests.parties.tones import AGENTS, CALLERS, MUSIC

pytestmark = pytest.mark.asterisk

NUMBER, OURS = "+905551112233", "+902120000700"
MOBILE = AGENTS[-1]
"""The tone of ayşe's mobile."""
OFFER = "agent, outcome"


class Mobile:
    """Ayşe's mobile at a carrier of its own, and what is configured for it."""

    def __init__(self, site: Site, parties: PartyFactory) -> None:
        self.phone: Party = parties(
            tone=MOBILE, server=site.server, number="mobile", host="127.0.0.2"
        )

    def keys(self, ring: str, *, trunk: dict[str, Any] | None = None, **agent: Any) -> Any:
        host, port = self.phone.address
        carrier = {"name": "carrier", "match": ["127.0.0.1"], "host": "127.0.0.1:5999"}
        mobiles = {"name": "mobiles", "host": f"{host}:{port}", **(trunk or {})}
        ayse = {"username": "ayse", "name": "Ayşe", "extension": "1001", "projects": ["support"]}
        baris = {"username": "baris", "name": "Barış", "extension": "1002", "projects": ["support"]}
        return {
            "trunks": [{**each, "qualify_s": 0} for each in (carrier, mobiles)],
            "outbound_routes": [{"pattern": "+90*", "trunk": "mobiles", "caller_id": OURS}],
            "agents": [{**ayse, "mobile": NUMBER, "ring": ring, **agent}, baris],
        }

    @property
    def shows(self) -> str:
        return self.phone.current.caller_id[1]

    @property
    def called(self) -> str:
        """The number that the carrier was told to call."""
        return str(self.phone.current.invite.uri).partition(":")[2].partition("@")[0]


@pytest.fixture
async def mobile(site: Site, party_factory: PartyFactory) -> Mobile:
    return Mobile(site, party_factory)


def sales(**keys: Any) -> dict[str, Any]:
    return queue("sales", "700", "ayse", "baris", strategy="longest_idle", **keys)


def cancelled_elsewhere(phone: Party) -> bool:
    """Whether the CANCEL on the wire says what keeps a phone from showing a missed call."""
    [cancel] = phone.ledger.find("CANCEL", sent=False)
    reason = cancel.header("Reason") or ""
    return reason.startswith("SIP;cause=200") or 'text="Call completed elsewhere"' in reason


@pytest.mark.key("agents.ring", "outbound_routes.pattern", "outbound_routes.caller_id")
async def test_both_ring_and_the_mobile_takes_it_with_a_key(start: Start, mobile: Mobile) -> None:
    acd = await start(sales(), **mobile.keys("simultaneous"))
    desk = await acd.phone("ayse", Ring())
    call = await acd.caller().dial("700")
    await (await mobile.phone.invited()).ringing()
    await (await desk.invited()).ringing()
    assert (mobile.called, mobile.shows) == (NUMBER, OURS)
    mobile.phone.current.answer()
    await call.hears(MUSIC)
    assert not desk.current.ended_at
    await mobile.phone.send_digits("1")
    await call.hears(MOBILE)
    await mobile.phone.hears(CALLERS[0])
    await desk.current.ended()
    assert cancelled_elsewhere(desk)
    await acd.written("offers", OFFER, ("ayse", "answered"))
    await call.hang_up()
    await mobile.phone.current.ended()


async def test_both_ring_and_the_extension_takes_it(start: Start, mobile: Mobile) -> None:
    acd = await start(sales(), **mobile.keys("simultaneous"))
    desk = await acd.phone("ayse", Ring())
    call = await acd.caller().dial("700")
    await (await mobile.phone.invited()).ringing()
    await (await desk.invited()).ringing()
    desk.current.answer()
    await call.hears(AGENTS[0])
    await mobile.phone.current.ended()
    assert cancelled_elsewhere(mobile.phone)
    await call.hang_up()


@pytest.mark.key("agents.extension_ring_s", "agents.mobile_caller_id", "trunks.number_format")
async def test_the_mobile_rings_when_the_extension_was_not_answered_in_its_time(
    start: Start, mobile: Mobile
) -> None:
    wishes = {"extension_ring_s": 1, "mobile_caller_id": "caller"}
    trunk = {"number_format": "digits"}
    acd = await start(sales(), **mobile.keys("extension_then_mobile", trunk=trunk, **wishes))
    desk = await acd.phone("ayse", Ring())
    call = await acd.caller().dial("700")
    await (await desk.invited()).ringing()
    rings = await mobile.phone.invited()
    rang_for = rings.invited_at - (desk.current.rang_at or 0)
    assert 0.9 < rang_for < 2
    assert (mobile.called, mobile.shows) == (NUMBER.removeprefix("+"), "49300")
    await desk.current.ended()
    assert not desk.current.answered_elsewhere
    await call.hang_up()
    await rings.ended()


async def test_the_extension_of_who_wants_the_mobile_only_never_rings(
    start: Start, mobile: Mobile
) -> None:
    acd = await start(sales(), **mobile.keys("mobile", mobile_accept=False))
    desk = await acd.phone("ayse", Ring())
    mobile.phone.behaviour = Answer()
    call = await acd.caller().dial("700")
    await call.hears(MOBILE)
    assert desk.calls == []
    await call.hang_up()


async def test_the_mobile_of_who_wants_the_extension_only_never_rings(
    start: Start, mobile: Mobile
) -> None:
    acd = await start(sales(agent_timeout_s=1), **mobile.keys("extension"))
    await acd.phone("ayse", Ring())
    await acd.phone("baris", Answer())
    call = await acd.caller().dial("700")
    await call.hears(AGENTS[1])
    assert mobile.phone.calls == []
    await acd.written("offers", OFFER, ("ayse", "missed"), ("baris", "answered"))
    await call.hang_up()


@pytest.mark.key("queues.name_sound", "agents.mobile_accept")
async def test_who_answers_a_mobile_hears_of_which_queue_the_call_is(
    start: Start, site: Site, mobile: Mobile
) -> None:
    acd = await start(sales(name_sound=site.whisper), **mobile.keys("mobile"))
    await acd.phone("ayse", Ring())
    mobile.phone.behaviour = Answer()
    call = await acd.caller().dial("700")
    await mobile.phone.invited()
    await mobile.phone.hears(WHISPER)
    await mobile.phone.send_digits("5")
    assert acd.agent("ayse").phase == "reserved"
    assert not call.ears.heard_since(0, MOBILE)
    await mobile.phone.send_digits("1")
    await call.hears(MOBILE)
    await call.hang_up()


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        pytest.param(Reject(status=486), "busy", id="busy"),
        pytest.param(Reject(status=480), "unreachable", id="switched off"),
        pytest.param(Reject(status=603), "rejected", id="declined"),
    ],
)
async def test_a_mobile_that_refuses(
    start: Start, mobile: Mobile, behaviour: Behaviour, outcome: str
) -> None:
    acd = await start(sales(), **mobile.keys("mobile"))
    await acd.phone("ayse", Ring())
    await acd.phone("baris", Answer())
    mobile.phone.behaviour = behaviour
    call = await acd.caller().dial("700")
    await call.hears(AGENTS[1])
    await acd.written("offers", OFFER, ("ayse", outcome), ("baris", "answered"))
    await call.hang_up()


# Whisper.


@pytest.mark.key("queues.whisper", "queues.name_sound")
async def test_the_agent_is_told_queue_and_wait_and_the_caller_hears_music_on(
    start: Start, site: Site
) -> None:
    """Trap 37: what the agent is told costs the caller no silence."""
    acd = await start(queue("sales", "700", "ayse", whisper="name+wait", name_sound=site.whisper))
    phone = await acd.phone("ayse", Answer())
    call = await acd.caller().dial("700")
    await phone.invited()
    await phone.hears(WHISPER)
    await call.hears(AGENTS[0])
    # A voice has all tones for a moment: that the caller is heard says only that nobody else is.
    await phone.hears(CALLERS[0], since=call.ears.first_heard(AGENTS[0]))
    named, talked = phone.ears.first_heard(WHISPER), call.ears.first_heard(AGENTS[0])
    begun, met = call.ears.first_heard(MUSIC), call.ears.first_heard(AGENTS[0])
    assert named
    assert talked
    assert begun
    assert met
    # The name alone takes 0.6 s; how long the caller has waited is said between the two.
    assert talked - named > 1.5
    assert call.ears.silence_gaps(MUSIC, begun, until=met, longest=0.3) == []
    assert not call.ears.heard_since(0, WHISPER)
    await call.hang_up()


# Phones that answer by themselves.

HEADERS = {
    "Call-Info": "<sip:acd>;answer-after=0",
    "Alert-Info": "<http://acd>;info=alert-autoanswer;delay=0",
    "Answer-Mode": "Auto",
    "P-Auto-answer": "normal",
    "Answer-After": "0",
}


@pytest.mark.key("queues.auto_answer")
async def test_a_phone_answers_by_itself_and_the_agent_hears_a_beep(start: Start) -> None:
    acd = await start(queue("sales", "700", "ayse", auto_answer=True))
    phone = await acd.phone("ayse", Ring(), auto_answer=True)
    call = await acd.caller().dial("700")
    await call.hears(AGENTS[0])
    await phone.hears(CALLERS[0])
    assert {name: phone.current.header(name) for name in HEADERS} == HEADERS
    beeps = phone.ears.first_heard(CALLERS[0]) or 0
    # The beep is before the caller, and takes as long as it takes: the first voice is after it.
    assert beeps - (phone.current.answered_at or 0) > 0.2
    await acd.written("offers", OFFER, ("ayse", "answered"))
    await call.hang_up()


@pytest.mark.key("agents.auto_answer")
async def test_the_phone_of_who_wants_it_so_rings_as_ever(start: Start, mobile: Mobile) -> None:
    keys = mobile.keys("simultaneous", auto_answer=False)
    acd = await start(sales(auto_answer=True), **keys)
    phone = await acd.phone("ayse", Ring(), auto_answer=True)
    call = await acd.caller().dial("700")
    await (await phone.invited()).ringing()
    await (await mobile.phone.invited()).ringing()
    assert [phone.current.header(name) for name in HEADERS] == [None] * len(HEADERS)
    phone.current.answer()
    await call.hears(AGENTS[0])
    await call.hang_up()


async def test_a_mobile_is_never_told_to_answer(start: Start, mobile: Mobile) -> None:
    acd = await start(sales(auto_answer=True), **mobile.keys("simultaneous"))
    phone = await acd.phone("ayse", Ring())
    call = await acd.caller().dial("700")
    await (await mobile.phone.invited()).ringing()
    await (await phone.invited()).ringing()
    assert phone.current.header("Answer-Mode") == "Auto"
    assert [mobile.phone.current.header(name) for name in HEADERS] == [None] * len(HEADERS)
    await call.hang_up()


async def test_an_empty_chair_is_found_out_and_the_caller_hears_music_till_somebody_is_there(
    start: Start,
) -> None:
    acd = await start(sales(auto_answer=True))
    empty = await acd.phone("ayse", Ring(), auto_answer=True, speaks=False)
    await acd.phone("baris", Ring(), auto_answer=True)
    call = await acd.caller().dial("700")
    await empty.invited()
    await call.hears(AGENTS[1], within=9)
    begun, met = call.ears.first_heard(MUSIC), call.ears.first_heard(AGENTS[1])
    assert begun
    assert met
    assert 4.5 < met - (empty.current.answered_at or 0) < 7
    assert call.ears.silence_gaps(MUSIC, begun, until=met, longest=0.3) == []
    assert not empty.ears.heard_since(0, CALLERS[0])
    await acd.written("offers", OFFER, ("ayse", "unreachable"), ("baris", "answered"))
    assert acd.agent("ayse").device(DeviceKind.EXTENSION).trouble is Trouble.EMPTY_CHAIR
    [shown, _] = live.agent(acd.state, AgentId("ayse"))["devices"]
    assert shown["trouble"] == "answered by itself, and nobody spoke"
    await call.hang_up()


async def test_a_softphone_nobody_here_wrote_answers_by_itself(
    start: Start, baresip: BaresipFactory, tmp_path: Path
) -> None:
    """The one of Debian does so when its own account says it; it knows none of the headers."""
    acd = await start(queue("sales", "700", "ayse", auto_answer=True))
    number = extension("ayse")
    soft = await baresip(
        number=number, password=f"pw{number}", server=acd.site.server, auto_answer=True
    )
    await until(lambda: acd.agent("ayse").device(DeviceKind.EXTENSION).endpoints)
    await acd.log_in("ayse")
    call = await acd.caller().dial("700")
    await call.hears(SOFTPHONE)
    await soft.hears(CALLERS[0])
    await call.hang_up()
    await soft.happened("CALL_CLOSED")
    await soft.stop()
    await until(lambda: not acd.agent("ayse").device(DeviceKind.EXTENSION).endpoints)


# Phones that are slow to hang up.


async def test_a_phone_that_is_busy_with_the_call_before_is_rung_once_more(start: Start) -> None:
    """Trap 34: phones need a moment after a call that we have ended."""
    acd = await start(queue("sales", "700", "ayse"))
    phone = await acd.phone("ayse", Ring())
    first = await acd.caller().dial("700")
    await (await phone.invited()).ringing()
    phone.behaviour = Reject(status=486)
    await first.hang_up()
    second = await acd.caller(1).dial("700")
    await (await phone.invited(calls=2)).ended()
    phone.behaviour = Answer()
    await second.hears(AGENTS[0])
    assert len(phone.calls) == 3
    gap = phone.calls[2].invited_at - (phone.calls[1].ended_at or 0)
    assert 0.4 < gap < 1.5
    await acd.written("offers", OFFER, ("ayse", "caller_left"), ("ayse", "answered"))
    await second.hang_up()


async def test_a_phone_that_says_nothing_of_ringing_is_dead_after_four_seconds(
    start: Start,
) -> None:
    """Its 100 is no ringing."""
    acd = await start(sales())
    first = await acd.phone("ayse", Mute())
    await acd.phone("baris", Answer())
    call = await acd.caller().dial("700")
    await call.hears(AGENTS[1], within=6)
    assert 3.8 < (call.ears.first_heard(AGENTS[1]) or 0) - first.current.invited_at < 5.5
    await acd.written("offers", OFFER, ("ayse", "unreachable"), ("baris", "answered"))
    await call.hang_up()


def told(acd: Acd) -> str | None:
    """What the agent's own picture says of the phone."""
    [desk, _] = live.agent(acd.state, AgentId("ayse"))["devices"]
    return desk["trouble"]


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (408, "did not ring"),
        (410, "did not ring"),
        (500, "did not ring"),
        (480, "wants not to be disturbed"),
        (302, "is forwarded to another number"),
        (486, "was busy"),
    ],
)
async def test_the_agent_is_told_what_the_phone_has(
    start: Start, status: int, trouble: str
) -> None:
    """Trap 35: what is wrong with a phone is shown to whose it is."""
    acd = await start(sales())
    contact = "<sip:elsewhere@127.0.0.1:5998>" if status == 302 else None
    await acd.phone("ayse", Reject(status=status, contact=contact))
    await acd.phone("baris", Answer())
    call = await acd.caller().dial("700")
    await call.hears(AGENTS[1])
    assert told(acd) == trouble
    await call.hang_up()
