"""A carrier over TLS with SRTP: another Asterisk, through which a caller and an agent talk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from acd.ari.provisioning import ensure
from acd.ari.rest import AriAddress, RestClient
from acd.ids import TrunkName
from acd.telephony import Network, Srtp, Transport, Trunk
from tests.integration import certificates
from tests.integration.instances import Ari, Facts, started
from tests.integration.running import Site, Start, open_site, queue
from tests.parties.behaviour import Answer
from tests.parties.fixtures import PartyFactory
from tests.parties.party import Party
from tests.parties.sipp import free_ports
from tests.parties.tones import AGENTS, CALLERS

pytestmark = pytest.mark.asterisk

DIALPLAN = """
[from-caller]
exten => _X.,1,Dial(PJSIP/${EXTEN}@acd,20)
 same => n,Hangup(${HANGUPCAUSE})
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    facts: Facts
    tls: int

    async def leads_to(self, port: int, encryption: str) -> None:
        """Whoever calls the carrier from this machine is sent to the ACD at that port."""
        etc = self.facts["asterisk_paths"]["etc"]
        async with Ari.of(self.facts) as ari:
            await ari.provision(
                "transport",
                "tls",
                protocol="tls",
                bind=f"127.0.0.1:{self.tls}",
                method="tlsv1_2",
                cert_file=f"{etc}/carrier.pem",
                priv_key_file=f"{etc}/carrier.key",
            )
            await ari.provision("aor", "acd", contact=f"sip:127.0.0.1:{port};transport=tls")
            common = {
                "disallow": "all",
                "allow": "ulaw",
                "direct_media": "no",
                "media_address": "127.0.0.1",
                "bind_rtp_to_media_address": "yes",
            }
            await ari.provision(
                "endpoint",
                "acd",
                aors="acd",
                transport="tls",
                media_encryption=encryption,
                **common,
            )
            await ari.provision("endpoint", "callers", context="from-caller", **common)
            await ari.provision("identify", "callers", endpoint="callers", match="127.0.0.1")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with open_site(tmp_path_factory.mktemp("encrypted"), "encrypted", "--sip=acd") as opened:
        yield opened


@pytest.fixture(scope="module")
def carrier(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Carrier:
    folder = tmp_path_factory.mktemp("carrier")
    (folder / "extensions.conf").write_text(DIALPLAN)
    facts = started(site.tool, "carrier", f"--config-dir={folder}")
    certificates.make(Path(facts["paths"]["etc"]), "carrier")
    return Carrier(facts=facts, tls=free_ports(1)[0])


def keys(site: Site) -> tuple[str, str]:
    """Our certificate and its key, as our Asterisk sees them."""
    certificates.make(Path(site.facts["paths"]["etc"]), "ours")
    own = site.facts["asterisk_paths"]["etc"]
    return f"{own}/ours.pem", f"{own}/ours.key"


def caller_of(carrier: Carrier, parties: PartyFactory) -> Party:
    server = (carrier.facts["sip_address"], carrier.facts["sip_port"])
    party: Party = parties(tone=CALLERS[0], server=server, number="+4930100")
    return party


@pytest.mark.key("trunks.srtp", "trunks.transport", "nodes.sip_tls")
async def test_a_caller_over_tls_and_srtp_is_heard_and_hears(
    start: Start, site: Site, carrier: Carrier, party_factory: PartyFactory
) -> None:
    (certificate, key), [port] = keys(site), free_ports(1)
    node = {
        **{name: site.facts[name] for name in ("ari_url", "ari_user", "ari_password")},
        "media_address": "127.0.0.1",
        "sip_udp": f"127.0.0.1:{site.facts['sip_port']}",
        "sip_tls": f"127.0.0.1:{port}",
        "tls_certificate": certificate,
        "tls_private_key": key,
    }
    trunk = {
        "name": "carrier",
        "match": ["127.0.0.1"],
        "host": "127.0.0.1:5999",
        "transport": "tls",
        "srtp": "required",
        "qualify_s": 0,
    }
    acd = await start(queue("sales", "700", "ayse"), nodes=[node], trunks=[trunk])
    await carrier.leads_to(port, "sdes")
    phone = await acd.phone("ayse", Answer(after=0.1))
    caller = caller_of(carrier, party_factory)
    await caller.dial("700")
    await phone.invited()
    await phone.hears(CALLERS[0])
    await caller.hears(AGENTS[0])
    await caller.hang_up()


@pytest.mark.key("trunks.srtp")
async def test_a_caller_whose_voice_is_not_encrypted_is_refused_where_it_must_be(
    site: Site, carrier: Carrier, party_factory: PartyFactory
) -> None:
    (certificate, key), [port] = keys(site), free_ports(1)
    network = Network(
        address="127.0.0.1", tls=f"127.0.0.1:{port}", certificate=certificate, private_key=key
    )
    trunk = Trunk(
        name=TrunkName("carrier"),
        match=("127.0.0.1",),
        hosts=("127.0.0.1:5999",),
        transport=Transport.TLS,
        srtp=Srtp.REQUIRED,
        qualify_s=0,
    )
    facts = site.facts
    address = AriAddress(
        url=facts["ari_url"], user=facts["ari_user"], password=facts["ari_password"]
    )
    async with RestClient(address) as rest:
        await ensure(rest, network, [], [trunk])
    await carrier.leads_to(port, "no")
    call = await caller_of(carrier, party_factory).dial("700")
    await call.ended()
    assert call.answered_at is None
    assert "Couldn't negotiate" in site.log()
