"""What each Asterisk is told, of what is configured."""

import pytest

from acd.app.nodes import NodeSettings, nodes
from acd.config import Source, compile

CONFIGURATION = """\
nodes:
  - {name: a, ari_url: "http://a:1/ari", ari_user: us, ari_password: "${ARI}", media_address: a.x}
  - {name: b, ari_url: "http://b:2/ari", ari_user: you, ari_password: "${BRI}", media_address: b.x}
extensions:
  - {number: "1001", password: "${PHONE}", node: a}
  - {number: "1002", password: pw, node: b}
trunks:
  - {name: carrier, match: [192.0.2.7, 192.0.2.8], host: "sip.x:5060", node: b}
"""
SECRETS = {"ARI": "of ari", "BRI": "of bri", "PHONE": "of phone"}


@pytest.fixture(scope="module")
def told() -> dict[str, NodeSettings]:
    source = Source(name="acd.yaml", text=CONFIGURATION)
    return {str(node.node): node for node in nodes(compile([source], SECRETS))}


@pytest.mark.key("nodes.name", "nodes.ari_url", "nodes.ari_user", "nodes.ari_password")
def test_each_node_is_reached_where_and_as_it_says(told: dict[str, NodeSettings]) -> None:
    addresses = {name: node.address for name, node in told.items()}
    a, b = addresses["a"], addresses["b"]
    assert (a.url, a.user, a.password) == ("http://a:1/ari", "us", "of ari")
    assert (b.url, b.user, b.password) == ("http://b:2/ari", "you", "of bri")


@pytest.mark.key("nodes.media_address")
def test_voice_goes_to_the_address_of_the_node(told: dict[str, NodeSettings]) -> None:
    assert [node.network.address for node in told.values()] == ["a.x", "b.x"]


@pytest.mark.key("extensions.number", "extensions.password", "extensions.node")
def test_a_phone_registers_on_its_node_with_its_password(told: dict[str, NodeSettings]) -> None:
    phones = {
        name: [(phone.number, phone.password) for phone in node.extensions]
        for name, node in told.items()
    }
    assert phones == {"a": [("1001", "of phone")], "b": [("1002", "pw")]}


@pytest.mark.key("trunks.name", "trunks.node", "trunks.match", "trunks.host")
def test_a_trunk_is_on_its_node(told: dict[str, NodeSettings]) -> None:
    assert told["a"].trunks == ()
    (trunk,) = told["b"].trunks
    assert trunk.name == "carrier"
    assert trunk.match == ("192.0.2.7", "192.0.2.8")
    assert trunk.hosts == ("sip.x:5060",)
