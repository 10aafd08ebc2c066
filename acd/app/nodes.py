"""From the file to what each Asterisk is told: its network, its phones and its trunks."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from acd.app.music import MusicClass
from acd.ari.rest import AriAddress
from acd.config import Configuration
from acd.config.telephony import Extension as ExtensionEntry
from acd.config.telephony import Node as NodeEntry
from acd.config.trunks import Trunk as TrunkEntry
from acd.ids import NodeId
from acd.telephony import Account, Extension, Network, Trunk


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSettings:
    """One Asterisk: how it is reached, and what is provisioned there."""

    node: NodeId
    address: AriAddress
    network: Network
    extensions: tuple[Extension, ...] = ()
    trunks: tuple[Trunk, ...] = ()
    music_folder: Path | None = None
    music: tuple[MusicClass, ...] = ()


def nodes(configuration: Configuration) -> list[NodeSettings]:
    """The nodes with what belongs to each."""
    file = configuration.file
    return [
        NodeSettings(
            node=node.name,
            address=AriAddress(
                url=node.ari_url,
                user=node.ari_user,
                password=node.ari_password.get_secret_value(),
            ),
            network=network(node),
            extensions=tuple(extension(e) for e in file.extensions if e.node == node.name),
            trunks=tuple(trunk(t) for t in file.trunks if t.node == node.name),
            music_folder=Path(node.music_folder) if node.music_folder else None,
            music=tuple(
                MusicClass(name=m.name, folder=Path(m.folder)) for m in file.music if m.folder
            ),
        )
        for node in file.nodes
    ]


def network(node: NodeEntry) -> Network:
    return Network(
        address=node.media_address,
        udp=node.sip_udp,
        tcp=node.sip_tcp,
        tls=node.sip_tls,
        certificate=node.tls_certificate,
        private_key=node.tls_private_key,
        authorities=node.tls_authorities,
        external_address=node.external_address,
        local_networks=tuple(node.local_networks),
        rtp_ports=_ports(node.rtp_ports),
    )


def extension(entry: ExtensionEntry) -> Extension:
    return Extension(
        number=entry.number,
        password=entry.password.get_secret_value(),
        codecs=tuple(entry.codecs),
        dtmf=entry.dtmf,
        transport=entry.transport,
        srtp=entry.srtp,
        max_contacts=entry.max_contacts,
    )


def trunk(entry: TrunkEntry) -> Trunk:
    return Trunk(
        name=entry.name,
        match=tuple(entry.match),
        hosts=(entry.host, *entry.fallback_hosts),
        account=_account(entry.user, entry.password),
        registers=entry.registers,
        register_expiry_s=entry.register_expiry_s,
        register_retry_s=entry.register_retry_s,
        inbound=_account(entry.inbound_user, entry.inbound_password),
        from_user=entry.from_user or "",
        from_domain=entry.from_domain or "",
        codecs=tuple(entry.codecs),
        dtmf=entry.dtmf,
        transport=entry.transport,
        srtp=entry.srtp,
        nat=entry.nat,
        trust_identity=entry.trust_identity,
        send_identity=entry.send_identity,
        qualify_s=entry.qualify_s,
        session_timer_s=entry.session_timer_s,
    )


def _account(user: str | None, password: SecretStr | None) -> Account | None:
    if user is None or password is None:
        return None
    return Account(user=user, password=password.get_secret_value())


def _ports(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    first, last = map(int, text.split("-"))
    return first, last
