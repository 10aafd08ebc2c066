"""What is wrong between nodes, extensions and trunks that are each right by themselves."""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network

from acd.config.document import Wrong
from acd.config.file import File
from acd.config.telephony import Extension, Node
from acd.config.trunks import Trunk
from acd.telephony import Transport


def wrongs(file: File) -> Iterator[Wrong]:
    """All of it."""
    for place, node in enumerate(file.nodes):
        for key, says in [*_listening(node), *_outside(node), *_ports(node)]:
            yield Wrong(at=("nodes", place, key), says=says)
    for place, trunk in enumerate(file.trunks):
        for key, says in _accounts(trunk):
            yield Wrong(at=("trunks", place, key), says=says)
    yield from _unheard(file)
    yield from _unmade(file)
    yield from _two_carriers(file)


Mistakes = Iterator[tuple[str, str]]


def _listening(node: Node) -> Mistakes:
    for key in ("tls_certificate", "tls_private_key"):
        if node.sip_tls and not getattr(node, key):
            yield "sip_tls", f"TLS needs {key}, too"
    for key in ("tls_certificate", "tls_private_key", "tls_authorities"):
        if getattr(node, key) and not node.sip_tls:
            yield key, "is for TLS, and sip_tls is missing"


def _outside(node: Node) -> Mistakes:
    listens = node.sip_udp or node.sip_tcp or node.sip_tls
    if node.external_address and not listens:
        yield "external_address", "needs sip_udp, sip_tcp or sip_tls, to which it belongs"
    if node.external_address and not node.local_networks:
        yield "external_address", "needs local_networks, whom it is not told to"
    if node.local_networks and not node.external_address:
        yield "local_networks", "says who is not told external_address, which is missing"
    if node.external_address and node.local_networks and not _is_inside(node):
        says = f"media_address {node.media_address} is in none of them"
        yield "local_networks", f"{says}: the external address would never be told"


def _is_inside(node: Node) -> bool:
    try:
        address = ip_address(node.media_address)
    except ValueError:
        return True
    return any(address in ip_network(network) for network in node.local_networks)


def _ports(node: Node) -> Mistakes:
    if node.rtp_ports:
        first, last = map(int, node.rtp_ports.split("-"))
        if not 1024 <= first < last <= 65535:
            yield "rtp_ports", "expected two ports from 1024 to 65535, the second one higher"


def _accounts(trunk: Trunk) -> Mistakes:
    if (trunk.user is None) != (trunk.password is None):
        yield "user" if trunk.user else "password", "user and password go together"
    if (trunk.inbound_user is None) != (trunk.inbound_password is None):
        key = "inbound_user" if trunk.inbound_user else "inbound_password"
        yield key, "inbound_user and inbound_password go together"
    if trunk.registers and trunk.user is None:
        yield "registers", "needs user and password"


def _unheard(file: File) -> Iterator[Wrong]:
    """Who speaks what the node does not listen to."""
    listens = {
        (node.name, transport): getattr(node, f"sip_{transport}")
        for node in file.nodes
        for transport in (Transport.TCP, Transport.TLS)
    }
    speakers: list[tuple[str, int, Extension | Trunk]] = [
        *(("extensions", place, entry) for place, entry in enumerate(file.extensions)),
        *(("trunks", place, entry) for place, entry in enumerate(file.trunks)),
    ]
    for section, place, entry in speakers:
        if listens.get((entry.node, entry.transport), "by UDP") is None:
            says = f"node {entry.node} has no sip_{entry.transport} to listen on"
            yield Wrong(at=(section, place, "transport"), says=says)


def _unmade(file: File) -> Iterator[Wrong]:
    """Music that there is no place for."""
    homeless = [node.name for node in file.nodes if not node.music_folder]
    for place, music in enumerate(file.music):
        if music.folder and homeless:
            says = f"node {homeless[0]} has no music_folder to put its copies in"
            yield Wrong(at=("music", place, "folder"), says=says)


def _two_carriers(file: File) -> Iterator[Wrong]:
    """Addresses that say nothing, being two carriers'."""
    owner: dict[tuple[str, str], str] = {}
    for place, trunk in enumerate(file.trunks):
        for item, match in enumerate(trunk.match):
            other = owner.setdefault((trunk.node, match), trunk.name)
            if other != trunk.name:
                says = f"calls from {match} are those of {other} already"
                yield Wrong(at=("trunks", place, "match", item), says=says)
