"""Where Asterisk listens, as a transport of its PJSIP that is written only where it is not so.

Asterisk 22.10 may stand still for ever when a transport that it has is written over ARI: it locks
them all and waits until a thread of its SIP takes the former one away, while that thread, in the
midst of a message, waits for the lock. Where it is such a thread that reads the transport anew
there is nothing to wait for. So a transport is put where there is none; one that is there is put
into Asterisk's database by its dialplan, and the next who looks is a thread of SIP's.
"""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from ipaddress import ip_address, ip_network
from secrets import token_hex

from acd.ari.commands import OBJECTS_S
from acd.ari.errors import AriNotFound, AriSilent
from acd.ari.objects import PJSIP, REFUSED, put
from acd.ari.pjsip import Fields, Object
from acd.ari.rest import RestClient
from acd.ari.snapshot import READER

logger = logging.getLogger(__name__)

KIND = "transport"
MANY = "local_net"
"""The one field that is told once for each of its values, and of which a PUT stores the last."""
DONE = "ACD_DONE"
PAUSE_S = 0.01
OLD = (
    "Asterisk's configuration is of an earlier ACD: take over extensions.conf, modules.conf and "
    "sorcery.conf of asterisk-config, and restart Asterisk"
)


async def listen(rest: RestClient, made: Object) -> bool:
    """Have Asterisk listen so; whether it does. Raises AriError where it is away."""
    _, name, wanted = made
    found = await _told(rest, name)
    if _is_so(found, wanted):
        return True
    if not found:
        several = len(_values(wanted, MANY)) > 1
        return await put(rest, made) and (not several or await _store(rest, name, wanted))
    if not await _store(rest, name, wanted):
        return False
    await _read_anew(rest)
    if _is_so(await _told(rest, name), wanted):
        return True
    about = {"kind": KIND, "object": name, "bind": dict(wanted)["bind"]}
    logger.error(REFUSED[KIND], extra=about)
    # With one that it cannot use it would have none of them.
    await _store(rest, name, found)
    await _read_anew(rest)
    return False


async def _told(rest: RestClient, name: str) -> Fields:
    """Its fields; none where there is none."""
    try:
        return await rest.asterisk.get_object(PJSIP, KIND, name)
    except AriNotFound:
        return []


async def _store(rest: RestClient, name: str, fields: Fields) -> bool:
    """Have the database keep these fields; whether it does."""
    one = {**dict(fields), MANY: ",".join(sorted(_values(fields, MANY)))}
    if await _dial(rest, "store", ACD_TRANSPORT=name, ACD_FIELDS=json.dumps(one)):
        return True
    logger.error(OLD, extra={"object": name})
    return False


async def _read_anew(rest: RestClient) -> None:
    await rest.asterisk.reload_module("res_pjsip.so")
    with suppress(AriNotFound):
        for endpoint in (await rest.endpoints.all())[:1]:
            await _dial(rest, "look", ACD_ENDPOINT=endpoint.resource)


async def _dial(rest: RestClient, extension: str, **variables: str) -> bool:
    """Have the dialplan do it; whether it came to its end."""
    channel = f"{READER}-{token_hex(4)}"
    await rest.call(
        "channels.originateWithId",
        channelId=channel,
        endpoint=f"Local/{extension}@acd-transport",
        context="acd-noforward",
        extension="s",
        priority=1,
        variables={"ACD_TOKEN": channel, **variables},
    )
    try:
        async with asyncio.timeout(OBJECTS_S):
            await _gone(rest, channel)
    except TimeoutError:
        raise AriSilent(f"{extension}@acd-transport", "no answer in time") from None
    return await rest.asterisk.get_variable(DONE) == channel


async def _gone(rest: RestClient, channel: str) -> None:
    with suppress(AriNotFound):
        while True:
            await rest.channels.get(channel)
            await asyncio.sleep(PAUSE_S)


def _is_so(found: Fields, wanted: Fields) -> bool:
    """Whether Asterisk has these values; it may have more fields."""
    return all(_values(found, field) == _values(wanted, field) for field, _ in wanted)


def _values(fields: Fields, field: str) -> set[str]:
    texts = [text for name, text in fields if name == field]
    if field == MANY:
        return {_network(each) for text in texts for each in text.split(",") if each}
    return {{"yes": "true", "no": "false"}.get(text.lower(), text.lower()) for text in texts}


def _network(text: str) -> str:
    """10.0.0.0/8, which Asterisk tells as 10.0.0.0/255.0.0.0."""
    address, _, mask = text.partition("/")
    bits = mask if not mask or mask.isdigit() else str(int(ip_address(mask)).bit_count())
    return str(ip_network(f"{address}/{bits}" if bits else address, strict=False))
