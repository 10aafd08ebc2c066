"""Networks, phones and trunks as objects of Asterisk's PJSIP. Pure.

A PUT merges into what is there: so every field that is ever set is always set. It keeps one value
of a field that may have several: so each address of a trunk is an object of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from acd.telephony import Account, Extension, Identity, Network, Srtp, Transport, Trunk

Fields = list[tuple[str, str]]
Object = tuple[str, str, Fields]
"""Kind, name, fields."""

TRANSPORTS = {transport: f"acd-{transport}" for transport in Transport}
FILES_OWN = "udp"
"""The transport of Asterisk's own pjsip.conf."""
PREFERENCE = "prefer:configured, operation:intersect, keep:all, transcode:allow"
FOR_EVER = "2000000000"
USUAL_SESSION_S = 1800
"""What a carrier is offered that wants a session timer where we want none: PJSIP's default."""


def transports(network: Network) -> Iterator[Object]:
    """Those that the ACD has Asterisk listen on."""
    binds = {Transport.UDP: network.udp, Transport.TCP: network.tcp, Transport.TLS: network.tls}
    for transport, bind in binds.items():
        if bind:
            yield "transport", TRANSPORTS[transport], _transport(transport, bind, network)


def _transport(transport: Transport, bind: str, network: Network) -> Fields:
    fields = [
        ("protocol", str(transport)),
        ("bind", bind),
        # Else a change waits for a restart of Asterisk.
        ("allow_reload", "yes"),
        ("external_media_address", network.external_address or ""),
        ("external_signaling_address", network.external_address or ""),
        ("local_net", ",".join(network.local_networks)),
    ]
    if transport is Transport.TLS:
        fields += [
            ("method", "tlsv1_2"),
            ("cert_file", network.certificate or ""),
            ("priv_key_file", network.private_key or ""),
            ("ca_list_file", network.authorities or ""),
            ("verify_server", _yes(network.authorities)),
        ]
    return fields


def extension(extension: Extension, network: Network) -> Iterator[Object]:
    number = extension.number
    yield _auth(number, Account(user=number, password=extension.password))
    aor = [
        ("max_contacts", str(extension.max_contacts)),
        ("remove_existing", "no"),
        ("remove_unavailable", "yes"),
        ("qualify_frequency", "30"),
        ("qualify_timeout", "3"),
    ]
    yield "aor", number, aor
    endpoint = [
        *_common(extension, network, "from-phone"),
        ("auth", number),
        ("aors", number),
        # A phone behind NAT is reached where its packets come from.
        *_nat(behind=True),
        ("device_state_busy_at", "1"),
        ("rtp_timeout", "300"),
        ("timers", "yes"),
    ]
    yield "endpoint", number, endpoint


def trunk(trunk: Trunk, network: Network) -> Iterator[Object]:
    """One AOR for each host: the first with a contact that answers is called."""
    for aor, host in zip(aors(trunk), trunk.hosts, strict=True):
        contact = [("contact", _uri(trunk, host)), ("qualify_frequency", str(trunk.qualify_s))]
        yield "aor", aor, contact
    if trunk.account:
        yield _auth(f"{trunk.name}.out", trunk.account)
    if trunk.inbound:
        yield _auth(f"{trunk.name}.in", trunk.inbound)
    yield "endpoint", trunk.name, _trunk_endpoint(trunk, network)
    for name, match in zip(identifies(trunk), trunk.match, strict=True):
        yield "identify", name, [("endpoint", trunk.name), ("match", match)]
    if trunk.registers:
        yield "registration", trunk.name, _registration(trunk, network)


def aors(trunk: Trunk) -> list[str]:
    """A dot is in no trunk's name: carrier.1 cannot be another one's."""
    return [f"{trunk.name}.{number}" for number, _ in enumerate(trunk.hosts, start=1)]


def identifies(trunk: Trunk) -> list[str]:
    return [f"{trunk.name}.{number}" for number, _ in enumerate(trunk.match, start=1)]


def _trunk_endpoint(trunk: Trunk, network: Network) -> Fields:
    return [
        *_common(trunk, network, "from-trunk"),
        ("aors", ",".join(aors(trunk))),
        ("auth", f"{trunk.name}.in" if trunk.inbound else ""),
        ("outbound_auth", f"{trunk.name}.out" if trunk.account else ""),
        ("from_user", trunk.from_user),
        ("from_domain", trunk.from_domain),
        ("trust_id_inbound", _yes(trunk.trust_identity)),
        ("send_pai", _yes(trunk.send_identity is Identity.PAI)),
        ("send_rpid", _yes(trunk.send_identity is Identity.RPID)),
        *_nat(behind=trunk.nat),
        # Callers who listen to music may send nothing for long: whether the carrier is still there
        # is asked in the dialog, after half of that time.
        ("rtp_timeout", "0"),
        ("timers", "always" if trunk.session_timer_s else "yes"),
        ("timers_sess_expires", str(trunk.session_timer_s or USUAL_SESSION_S)),
    ]


def _registration(trunk: Trunk, network: Network) -> Fields:
    """Refused or unanswered, it is tried again for ever: somebody may mend it at the other end."""
    user = trunk.account.user if trunk.account else ""
    host, retry = trunk.hosts[0], str(trunk.register_retry_s)
    domain = trunk.from_domain or host.rpartition(":")[0]
    return [
        ("server_uri", _uri(trunk, host)),
        ("client_uri", f"sip:{user}@{domain}"),
        ("contact_user", user),
        ("outbound_auth", f"{trunk.name}.out"),
        ("transport", _transport_of(trunk.transport, network)),
        ("expiration", str(trunk.register_expiry_s)),
        ("retry_interval", retry),
        ("forbidden_retry_interval", retry),
        ("fatal_retry_interval", retry),
        ("max_retries", FOR_EVER),
        ("auth_rejection_permanent", "no"),
        ("max_random_initial_delay", "0"),
        # Calls that come by the registration are the trunk's, whatever address they come from.
        ("line", "yes"),
        ("endpoint", trunk.name),
    ]


def _common(who: Extension | Trunk, network: Network, context: str) -> Fields:
    first, last = network.rtp_ports or (0, 0)
    return [
        ("transport", _transport_of(who.transport, network)),
        ("context", context),
        ("disallow", "all"),
        ("allow", ",".join(who.codecs)),
        # Of what a caller offers our first is taken, not the caller's.
        ("codec_prefs_incoming_offer", PREFERENCE),
        ("dtmf_mode", str(who.dtmf)),
        ("media_encryption", "no" if who.srtp is Srtp.OFF else "sdes"),
        ("media_encryption_optimistic", _yes(who.srtp is Srtp.OPTIONAL)),
        ("direct_media", "no"),
        # Transfers are the agent's in the ACD, by ARI: a REFER past us would lose the call.
        ("allow_transfer", "no"),
        ("rtp_keepalive", "15"),
        # On a wildcard address Asterisk resolves its own host name for every leg, and stalls all
        # SIP while no resolver answers.
        ("media_address", network.address),
        ("bind_rtp_to_media_address", "yes"),
        ("rtp_port_start", str(first)),
        ("rtp_port_end", str(last)),
        # Else a second PUT stores "<unknown>", and every caller is unknown.
        ("callerid", ""),
    ]


def _transport_of(transport: Transport, network: Network) -> str:
    if transport is Transport.UDP and network.udp is None:
        return FILES_OWN
    return TRANSPORTS[transport]


def _nat(*, behind: bool) -> Fields:
    return [(name, _yes(behind)) for name in ("rewrite_contact", "rtp_symmetric", "force_rport")]


def _auth(name: str, account: Account) -> Object:
    login = [
        ("auth_type", "userpass"),
        ("username", account.user),
        ("password", account.password),
    ]
    return "auth", name, login


def _uri(trunk: Trunk, host: str) -> str:
    over = "" if trunk.transport is Transport.UDP else f";transport={trunk.transport}"
    return f"sip:{host}{over}"


def _yes(value: object) -> str:
    return "yes" if value else "no"
