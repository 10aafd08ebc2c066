"""The part of the file about carriers."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from pydantic_core import PydanticCustomError

from acd.config.strict import LONGEST, TRUNK, Strict
from acd.config.telephony import DTMF, NODE, SRTP, Country, HostPort, Text, codecs_of
from acd.ids import NodeId, TrunkName
from acd.settings import NumberFormat
from acd.telephony import CODECS, Codec, Dtmf, Identity, Srtp, Transport

LEAST_SESSION_S = 90
"""RFC 4028, section 5; PJSIP takes no less."""


def _session(seconds: int) -> int:
    if 0 < seconds < LEAST_SESSION_S:
        message = f"expected 0 or at least {LEAST_SESSION_S}, got {{seconds}}"
        raise PydanticCustomError("session", message, {"seconds": seconds})
    return seconds


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
    codecs: Annotated[list[Codec], codecs_of("to the carrier")] = list(CODECS)
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
