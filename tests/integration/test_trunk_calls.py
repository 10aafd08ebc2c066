"""Calls by trunks through the whole ACD, and phones of several kinds, on a real Asterisk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from acd.http import live
from tests.integration.instances import Ari
from tests.integration.running import Acd, Site, Start, queue, until
from tests.parties.behaviour import Answer
from tests.parties.carrier import Carrier
from tests.parties.tones import CALLERS, Law

pytestmark = pytest.mark.asterisk


def trunk(name: str, *match: str, **keys: Any) -> dict[str, Any]:
    """A trunk of the configuration file: whose calls come from there."""
    return {"name": name, "match": list(match), "host": "127.0.0.1:5999", "qualify_s": 0, **keys}


async def refused(acd: Acd, number: str = "700", **wishes: Any) -> int | None:
    """The status that a call by somebody at this address ends with."""
    call = await acd.caller(**wishes).dial(number)
    await call.ended()
    return call.status


@pytest.mark.key("trunks.match")
async def test_a_carriers_calls_come_from_each_of_its_addresses_and_nobody_elses(
    start: Start,
) -> None:
    acd = await start(
        queue("sales", "700", "ayse"),
        trunks=[trunk("carrier", "127.0.0.2", "127.0.1.0/24")],
    )
    for place, host in enumerate(("127.0.0.2", "127.0.1.7")):
        call = await acd.caller(place, host=host).dial("700")
        await call.answered()
        await until(lambda place=place: len(acd.state.entries) == place + 1)
    assert {leg.trunk for leg in acd.state.legs.values()} == {"carrier"}
    assert await refused(acd, host="127.0.0.4") in (401, 403)
    await acd.site.hang_up_all()


@pytest.mark.key("trunks.inbound_user", "trunks.inbound_password")
async def test_a_carrier_that_must_prove_itself_is_heard_only_then(start: Start) -> None:
    key = {"inbound_user": "them", "inbound_password": "theirs"}
    acd = await start(trunks=[trunk("carrier", "127.0.0.2", **key)])
    right = acd.parties(
        tone=CALLERS[0], server=acd.site.server, number="them", password="theirs", host="127.0.0.2"
    )
    call = await right.dial("700", caller_id="+4930123456")
    await call.answered()
    await call.hang_up()
    assert await refused(acd, host="127.0.0.2") == 401


@pytest.mark.key("trunks.max_calls")
async def test_one_call_too_many_is_busy(start: Start) -> None:
    acd = await start(trunks=[trunk("carrier", "127.0.0.2", max_calls=1)])
    first = await acd.caller(host="127.0.0.2").dial("700")
    await first.answered()
    assert await refused(acd, host="127.0.0.2") == 486
    await first.hang_up()
    await until(lambda: not acd.state.legs)
    again = await acd.caller(host="127.0.0.2").dial("700")
    await again.answered()
    await again.hang_up()


@pytest.mark.key("trunks.country", "country", "trunks.trust_identity")
async def test_numbers_are_read_in_the_trunks_country_and_from_the_header_it_is_trusted_with(
    start: Start,
) -> None:
    acd = await start(
        queue("sales", "02120000700", "ayse"),
        country="TR",
        trunks=[
            trunk("here", "127.0.0.2"),
            trunk("there", "127.0.0.3", country="DE", trust_identity=True),
        ],
    )
    phone = await acd.phone("ayse", Answer(after=0.1))
    here = acd.caller(host="127.0.0.2")
    identity = {"P-Asserted-Identity": "<sip:030901820@carrier.example>"}
    await here.dial("+902120000700", caller_id="05551112233", headers=identity)
    await phone.invited()
    assert phone.current.caller_id[1] == "+905551112233"
    await here.hang_up()
    await acd.idle("ayse")
    there = acd.caller(1, host="127.0.0.3")
    await there.dial("00902120000700", caller_id="anonymous", headers=identity)
    await phone.invited(calls=2)
    assert phone.current.caller_id[1] == "+4930901820"
    await there.hang_up()


@pytest.mark.key("trunks.codecs")
async def test_of_what_a_caller_offers_our_first_codec_is_taken(start: Start) -> None:
    acd = await start(trunks=[trunk("carrier", "127.0.0.2", codecs=["alaw", "ulaw"])])
    caller = acd.caller(host="127.0.0.2", laws=(Law.MU, Law.A))
    call = await caller.dial("700")
    await call.answered()
    [answer, *_] = caller.ledger.find("INVITE", status=200)
    assert "RTP/AVP 8" in answer.body
    await call.hang_up()


@pytest.mark.key("trunks.nat")
async def test_a_carrier_behind_a_nat_is_answered_where_its_packets_come_from(
    start: Start,
) -> None:
    acd = await start(trunks=[trunk("nat", "127.0.0.2", nat=True), trunk("plain", "127.0.0.3")])
    behind, plain = Bare("127.0.0.2"), Bare("127.0.0.3")
    await behind.open(acd.site.server)
    await plain.open(acd.site.server)
    try:
        # Via names a port that nobody listens on, as a NAT leaves it.
        behind.invite()
        await behind.answered()
        plain.invite()
        await until(lambda: len(acd.state.legs) == 2)
        assert not plain.received
    finally:
        behind.close()
        plain.close()
    await acd.site.hang_up_all()


class Bare(asyncio.DatagramProtocol):
    """A socket that sends an INVITE whose Via is not where it comes from."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.received: list[bytes] = []
        self._came = asyncio.Event()

    async def open(self, server: tuple[str, int]) -> None:
        loop = asyncio.get_running_loop()
        made = await loop.create_datagram_endpoint(lambda: self, (self.host, 0), server)
        self.transport: Any = made[0]

    def datagram_received(self, data: bytes, source: Any) -> None:
        self.received.append(data)
        self._came.set()

    def error_received(self, error: Exception) -> None: ...

    async def answered(self) -> None:
        async with asyncio.timeout(8):
            await self._came.wait()

    def invite(self) -> None:
        host = self.host
        lines = [
            f"INVITE sip:700@{host} SIP/2.0",
            f"Via: SIP/2.0/UDP {host}:9;branch=z9hG4bK{host}",
            f"From: <sip:+4930@{host}>;tag=1",
            f"To: <sip:700@{host}>",
            f"Contact: <sip:{host}:9>",
            f"Call-ID: {host}",
            "CSeq: 1 INVITE",
            "Max-Forwards: 70",
            "Content-Type: application/sdp",
        ]
        body = f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
        body += "m=audio 4000 RTP/AVP 0\r\n"
        lines += [f"Content-Length: {len(body)}", "", body]
        self.transport.sendto("\r\n".join(lines).encode())

    def close(self) -> None:
        self.transport.close()


# Whether a carrier is there.


@pytest.mark.key("trunks.session_timer_s")
@pytest.mark.parametrize(("seconds", "told"), [(90, "90;refresher=uas"), (0, None)])
async def test_a_carrier_is_told_how_long_a_call_lives_without_a_sign_from_it(
    start: Start, seconds: int, told: str | None
) -> None:
    """That Asterisk ends the call is Asterisk's: tried by hand, 109 s after the carrier's death."""
    acd = await start(
        queue("sales", "700", "ayse"),
        trunks=[trunk("carrier", "127.0.0.2", session_timer_s=seconds)],
    )
    caller = acd.caller(host="127.0.0.2")
    call = await caller.dial("700")
    await call.answered()
    [answer] = [message for message in caller.ledger.messages if message.status == 200]
    assert answer.headers.get("session-expires", (None,)) == (told,)
    await call.hang_up()


@pytest.fixture
async def carrier() -> AsyncIterator[Carrier]:
    opened = Carrier.udp()
    yield opened
    await opened.close()


@pytest.mark.key("trunks.qualify_s")
async def test_a_carrier_that_goes_and_comes_back_is_seen(start: Start, carrier: Carrier) -> None:
    own = trunk("carrier", "127.0.0.2", host=carrier.host, qualify_s=1, max_calls=5)
    acd = await start(trunks=[own])
    await carrier.sees("OPTIONS")
    carrier.silent = True
    assert shown(acd) == {"trunk": "carrier", "up": True, "calls": 0, "max_calls": 5}
    await until(lambda: not shown(acd)["up"], within=15)
    carrier.silent = False
    await until(lambda: shown(acd)["up"], within=15)
    told = [r.what for r in acd.errors.records if r.getMessage() == "alarm"]  # type: ignore[attr-defined]
    assert told[:2] == ["a trunk does not answer", "a trunk answers"]


def shown(acd: Acd) -> Any:
    """The trunk as GET /live has it."""
    [row] = acd.state.nodes.values()
    [only] = live.node(acd.state, row, 0)["trunks"]
    return only


@pytest.mark.key("trunks.name", "trunks.node")
async def test_a_trunk_that_is_configured_no_more_is_forgotten(start: Start, site: Site) -> None:
    async with Ari.of(site.facts) as ari:
        await ari.provision("endpoint", "old", context="from-trunk", allow="!all,ulaw")
        await ari.provision("identify", "old.1", endpoint="old", match="127.0.0.3")
        acd = await start(trunks=[trunk("newer", "127.0.0.2")])
        names = [endpoint["resource"] for endpoint in await ari.get("endpoints/PJSIP")]
    assert "old" not in names
    assert "newer" in names
    assert await refused(acd, host="127.0.0.3") in (401, 403)


# Phones.


def extension(number: str = "1001", **keys: Any) -> dict[str, Any]:
    return {"number": number, "password": f"pw{number}", **keys}


@pytest.mark.key("extensions.codecs", "extensions.srtp", "extensions.dtmf")
async def test_a_phone_is_called_with_its_own_codecs_digits_and_encryption(start: Start) -> None:
    acd = await start(
        extensions=[
            extension(codecs=["g722", "alaw"], dtmf="info"),
            extension("1002", srtp="required"),
        ],
    )
    ayse, baris = await acd.phone("ayse"), await acd.phone("baris")
    caller = acd.caller()
    await caller.dial("700")
    offer = (await ayse.invited()).header and ayse.ledger.find("INVITE", sent=False)[-1].body
    assert {"9", "8"} == set(offer.partition("RTP/AVP ")[2].split("\r\n")[0].split())
    await ayse.current.ended() if ayse.current.ended_at else ayse.current.reject(486)
    await baris.invited()
    assert "RTP/SAVP" in baris.ledger.find("INVITE", sent=False)[-1].body
    await caller.hang_up()


@pytest.mark.key("extensions.max_contacts")
async def test_a_phone_more_than_may_be_is_refused(start: Start) -> None:
    acd = await start(queue("sales", "700", "ayse"), extensions=[extension(max_contacts=1)])
    await acd.phone("ayse")
    second = acd.parties(tone=CALLERS[0], server=acd.site.server, number="1001", password="pw1001")
    assert await second.register() == 403
