"""Phones and trunks as objects of Asterisk's PJSIP, written over ARI at every connect.

Asterisk keeps them over its own restarts. A PUT merges into what is there and keeps one value of a
field with several: so every field is written every time, and each address of a trunk is an
object of its own. An AOR is the exception: merging makes its registered contacts permanent ones,
each phone then rings twice and is never gone. It is written only where it is not as it should be.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from acd.ari.errors import AriNotFound
from acd.ari.rest import RestClient
from acd.ids import ExtensionNumber, TrunkName

PJSIP = "res_pjsip"
CODECS = "alaw,ulaw"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """A phone that may register."""

    number: ExtensionNumber
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunk:
    """A carrier: who sends calls from these addresses, and where calls to it go (host:port)."""

    name: TrunkName
    match: tuple[str, ...]
    host: str


Fields = list[tuple[str, str]]
Object = tuple[str, str, Fields]


async def provision(
    rest: RestClient, address: str, extensions: Iterable[Extension], trunks: Iterable[Trunk]
) -> None:
    """Write all phones and trunks of the node; address is its own for voice. Raises AriError."""
    for extension in extensions:
        for made in _extension(extension, address):
            await _write(rest, *made)
    for trunk in trunks:
        for made in _trunk(trunk, address):
            await _write(rest, *made)


async def _write(rest: RestClient, kind: str, name: str, fields: Fields) -> None:
    if kind == "aor":
        if await _is_there(rest, kind, name, fields):
            return
        with suppress(AriNotFound):
            await rest.asterisk.delete_object(PJSIP, kind, name)
    await rest.asterisk.update_object(PJSIP, kind, name, fields)


async def _is_there(rest: RestClient, kind: str, name: str, fields: Fields) -> bool:
    try:
        found = dict(await rest.asterisk.get_object(PJSIP, kind, name))
    except AriNotFound:
        return False
    return all(_value(found.get(field, "")) == _value(value) for field, value in fields)


def _value(text: str) -> str | float:
    """Asterisk tells 3 as 3.000000, and yes as true."""
    try:
        return float(text)
    except ValueError:
        return {"yes": "true", "no": "false"}.get(text, text)


def _extension(extension: Extension, address: str) -> list[Object]:
    number = extension.number
    login = [("auth_type", "userpass"), ("username", number), ("password", extension.password)]
    aor = [
        ("max_contacts", "5"),
        ("remove_existing", "no"),
        ("remove_unavailable", "yes"),
        ("qualify_frequency", "30"),
        ("qualify_timeout", "3"),
    ]
    endpoint = [
        *_common(address, "from-phone"),
        ("auth", number),
        ("aors", number),
        # A phone behind NAT is reached where its packets come from.
        ("rewrite_contact", "yes"),
        ("rtp_symmetric", "yes"),
        ("force_rport", "yes"),
        # Transfers are the agent's in the ACD, by ARI: a REFER past us would lose the call.
        ("allow_transfer", "no"),
        ("device_state_busy_at", "1"),
        ("rtp_timeout", "300"),
    ]
    return [("auth", number, login), ("aor", number, aor), ("endpoint", number, endpoint)]


def _trunk(trunk: Trunk, address: str) -> list[Object]:
    aor = [("contact", f"sip:{trunk.host}"), ("qualify_frequency", "60")]
    # Callers who listen to music may send nothing for long: no rtp_timeout here.
    endpoint = [
        *_common(address, "from-trunk"),
        ("aors", trunk.name),
        ("allow_transfer", "no"),
        ("rtp_timeout", "0"),
    ]
    identify = [
        (
            "identify",
            f"{trunk.name}-{number}",
            [("endpoint", trunk.name), ("match", match)],
        )
        for number, match in enumerate(trunk.match, start=1)
    ]
    return [("aor", trunk.name, aor), ("endpoint", trunk.name, endpoint), *identify]


def _common(address: str, context: str) -> list[tuple[str, str]]:
    return [
        ("transport", "udp"),
        ("context", context),
        ("disallow", "all"),
        ("allow", CODECS),
        ("direct_media", "no"),
        ("dtmf_mode", "rfc4733"),
        ("timers", "yes"),
        ("rtp_keepalive", "15"),
        # On a wildcard address Asterisk resolves its own host name for every leg, and stalls all
        # SIP while no resolver answers.
        ("media_address", address),
        ("bind_rtp_to_media_address", "yes"),
        # Else a second PUT stores "<unknown>", and every caller is unknown.
        ("callerid", ""),
    ]
