"""The part of the file about Asterisk: nodes, music, extensions."""

from ipaddress import ip_network
from typing import Annotated

from phonenumbers import SUPPORTED_REGIONS
from pydantic import AfterValidator, Field, SecretStr
from pydantic_core import PydanticCustomError

from acd.config.strict import EXTENSION, HOST_PORT, LONGEST, NAME, PORTS, URL, WORD, Strict
from acd.ids import ExtensionNumber, NodeId
from acd.telephony import CODECS, Codec, Dtmf, Srtp, Transport

NODE = NodeId("asterisk")
"""The name of the only node, where none is configured."""


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


Country = Annotated[str, AfterValidator(_country)]
HostPort = Annotated[str, Field(pattern=HOST_PORT, max_length=LONGEST)]
IpNetwork = Annotated[str, AfterValidator(_network)]
Text = Annotated[str, Field(pattern=WORD, max_length=LONGEST)]


def codecs_of(whose: str) -> object:
    """What is said of the codecs of all of these."""
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
    codecs: Annotated[list[Codec], codecs_of("to the phone")] = list(CODECS)
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
