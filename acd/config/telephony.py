"""The part of the file about Asterisk: nodes, extensions, trunks."""

from ipaddress import ip_network
from typing import Annotated

from phonenumbers import SUPPORTED_REGIONS
from pydantic import AfterValidator, Field, SecretStr
from pydantic_core import PydanticCustomError

from acd.config.strict import EXTENSION, HOST_PORT, LONGEST, NAME, PORTS, TRUNK, URL, WORD, Strict
from acd.ids import ExtensionNumber, NodeId, TrunkName
from acd.settings import NumberFormat
from acd.telephony import CODECS, Codec, Dtmf, Identity, Srtp, Transport

NODE = NodeId("asterisk")
"""The name of the only node, where none is configured."""
LEAST_SESSION_S = 90
"""RFC 4028, section 5; PJSIP takes no less."""


def _network(text: str) -> str:
    try:
        ip_network(text)
    except ValueError:
        message = "expected a network like 192.168.0.0/16, got {text}"
        raise PydanticCustomError("network", message, {"text": repr(text)}) from None
    return text


def _country(text: str) -> str:
    if text not in SUPPORTED_REGIONS:
        message = "expected a country of ISO 3166 like TR, got {text}"
        raise PydanticCustomError("country", message, {"text": repr(text)})
    return text


def _session(seconds: int) -> int:
    if 0 < seconds < LEAST_SESSION_S:
        message = f"expected 0 or at least {LEAST_SESSION_S}, got {{seconds}}"
        raise PydanticCustomError("session", message, {"seconds": seconds})
    return seconds


Country = Annotated[str, AfterValidator(_country)]
HostPort = Annotated[str, Field(pattern=HOST_PORT, max_length=LONGEST)]
IpNetwork = Annotated[str, AfterValidator(_network)]
Text = Annotated[str, Field(pattern=WORD, max_length=LONGEST)]


def _codecs(whose: str) -> object:
    return Field(
        min_length=1,
        description=f"What voice may be sent as {whose}. Of those that a caller offers the first "
        "of this list is taken; ours are offered in the order in which they cost Asterisk least.",
        examples=[["g722", "alaw"]],
    )


DTMF = Field(
    description="How digits are sent and understood: as RTP events (`rfc4733`), as tones "
    "(`inband`), as SIP INFO (`info`), or as events if the other side can, else as tones (`auto`)."
)
SRTP = Field(
    description="Whether voice is encrypted (SDES). `optional`: where the other side can; "
    "`required`: calls without are refused. Use it with `transport: tls`, else the key can be read."
)


class Node(Strict):
    """An Asterisk, how the ACD reaches it, and where it listens."""

    name: Annotated[
        NodeId,
        Field(pattern=NAME, max_length=LONGEST, description="What the node is called."),
    ] = NODE
    ari_url: Annotated[
        str,
        Field(
            pattern=URL,
            description="Where its ARI answers.",
            examples=["http://127.0.0.1:8088/ari"],
        ),
    ]
    ari_user: Annotated[
        str, Field(min_length=1, description="The ARI user of its `ari.conf`.", examples=["acd"])
    ]
    ari_password: Annotated[
        SecretStr,
        Field(
            min_length=1,
            description="The password of the ARI user.",
            examples=["${ARI_PASSWORD}"],
        ),
    ]
    media_address: Annotated[
        str,
        Field(
            min_length=1,
            description="The address of the machine for voice: RTP is bound there, and phones and "
            "carriers are told to send there.",
            examples=["192.0.2.10"],
        ),
    ]
    sip_udp: Annotated[
        HostPort | None,
        Field(
            description="Where it listens for SIP over UDP. Without it the transport `udp` of "
            "Asterisk's own `pjsip.conf` serves. The three may be changed while calls are up.",
            examples=["192.0.2.10:5060"],
        ),
    ] = None
    sip_tcp: Annotated[
        HostPort | None,
        Field(
            description="Where it listens for SIP over TCP. Without it, nowhere.",
            examples=["192.0.2.10:5060"],
        ),
    ] = None
    sip_tls: Annotated[
        HostPort | None,
        Field(
            description="Where it listens for SIP over TLS. Without it, nowhere.",
            examples=["192.0.2.10:5061"],
        ),
    ] = None
    tls_certificate: Annotated[
        str | None,
        Field(
            description="The file (PEM) of the node's certificate, as Asterisk sees it, who must "
            "be able to read it.",
            examples=["/etc/asterisk/keys/acd.pem"],
        ),
    ] = None
    tls_private_key: Annotated[
        str | None,
        Field(
            description="The file (PEM) of the certificate's key, as Asterisk sees it.",
            examples=["/etc/asterisk/keys/acd.key"],
        ),
    ] = None
    tls_authorities: Annotated[
        str | None,
        Field(
            description="The file (PEM) of the authorities that the certificate of a carrier must "
            "be from, where it is called over TLS. Without it any certificate is taken.",
            examples=["/etc/ssl/certs/ca-certificates.crt"],
        ),
    ] = None
    music_folder: Annotated[
        str | None,
        Field(
            min_length=1,
            description="The folder `moh` of Asterisk as the machine of the ACD sees it, where the "
            "copies of `music` are put. `tools/asterisk status --json` says which it is.",
            examples=["/var/lib/acd/asterisk/acd/moh"],
        ),
    ] = None
    external_address: Annotated[
        Text | None,
        Field(
            description="The address by which the world reaches a node behind a NAT. It is told to "
            "all who are not in `local_networks`. Needs `sip_udp`, `sip_tcp` or `sip_tls`.",
            examples=["203.0.113.5"],
        ),
    ] = None
    local_networks: Annotated[
        list[IpNetwork],
        Field(
            description="Who is on the node's side of the NAT. `media_address` must be in one.",
            examples=[["192.168.0.0/16", "127.0.0.0/8"]],
        ),
    ] = []
    rtp_ports: Annotated[
        str | None,
        Field(
            pattern=PORTS,
            description="The UDP ports of voice, FIRST-LAST; each call leg takes two. Without it "
            "Asterisk's own `rtp.conf` says.",
            examples=["10000-19999"],
        ),
    ] = None


class Music(Strict):
    """Music for those who wait. The class `default` is always there."""

    name: Annotated[
        str,
        Field(
            pattern=NAME,
            max_length=LONGEST,
            description="What the class is called, and queues name it by.",
            examples=["calm"],
        ),
    ]
    folder: Annotated[
        str | None,
        Field(
            min_length=1,
            description="The folder of its files on the machine of the ACD: WAV of 16 bits, of "
            "which copies in G.711 are made in the `music_folder` of each node. Who listens to "
            "other music meanwhile is not disturbed. Without it, the class is one of Asterisk's "
            "own `musiconhold.conf`.",
            examples=["/srv/music/calm"],
        ),
    ] = None


class Extension(Strict):
    """A phone that may register."""

    number: Annotated[
        ExtensionNumber,
        Field(
            pattern=EXTENSION,
            description="Its number, which is also the user name that the phone registers with.",
            examples=["1001"],
        ),
    ]
    password: Annotated[
        SecretStr,
        Field(
            min_length=1,
            description="The password that the phone registers with.",
            examples=["${EXT_1001_PASSWORD}"],
        ),
    ]
    node: Annotated[NodeId, Field(description="The node where it registers.")] = NODE
    codecs: Annotated[list[Codec], _codecs("to the phone")] = list(CODECS)
    dtmf: Annotated[Dtmf, DTMF] = Dtmf.RFC4733
    transport: Annotated[
        Transport,
        Field(description="What SIP to the phone goes over. The node must listen there."),
    ] = Transport.UDP
    srtp: Annotated[Srtp, SRTP] = Srtp.OFF
    max_contacts: Annotated[
        int,
        Field(
            ge=1,
            le=20,
            description="How many phones may be registered with this number; all of them ring. "
            "One more is refused.",
        ),
    ] = 5


class Trunk(Strict):
    """A carrier: whose calls come in, and over whom mobiles and customers are called."""

    name: Annotated[
        TrunkName,
        Field(
            pattern=TRUNK,
            max_length=LONGEST,
            description="What the trunk is called.",
            examples=["carrier"],
        ),
    ]
    node: Annotated[NodeId, Field(description="The node that has the trunk.")] = NODE
    match: Annotated[
        list[Text],
        Field(
            description="The addresses and networks that the carrier's calls come from. Calls from "
            "elsewhere are refused, unless they come by the trunk's registration.",
            examples=[["192.0.2.1", "198.51.100.0/28"]],
        ),
    ] = []
    host: Annotated[
        HostPort,
        Field(
            description="Where calls to the carrier go, and where the trunk registers.",
            examples=["sip.carrier.example:5060"],
        ),
    ]
    fallback_hosts: Annotated[
        list[HostPort],
        Field(
            description="Where calls to the carrier go while `host` does not answer: the first of "
            "these that does.",
            examples=[["sip2.carrier.example:5060"]],
        ),
    ] = []
    user: Annotated[
        Text | None,
        Field(description="Our name at the carrier, where it asks for one.", examples=["4930123"]),
    ] = None
    password: Annotated[
        SecretStr | None,
        Field(
            min_length=1,
            description="The password of `user`.",
            examples=["${CARRIER_PASSWORD}"],
        ),
    ] = None
    registers: Annotated[
        bool,
        Field(
            description="Whether to register at `host` as `user`. What fails is tried again for "
            "ever."
        ),
    ] = False
    register_expiry_s: Annotated[
        int,
        Field(ge=60, le=86_400, description="Seconds for which a registration is asked."),
    ] = 300
    register_retry_s: Annotated[
        int,
        Field(
            ge=1,
            le=3600,
            description="Seconds after which a registration that was refused or not answered is "
            "tried again.",
        ),
    ] = 30
    inbound_user: Annotated[
        Text | None,
        Field(
            description="The name that the carrier must prove for calls to us. Without it, "
            "`match` alone says who it is.",
            examples=["carrier"],
        ),
    ] = None
    inbound_password: Annotated[
        SecretStr | None,
        Field(
            min_length=1,
            description="The password of `inbound_user`.",
            examples=["${CARRIER_INBOUND_PASSWORD}"],
        ),
    ] = None
    from_user: Annotated[
        Text | None,
        Field(
            description="What stands before the @ of From in calls to the carrier, instead of the "
            "caller's number.",
            examples=["4930123"],
        ),
    ] = None
    from_domain: Annotated[
        Text | None,
        Field(
            description="What stands after the @ of From in calls to the carrier and in "
            "registrations, instead of an address.",
            examples=["carrier.example"],
        ),
    ] = None
    trust_identity: Annotated[
        bool,
        Field(
            description="Whether the caller's number is taken from P-Asserted-Identity or "
            "Remote-Party-ID, where the carrier sends it."
        ),
    ] = False
    send_identity: Annotated[
        Identity,
        Field(
            description="The header in which the carrier is told the caller's number besides From: "
            "P-Asserted-Identity (`pai`) or Remote-Party-ID (`rpid`)."
        ),
    ] = Identity.NONE
    codecs: Annotated[list[Codec], _codecs("to the carrier")] = list(CODECS)
    dtmf: Annotated[Dtmf, DTMF] = Dtmf.RFC4733
    transport: Annotated[
        Transport,
        Field(description="What SIP to the carrier goes over. The node must listen there."),
    ] = Transport.UDP
    srtp: Annotated[Srtp, SRTP] = Srtp.OFF
    nat: Annotated[
        bool,
        Field(
            description="Whether the carrier's equipment is behind a NAT: it is answered where its "
            "packets come from, whatever they say."
        ),
    ] = False
    qualify_s: Annotated[
        int,
        Field(
            ge=0,
            le=3600,
            description="Seconds between two OPTIONS that ask each host whether it is there; 0 is "
            "never. A trunk that stops answering is a warning in the log, and seen in `GET /live`.",
        ),
    ] = 60
    session_timer_s: Annotated[
        int,
        AfterValidator(_session),
        Field(
            ge=0,
            le=86_400,
            description="Seconds for which a call lives without a sign from the carrier, who is "
            "asked in the call after half of them (RFC 4028): so a carrier that has died leaves no "
            "caller behind. At least 90, or 0: only if the carrier wants it.",
        ),
    ] = 1800
    number_format: Annotated[
        NumberFormat,
        Field(
            description="How the carrier wants numbers, the called one and ours: as +905551112233 "
            "(`e164`), without the plus (`digits`), with 00 for it (`international`), or as they "
            "are dialled in the `country` of the trunk (`national`)."
        ),
    ] = NumberFormat.E164
    max_calls: Annotated[
        int | None,
        Field(
            ge=1,
            le=10_000,
            description="How many calls the trunk has at most, in and out together. One more is "
            "busy.",
            examples=[30],
        ),
    ] = None
    country: Annotated[
        Country | None,
        Field(
            description="The country (ISO 3166) in whose sense numbers of the trunk are read. "
            "Without it, the `country` of the file.",
            examples=["TR"],
        ),
    ] = None
