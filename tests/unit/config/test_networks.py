"""What is wrong between nodes, extensions and trunks, and how their numbers are read."""

from pathlib import Path

import pytest

from acd.app.nodes import nodes
from acd.settings import Route
from acd.targets import Target
from acd.telephony import Transport
from tests.unit.config.texts import SMALL, compiled, told

NODE = "media_address: a"
CARRIER = 'trunks: [{name: carrier, match: [192.0.2.1], host: "sip.example:5060"%s}]\n'
TLS = ', sip_tls: "192.0.2.9:5061", tls_certificate: c.pem, tls_private_key: c.key'


def node(keys: str) -> str:
    """The small configuration with these keys of its node."""
    return SMALL.replace(NODE, f"media_address: 192.0.2.9{keys}")


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        (', sip_tls: "h:5061", tls_private_key: k', "nodes[0].sip_tls: TLS needs tls_certificate"),
        (', sip_tls: "h:5061", tls_certificate: c', "nodes[0].sip_tls: TLS needs tls_private_key"),
        (", tls_authorities: ca", "nodes[0].tls_authorities: is for TLS, and sip_tls is missing"),
        (
            ", external_address: 203.0.113.5, local_networks: [192.0.2.0/24]",
            "nodes[0].external_address: needs sip_udp, sip_tcp or sip_tls",
        ),
        (
            ', sip_udp: "h:5060", external_address: 203.0.113.5',
            "nodes[0].external_address: needs local_networks",
        ),
        (", local_networks: [192.0.2.0/24]", "nodes[0].local_networks: says who is not told"),
        (
            ', sip_udp: "h:5060", external_address: 203.0.113.5, local_networks: [10.0.0.0/8]',
            "media_address 192.0.2.9 is in none of them",
        ),
        (", local_networks: [here]", "expected a network like 192.168.0.0/16, got 'here'"),
        (', rtp_ports: "20000-10000"', "nodes[0].rtp_ports: expected two ports from 1024"),
        (', rtp_ports: "80-100"', "nodes[0].rtp_ports: expected two ports from 1024"),
        (", rtp_ports: many", "nodes[0].rtp_ports: expected FIRST-LAST"),
        (", sip_udp: here", "nodes[0].sip_udp: expected HOST:PORT"),
    ],
)
def test_a_node_that_cannot_be_is_told(keys: str, says: str) -> None:
    [line] = told(node(keys))
    assert says in line


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        (", user: us", "trunks[0].user: user and password go together"),
        (', password: "${PHONE}"', "trunks[0].password: user and password go together"),
        (", inbound_user: them", "trunks[0].inbound_user: inbound_user and inbound_password go"),
        (", registers: true", "trunks[0].registers: needs user and password"),
        (", transport: tls", "trunks[0].transport: node asterisk has no sip_tls to listen on"),
        (", transport: tcp", "trunks[0].transport: node asterisk has no sip_tcp to listen on"),
        (", country: XX", "trunks[0].country: expected a country of ISO 3166 like TR, got 'XX'"),
        (", country: tr", "trunks[0].country: expected a country of ISO 3166 like TR, got 'tr'"),
        (", from_user: a b", "trunks[0].from_user: expected text without spaces"),
        (", codecs: [mp3]", "trunks[0].codecs[0]: expected one of"),
        (", codecs: []", "trunks[0].codecs: expected"),
        (", max_calls: 0", "trunks[0].max_calls: expected"),
        (", fallback_hosts: [here]", "trunks[0].fallback_hosts[0]: expected HOST:PORT"),
        (", dtmf: morse", "trunks[0].dtmf: expected one of"),
    ],
)
def test_a_trunk_that_cannot_be_is_told(keys: str, says: str) -> None:
    [line] = told(SMALL + CARRIER % keys)
    assert says in line


def test_a_phone_speaks_only_what_its_node_listens_to() -> None:
    phone = SMALL.replace('"${PHONE}"}', '"${PHONE}", transport: tls}')
    [line] = told(phone)
    assert "extensions[0].transport: node asterisk has no sip_tls to listen on" in line
    compiled(phone.replace(NODE, f"media_address: a{TLS}"))


def test_an_address_is_one_carriers() -> None:
    two = CARRIER % '}, {name: other, match: [192.0.2.2, 192.0.2.1], host: "h:1"'
    [line] = told(SMALL + two)
    assert "trunks[1].match[1]: calls from 192.0.2.1 are those of carrier already" in line


def test_a_trunk_with_all_its_keys_is_right() -> None:
    keys = (
        ', fallback_hosts: ["b.example:5060"], user: us, password: "${PHONE}", registers: true, '
        "register_expiry_s: 600, register_retry_s: 5, inbound_user: them, "
        'inbound_password: "${ARI}", '
        "from_user: us, from_domain: example, trust_identity: true, send_identity: pai, "
        "codecs: [g722], dtmf: auto, transport: tls, srtp: required, nat: true, qualify_s: 10, "
        "session_timer_s: 90, max_calls: 30, country: TR"
    )
    text = node(TLS) + CARRIER % keys
    [made] = nodes(compiled(text))
    [trunk] = made.trunks
    assert trunk.hosts == ("sip.example:5060", "b.example:5060")
    assert trunk.account
    assert trunk.inbound
    assert (trunk.account.user, trunk.inbound.user) == ("us", "them")
    assert (trunk.register_expiry_s, trunk.register_retry_s, trunk.qualify_s) == (600, 5, 10)
    assert (trunk.transport, trunk.nat, trunk.registers) == (Transport.TLS, True, True)
    assert trunk.session_timer_s == 90


def test_a_session_timer_below_what_sip_allows_is_refused() -> None:
    [line] = told(SMALL + CARRIER % ", session_timer_s: 89")
    assert "trunks[0].session_timer_s: expected 0 or at least 90, got 89" in line


@pytest.mark.key("extensions.transport")
def test_a_phones_transport_is_its_own() -> None:
    text = SMALL.replace('"${PHONE}"}', '"${PHONE}", transport: tls}')
    [made] = nodes(compiled(text.replace(NODE, f"media_address: a{TLS}")))
    assert [extension.transport for extension in made.extensions] == [Transport.TLS]


# Numbers.

ROUTE = 'routes: [{number: "%s", to: "queue:sales"}]\n'


@pytest.mark.parametrize("written", ["+902120000700", "02120000700", "00902120000700"])
@pytest.mark.parametrize("country", ["country: TR\n", CARRIER % ", country: TR"])
@pytest.mark.key("country", "trunks.country")
def test_a_route_is_found_however_it_is_written(written: str, country: str) -> None:
    settings = compiled(SMALL + country + ROUTE % written).settings
    sales = Route(to=Target.of("queue:sales"))
    assert settings.routes == {"700": sales, "+902120000700": sales}


def test_two_ways_to_write_a_number_are_one_number() -> None:
    two = 'routes: [{number: "+902120000700", to: "queue:sales"}, '
    two += '{number: "02120000700", to: "queue:sales"}]\n'
    [line] = told(SMALL + "country: TR\n" + two)
    assert "routes[1].number: there is another number +902120000700 at acd.yaml:8:19" in line
    compiled(SMALL + two)  # nobody knows whose 02120000700 is


@pytest.mark.key("trunks.max_calls")
def test_the_core_knows_how_many_calls_a_trunk_may_have() -> None:
    trunks = compiled(SMALL + CARRIER % ", max_calls: 30, country: DE").settings.trunks
    [trunk] = trunks.values()
    assert (trunk.max_calls, trunk.country, trunk.node) == (30, "DE", "asterisk")


# Music.

OWN = "music: [{name: calm}]\n"
CALM = "music: [{name: calm, folder: /srv/music/calm}]\n"


@pytest.mark.key("music.name", "queues.music")
def test_a_queues_music_is_a_class_that_there_is() -> None:
    [line] = told(SMALL.replace("agents: [ayse]", "agents: [ayse], music: clam") + OWN)
    assert "queues[0].music: there is no music clam; did you mean calm?" in line


def test_music_needs_a_place_for_its_copies() -> None:
    [line] = told(SMALL + CALM)
    assert "music[0].folder: node asterisk has no music_folder to put its copies in" in line


@pytest.mark.key("music.folder", "nodes.music_folder")
def test_a_class_without_a_folder_is_asterisks_own() -> None:
    text = node(", music_folder: /srv/moh") + CALM.replace("calm}", "calm}, {name: own}")
    [made] = nodes(compiled(text))
    assert made.music_folder == Path("/srv/moh")
    assert [(each.name, each.folder) for each in made.music] == [("calm", Path("/srv/music/calm"))]
