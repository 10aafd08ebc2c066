"""Trunks on the wire: what a carrier gets to see of a real Asterisk that the ACD provisions.

The carrier is at an address of its own (127.0.0.2). It refuses calls, so each takes milliseconds.
"""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import pytest

from acd.ari.listening import listen
from acd.ari.pjsip import transports
from acd.ari.provisioning import ensure, provision
from acd.ari.rest import AriAddress, RestClient
from acd.ids import TrunkName
from acd.telephony import Account, Codec, Dtmf, Identity, Network, Srtp, Transport, Trunk
from tests.integration import certificates
from tests.integration.instances import Facts, Tool, logged, started, tool_in
from tests.parties.carrier import Asked, Carrier
from tests.parties.ledger import NotSo
from tests.parties.sipp import free_ports

pytestmark = pytest.mark.asterisk

US = Account(user="4930123", password="right")
MOBILE = "+905551112233"
CALLER = "+902120000001"
_numbers = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """An Asterisk of which nothing but the ACD says where it speaks SIP."""

    tool: Tool
    facts: Facts
    network: Network
    ports: list[int] = field(default_factory=list)

    @property
    def address(self) -> AriAddress:
        facts = self.facts
        user, password = facts["ari_user"], facts["ari_password"]
        return AriAddress(url=facts["ari_url"], user=user, password=password)

    def log(self, words: str) -> list[str]:
        return logged(self.tool, "trunks", words)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("trunks")
    with tool_in(folder / "run") as tool:
        facts = started(tool, "trunks", "--sip=acd")
        home = Path(facts["paths"]["etc"])
        for name in ("ours", "carriers"):
            certificates.make(home, name, "127.0.0.1" if name == "ours" else "127.0.0.2")
        ports = free_ports(4)
        own = facts["asterisk_paths"]["etc"]
        network = Network(
            address="127.0.0.1",
            udp=f"127.0.0.1:{ports[0]}",
            tcp=f"127.0.0.1:{ports[0]}",
            tls=f"127.0.0.1:{ports[1]}",
            certificate=f"{own}/ours.pem",
            private_key=f"{own}/ours.key",
            authorities=f"{own}/carriers.pem",
        )
        yield Node(tool=tool, facts=facts, network=network, ports=ports)


@pytest.fixture
async def rest(node: Node) -> AsyncIterator[RestClient]:
    async with RestClient(node.address) as client:
        yield client


@pytest.fixture
async def carrier() -> AsyncIterator[Carrier]:
    opened = Carrier.udp()
    yield opened
    await opened.close()


Call = Callable[..., Awaitable[Asked]]


@pytest.fixture
def call(node: Node, rest: RestClient, carrier: Carrier) -> Call:
    """Provisions the trunk, calls a mobile by it and gives the INVITE that the carrier sees."""

    async def call(
        trunk: Trunk, network: Network = node.network, at: Carrier = carrier, holding: str = ""
    ) -> Asked:
        await ensure(rest, network, [], [trunk])
        await dial(rest, trunk)
        return await at.sees("INVITE", holding)

    return call


async def dial(rest: RestClient, trunk: Trunk) -> None:
    await rest.call(
        "channels.originateWithId",
        channelId=f"to-the-carrier-{next(_numbers)}",
        endpoint=f"PJSIP/{MOBILE}@{trunk.name}",
        context="acd-noforward",
        extension="s",
        priority=1,
        callerId=f'"Sales" <{CALLER}>',
    )


async def dial_until(rest: RestClient, trunk: Trunk, at: Carrier) -> None:
    """Call every half second, until this carrier sees a call that is not one from before."""
    before = len(at.of("INVITE", "telephone-event"))
    for _ in range(40):
        await dial(rest, trunk)
        if await at.bell.until(lambda: len(at.of("INVITE")) > before, 0.5):
            return
    raise NotSo(f"no call comes to {at.host}")


def to(carrier: Carrier, **about: object) -> Trunk:
    trunk = Trunk(name=TrunkName("carrier"), hosts=(carrier.host,), match=("127.0.0.2",))
    return replace(trunk, **about)  # type: ignore[arg-type]


# Registration.


@pytest.mark.key("trunks.registers", "trunks.user", "trunks.password", "trunks.register_expiry_s")
async def test_a_trunk_registers_with_its_name_and_password(
    rest: RestClient, node: Node, carrier: Carrier
) -> None:
    carrier.user, carrier.password = US.user, US.password
    trunk = to(carrier, registers=True, account=US, register_expiry_s=120)
    await ensure(rest, node.network, [], [trunk])
    proven = await carrier.sees("REGISTER", "Authorization")
    assert carrier._is_proven(proven)
    assert proven.header("Expires") == "120"
    assert f"sip:{US.user}@" in proven.header("Contact")
    assert f"sip:{US.user}@127.0.0.2" in proven.header("From")


async def test_another_registration_takes_the_place_of_the_one_before(
    rest: RestClient, node: Node, carrier: Carrier
) -> None:
    trunk = to(carrier, registers=True, account=US, register_expiry_s=120)
    await ensure(rest, node.network, [], [trunk])
    await carrier.sees("REGISTER", "Expires: 120")
    changed = replace(trunk, register_expiry_s=240)
    await ensure(rest, node.network, [], [changed])
    await carrier.sees("REGISTER", "Expires: 0")
    await carrier.sees("REGISTER", "Expires: 240")
    [before] = registrations(node)
    # As after a restart of Asterisk, which has it still.
    await provision(rest, node.network, [], [changed])
    assert registrations(node) == [before]


def registrations(node: Node) -> list[str]:
    """The names of those that Asterisk has."""
    listed = node.tool("cli", "--name=trunks", "pjsip show registrations").stdout
    return re.findall(r"^ (\S+)/sip:", listed, re.MULTILINE)


@pytest.mark.key("trunks.register_retry_s")
async def test_a_registration_that_is_refused_is_tried_again_for_ever(
    rest: RestClient, node: Node, carrier: Carrier
) -> None:
    carrier.user, carrier.password = US.user, "another"
    trunk = to(carrier, registers=True, account=US, register_retry_s=1)
    await ensure(rest, node.network, [], [trunk])
    # 403, twice: Asterisk's own default is to give up at the first.
    await carrier.sees("REGISTER", "Authorization", times=2)
    carrier.password = US.password
    before = len(carrier.of("REGISTER", "Authorization"))
    proven = await carrier.sees("REGISTER", "Authorization", times=before + 1)
    assert carrier._is_proven(proven)


async def test_a_carrier_that_was_away_is_registered_with_when_it_is_back(
    rest: RestClient, node: Node, carrier: Carrier
) -> None:
    host, port = carrier.address
    trunk = to(carrier, registers=True, account=US, register_retry_s=1)
    await carrier.close()
    await ensure(rest, node.network, [], [trunk])
    back = Carrier.udp(host, port)
    try:
        await back.sees("REGISTER", within=12)
    finally:
        await back.close()


async def test_a_trunk_that_registers_no_more_is_quiet(
    rest: RestClient, node: Node, carrier: Carrier
) -> None:
    carrier.user, carrier.password = US.user, "another"
    trunk = to(carrier, registers=True, account=US, register_retry_s=1, qualify_s=1)
    await ensure(rest, node.network, [], [trunk])
    await carrier.sees("REGISTER", times=3)
    await ensure(rest, node.network, [], [replace(trunk, registers=False)])
    told, asked = len(carrier.of("REGISTER")), len(carrier.of("OPTIONS"))
    # One may be under way; in three seconds there would be three more.
    await carrier.sees("OPTIONS", times=asked + 3)
    assert len(carrier.of("REGISTER")) <= told + 2


# Calls to the carrier.


@pytest.mark.key("trunks.host")
async def test_a_call_goes_to_the_host_as_the_caller(call: Call, carrier: Carrier) -> None:
    invite = await call(to(carrier))
    assert invite.line.startswith(f"INVITE sip:{MOBILE}@{carrier.host}")
    assert f"sip:{CALLER}@127.0.0.1" in invite.header("From")
    for unasked in ("P-Asserted-Identity", "Remote-Party-ID", "Authorization"):
        assert not invite.header(unasked)
    assert "Session-Expires" in invite.text


@pytest.mark.key("trunks.from_user", "trunks.from_domain")
async def test_from_is_what_the_carrier_wants(call: Call, carrier: Carrier) -> None:
    invite = await call(to(carrier, from_user="4930123", from_domain="carrier.example"))
    assert "<sip:4930123@carrier.example>" in invite.header("From")


@pytest.mark.parametrize(
    ("how", "header"),
    [(Identity.PAI, "P-Asserted-Identity"), (Identity.RPID, "Remote-Party-ID")],
)
@pytest.mark.key("trunks.send_identity")
async def test_the_caller_is_told_in_the_header_that_the_carrier_reads(
    call: Call, carrier: Carrier, how: Identity, header: str
) -> None:
    invite = await call(to(carrier, send_identity=how, from_user="4930123"))
    assert f"sip:{CALLER}@" in invite.header(header)


@pytest.mark.key("trunks.user", "trunks.password")
async def test_a_carrier_that_asks_who_we_are_is_told(call: Call, carrier: Carrier) -> None:
    carrier.user, carrier.password = US.user, US.password
    invite = await call(to(carrier, account=US), holding="Proxy-Authorization")
    assert carrier._is_proven(invite)


@pytest.mark.key("trunks.codecs")
async def test_these_codecs_are_offered_and_no_others(call: Call, carrier: Carrier) -> None:
    invite = await call(to(carrier, codecs=(Codec.G722, Codec.ULAW)))
    assert codecs(invite) == {"9", "0"}


def codecs(invite: Asked) -> set[str]:
    """The payload types of the audio, without that of digits."""
    [audio] = [line for line in invite.body.splitlines() if line.startswith("m=audio")]
    return {kind for kind in audio.split()[3:] if int(kind) < 96}


@pytest.mark.parametrize(
    ("dtmf", "events"),
    [(Dtmf.RFC4733, True), (Dtmf.AUTO, True), (Dtmf.INFO, False), (Dtmf.INBAND, False)],
)
@pytest.mark.key("trunks.dtmf")
async def test_digits_are_offered_as_events_where_they_are_sent_so(
    call: Call, carrier: Carrier, dtmf: Dtmf, events: bool
) -> None:
    invite = await call(to(carrier, dtmf=dtmf))
    assert ("telephone-event" in invite.body) is events


@pytest.mark.parametrize(
    ("srtp", "profile", "keys"),
    [
        (Srtp.OFF, "RTP/AVP", False),
        (Srtp.OPTIONAL, "RTP/AVP", True),
        (Srtp.REQUIRED, "RTP/SAVP", True),
    ],
)
@pytest.mark.key("trunks.srtp")
async def test_voice_is_encrypted_as_far_as_it_must(
    call: Call, carrier: Carrier, srtp: Srtp, profile: str, keys: bool
) -> None:
    invite = await call(to(carrier, srtp=srtp))
    assert f" {profile} " in invite.body
    assert ("a=crypto:" in invite.body) is keys


@pytest.mark.key("trunks.qualify_s", "trunks.fallback_hosts")
async def test_a_call_goes_to_the_first_host_that_answers(
    rest: RestClient, node: Node, carrier: Carrier
) -> None:
    second = Carrier.udp("127.0.0.3")
    carrier.silent = True
    try:
        trunk = to(carrier, hosts=(carrier.host, second.host), qualify_s=1)
        await ensure(rest, node.network, [], [trunk])
        await second.sees("OPTIONS")
        # Asterisk takes some seconds to find out that the first does not answer.
        await dial_until(rest, trunk, second)
        carrier.silent = False
        await dial_until(rest, trunk, carrier)
    finally:
        await second.close()


@pytest.mark.parametrize(
    "garbage", [b"\x00\xff" * 400, b"SIP/2.0 200 OK\r\n\r\n", b"SIP/2.0 999999 ?\r\nVia: ,\r\n\r\n"]
)
async def test_a_carrier_that_answers_garbage_is_one_that_does_not_answer(
    rest: RestClient, node: Node, carrier: Carrier, garbage: bytes
) -> None:
    carrier.garbage = garbage
    trunk = to(carrier, qualify_s=1)
    await ensure(rest, node.network, [], [trunk])
    await carrier.sees("OPTIONS", times=2)
    await dial(rest, trunk)
    await carrier.sees("INVITE")
    carrier.garbage = b""
    before = len(carrier.of("OPTIONS"))
    await carrier.sees("OPTIONS", times=before + 1)
    await dial(rest, trunk)
    await carrier.sees("ACK")


# Where the node speaks.


@pytest.mark.key("nodes.sip_tcp", "trunks.transport")
async def test_a_trunk_is_called_over_tcp(call: Call) -> None:
    carrier = await Carrier.tcp()
    try:
        invite = await call(to(carrier, transport=Transport.TCP), at=carrier)
        assert "SIP/2.0/TCP" in invite.header("Via")
    finally:
        await carrier.close()


@pytest.mark.key(
    "nodes.sip_tls", "nodes.tls_certificate", "nodes.tls_private_key", "nodes.tls_authorities"
)
async def test_a_trunk_is_called_over_tls_if_its_certificate_is_right(
    node: Node, rest: RestClient, tmp_path: Path
) -> None:
    home = Path(node.facts["paths"]["etc"])
    right = await Carrier.tcp(context(home / "carriers.pem", home / "carriers.key"))
    wrong = await Carrier.tcp(context(*certificates.make(tmp_path, "stranger", "127.0.0.2")))
    try:
        trunk = to(wrong, transport=Transport.TLS, qualify_s=0)
        await ensure(rest, node.network, [], [trunk])
        await dial(rest, trunk)
        await ensure(rest, node.network, [], [replace(trunk, hosts=(right.host,))])
        await dial(rest, trunk)
        assert "SIP/2.0/TLS" in (await right.sees("INVITE")).header("Via")
        assert not wrong.asked
        assert node.log("acd-tls.*The certificate is untrusted")
    finally:
        await right.close()
        await wrong.close()


def context(certificate: Path, key: Path) -> ssl.SSLContext:
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.load_cert_chain(certificate, key)
    return made


async def test_a_certificate_that_is_not_there_is_told_and_hinders_nothing_else(
    node: Node, call: Call, carrier: Carrier, caplog: pytest.LogCaptureFixture
) -> None:
    network = replace(
        node.network, tls=f"127.0.0.1:{node.ports[2]}", certificate="/nowhere/acd.pem"
    )
    with caplog.at_level(logging.ERROR):
        await call(to(carrier), network)
    [line] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "the certificate, its key or the authorities cannot be read" in line.getMessage()
    assert line.bind == f"127.0.0.1:{node.ports[2]}"  # type: ignore[attr-defined]


@pytest.mark.key("nodes.sip_udp", "nodes.media_address")
async def test_the_node_listens_elsewhere_without_a_restart(
    node: Node, rest: RestClient, call: Call, carrier: Carrier
) -> None:
    before = await call(to(carrier))
    assert f"127.0.0.1:{node.ports[0]}" in before.header("Via")
    elsewhere = replace(node.network, udp=f"127.0.0.1:{node.ports[3]}", address="127.0.0.9")
    after = await call(to(carrier), elsewhere, holding=f"127.0.0.1:{node.ports[3]}")
    assert "c=IN IP4 127.0.0.9" in after.body
    await ensure(rest, node.network, [], [])


@pytest.mark.key("nodes.external_address", "nodes.local_networks")
async def test_the_outside_is_told_the_outside_address_and_neighbours_are_not(
    node: Node, rest: RestClient, carrier: Carrier
) -> None:
    outside, other = Carrier.udp("127.0.0.5"), Carrier.udp("127.0.0.3")
    network = replace(
        node.network,
        external_address="203.0.113.5",
        # Of several Asterisk's database keeps one.
        local_networks=("127.0.0.1/32", "127.0.0.2/32", "127.0.0.3/32"),
    )
    trunks = [
        replace(to(at), name=TrunkName(name), match=(at.address[0],))
        for name, at in (("near", carrier), ("far", outside), ("beside", other))
    ]
    try:
        await ensure(rest, network, [], trunks)
        for trunk in trunks:
            await dial(rest, trunk)
        far = await outside.sees("INVITE")
        assert "203.0.113.5" in far.header("Contact")
        assert "c=IN IP4 203.0.113.5" in far.body
        for neighbour in (carrier, other):
            near = await neighbour.sees("INVITE")
            assert "203.0.113.5" not in near.text
    finally:
        await outside.close()
        await other.close()


async def test_a_restarted_asterisk_is_not_told_what_it_listens_on(node: Node) -> None:
    """Of several networks it would keep one by itself."""
    network = replace(
        node.network,
        external_address="203.0.113.5",
        local_networks=("127.0.0.0/30", "10.0.0.0/8", "192.168.0.0/16"),
    )
    asked: list[str] = []
    async with RestClient(node.address, on_call=lambda name, *_: asked.append(name)) as rest:
        await ensure(rest, network, [], [])
        assert "channels.originateWithId" in asked
        assert node.tool("restart", "--name=trunks").returncode == 0
        asked.clear()
        await ensure(rest, network, [], [])
        assert asked.count("asterisk.getObject") == len(list(transports(network)))
        assert not {"asterisk.updateObject", "channels.originateWithId"} & {*asked}


async def test_a_node_is_told_its_outside_address_while_phones_speak(
    node: Node, carrier: Carrier
) -> None:
    """Not by a PUT, in which a message under way may hold what Asterisk waits for."""
    network = replace(node.network, tcp=None, tls=None, local_networks=("127.0.0.1/32",))
    asked: list[str] = []
    async with RestClient(node.address, on_call=lambda name, *_: asked.append(name)) as rest:
        await ensure(rest, network, [], [to(carrier)])
        asked.clear()
        talking = asyncio.create_task(speak_for_ever(node.ports[0]))
        try:
            for outside in ("203.0.113.1", "203.0.113.2", "203.0.113.3"):
                await listen(rest, *transports(replace(network, external_address=outside)))
                told = dict(await rest.asterisk.get_object("res_pjsip", "transport", "acd-udp"))
                assert told["external_signaling_address"] == outside
        finally:
            talking.cancel()
        assert "asterisk.updateObject" not in asked
        await ensure(rest, node.network, [], [])


async def speak_for_ever(port: int) -> None:
    """Ask Asterisk what it can, some fifty times a second."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        for number in count():
            lines = (
                "OPTIONS sip:us@127.0.0.1 SIP/2.0",
                f"Via: SIP/2.0/UDP 127.0.0.1:{udp.getsockname()[1]};branch=z9hG4bKspeak{number}",
                f"From: <sip:phone@127.0.0.1>;tag={number}",
                "To: <sip:us@127.0.0.1>",
                f"Call-ID: speak{number}",
                "CSeq: 1 OPTIONS",
                "Content-Length: 0",
            )
            # Nobody is there for a moment.
            with suppress(ConnectionRefusedError):
                udp.sendto("\r\n".join([*lines, "", ""]).encode(), ("127.0.0.1", port))
            await asyncio.sleep(0.02)


@pytest.mark.key("nodes.rtp_ports")
async def test_voice_keeps_to_its_ports(node: Node, call: Call, carrier: Carrier) -> None:
    invite = await call(to(carrier), replace(node.network, rtp_ports=(31000, 31019)))
    [audio] = [line for line in invite.body.splitlines() if line.startswith("m=audio")]
    assert 31000 <= int(audio.split()[1]) <= 31019
