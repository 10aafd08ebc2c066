"""Where Asterisk listens, as a transport of its PJSIP that is written only where it is not so.

Asterisk 22.10 may stand still for ever when a transport is written that it has already: it locks
them all and waits until a thread of its SIP takes the former one away, while that thread, in the
midst of a message, may wait for the lock. Where a transport is bound anew that is for 0.1 s, in
which any message does so; with `allow_reload=no` it is not, and it is for about a thousandth. One
that Asterisk does not have is written without any of this.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from acd.ari.errors import AriNotFound
from acd.ari.objects import PJSIP, put
from acd.ari.pjsip import Fields, Object
from acd.ari.rest import RestClient

MANY = "local_net"
"""The one field that is told once for each of its values."""
RELOAD = "allow_reload"
ANYTIME = frozenset({MANY, "external_media_address", "external_signaling_address"})
"""What Asterisk takes over without binding anew."""


async def listen(rest: RestClient, made: Object) -> bool:
    """Have Asterisk listen so; whether it does. Raises AriError where it is away."""
    kind, name, wanted = made
    try:
        found = await rest.asterisk.get_object(PJSIP, kind, name)
    except AriNotFound:
        found = []
    other = _differences(found, wanted)
    if not other:
        return True
    bound_anew = found and not other <= ANYTIME
    return await put(rest, (kind, name, [*wanted, (RELOAD, "yes" if bound_anew else "no")]))


def _differences(found: Fields, wanted: Fields) -> set[str]:
    """The fields of which Asterisk has other values; it may have more fields."""
    return {field for field, _ in wanted if _values(found, field) != _values(wanted, field)}


def _values(fields: Fields, field: str) -> set[str]:
    texts = [text for name, text in fields if name == field]
    if field == MANY:
        return {_network(each) for text in texts for each in text.split(",") if each}
    return {text.lower() for text in texts}


def _network(text: str) -> str:
    """10.0.0.0/8, which Asterisk tells as 10.0.0.0/255.0.0.0."""
    address, _, mask = text.partition("/")
    bits = mask if not mask or mask.isdigit() else str(int(ip_address(mask)).bit_count())
    return str(ip_network(f"{address}/{bits}" if bits else address, strict=False))
