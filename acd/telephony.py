"""What Asterisk must know of networks, phones and carriers: checked, frozen, complete."""

from dataclasses import dataclass, field
from enum import StrEnum

from acd.ids import ExtensionNumber, TrunkName


class Transport(StrEnum):
    """What SIP goes over."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"


class Dtmf(StrEnum):
    """How digits are sent: as RTP events, as tones, as SIP INFO, or as the other side can."""

    RFC4733 = "rfc4733"
    INBAND = "inband"
    INFO = "info"
    AUTO = "auto"


class Srtp(StrEnum):
    """Whether voice is encrypted; optional: where the other side offers or takes it."""

    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"


class Identity(StrEnum):
    """In which header the caller's number is told to a carrier, besides From."""

    NONE = "none"
    PAI = "pai"
    RPID = "rpid"


class Codec(StrEnum):
    ALAW = "alaw"
    ULAW = "ulaw"
    G722 = "g722"
    OPUS = "opus"
    GSM = "gsm"


CODECS = (Codec.ALAW, Codec.ULAW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Where a node speaks: its address for voice, and what of SIP the ACD has it listen on."""

    address: str
    """Where RTP is bound, and what SDP tells."""
    udp: str | None = None
    tcp: str | None = None
    tls: str | None = None
    """HOST:PORT. Where none is named the transport `udp` of Asterisk's own files serves."""
    certificate: str | None = None
    private_key: str | None = None
    authorities: str | None = None
    """Files as Asterisk sees them. With authorities the certificate of who we call is verified."""
    external_address: str | None = None
    """How the other side of a NAT sees this node."""
    local_networks: tuple[str, ...] = ()
    """Who is on our side of it."""
    rtp_ports: tuple[int, int] | None = None
    """First and last port of voice; where none are named Asterisk's own rtp.conf says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """A phone that may register."""

    number: ExtensionNumber
    password: str = field(repr=False)
    codecs: tuple[Codec, ...] = CODECS
    dtmf: Dtmf = Dtmf.RFC4733
    transport: Transport = Transport.UDP
    srtp: Srtp = Srtp.OFF
    max_contacts: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A name and a password."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunk:
    """A carrier."""

    name: TrunkName
    match: tuple[str, ...] = ()
    """Calls from these addresses and networks are this carrier's."""
    hosts: tuple[str, ...]
    """Where calls to it go, HOST:PORT: to the first that is in good health."""
    account: Account | None = None
    """What we prove ourselves with, where the carrier asks."""
    registers: bool = False
    register_expiry_s: int = 300
    register_retry_s: int = 30
    inbound: Account | None = None
    """What the carrier proves itself with, if it must."""
    from_user: str = ""
    from_domain: str = ""
    codecs: tuple[Codec, ...] = CODECS
    dtmf: Dtmf = Dtmf.RFC4733
    transport: Transport = Transport.UDP
    srtp: Srtp = Srtp.OFF
    nat: bool = False
    """The carrier is behind a NAT: it is answered where its packets come from."""
    trust_identity: bool = False
    """Who calls is taken from P-Asserted-Identity or Remote-Party-ID."""
    send_identity: Identity = Identity.NONE
    qualify_s: int = 60
    """How often it is asked whether it is there; 0 is never."""
    session_timer_s: int = 1800
    """For so long a call lives without a sign from the carrier; 0 is for ever."""
