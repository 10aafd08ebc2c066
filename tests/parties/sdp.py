"""The few lines of SDP a G.711 telephone needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiosipua.sdp import parse_sdp

from tests.parties.tones import Law
from tests.parties.wire import Address

EVENTS = 101
_NAMES = {Law.MU: "PCMU", Law.A: "PCMA"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What the other side said: where to send, in which codecs it takes, in which direction."""

    to: Address
    laws: tuple[Law, ...]
    events: int
    direction: str


def describe(
    host: str, port: int, laws: Sequence[Law], *, version: int = 1, direction: str = "sendrecv"
) -> str:
    """An offer of, or answer with, these codecs and telephone events."""
    kinds = [str(law.value) for law in laws] + [str(EVENTS)]
    return "\r\n".join(
        [
            "v=0",
            f"o=- {port} {version} IN IP4 {host}",
            "s=-",
            f"c=IN IP4 {host}",
            "t=0 0",
            f"m=audio {port} RTP/AVP {' '.join(kinds)}",
            *(f"a=rtpmap:{law.value} {_NAMES[law]}/8000" for law in laws),
            f"a=rtpmap:{EVENTS} telephone-event/8000",
            f"a=fmtp:{EVENTS} 0-16",
            "a=ptime:20",
            f"a={direction}",
            "",
        ]
    )


def understand(body: str) -> Description | None:
    """The other side's description, or None if it has no audio."""
    sdp = parse_sdp(body) if body else None
    if sdp is None or sdp.audio is None or sdp.rtp_address is None:
        return None
    known = {str(law.value): law for law in Law}
    events = [c.payload_type for c in sdp.audio.codecs if c.encoding_name == "telephone-event"]
    return Description(
        to=sdp.rtp_address,
        laws=tuple(known[kind] for kind in sdp.audio.formats if kind in known),
        events=events[0] if events else EVENTS,
        direction=sdp.audio.direction,
    )
