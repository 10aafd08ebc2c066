"""One object of Asterisk's PJSIP: written, looked at, forgotten."""

from __future__ import annotations

import logging
from itertools import count

from acd.ari.errors import AriBadRequest, AriNotFound, AriSilent
from acd.ari.pjsip import Object
from acd.ari.rest import RestClient

logger = logging.getLogger(__name__)

PJSIP = "res_pjsip"


async def put(rest: RestClient, made: Object) -> bool:
    """Write it; whether Asterisk took it. What it refuses is logged. Raises AriError where it is
    away, as all here do."""
    kind, name, fields = made
    try:
        await rest.asterisk.update_object(PJSIP, kind, name, fields)
    except AriSilent as error:
        about = {"kind": kind, "object": name, "reason": str(error)}
        logger.error(STUCK, extra=about)  # noqa: TRY400
        raise
    except AriBadRequest as error:
        bind = dict(fields).get("bind", "")
        what = REFUSED.get(kind, "Asterisk does not take an object of PJSIP; its log says why")
        about = {"kind": kind, "object": name, "bind": bind, "reason": str(error)}
        # The traceback is of no use to who is to mend it.
        logger.error(what, extra=about)  # noqa: TRY400
        return False
    return True


STUCK = (
    "Asterisk does not take an object of PJSIP in time: its disk is busy, or its SIP stands still "
    "for ever; where this is said again, restart Asterisk"
)
REFUSED = {
    "transport": "Asterisk cannot listen there: the port is taken, the address is not this "
    "machine's, or the certificate, its key or the authorities cannot be read",
}


async def is_there(rest: RestClient, made: Object) -> bool:
    """Whether Asterisk has it with these values; it may have more."""
    kind, name, fields = made
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


async def forget_from(rest: RestClient, kind: str, name: str, first: int) -> None:
    """Remove the numbered objects from that number on."""
    for number in count(first):
        if not await forget(rest, kind, f"{name}.{number}"):
            return


async def forget(rest: RestClient, kind: str, name: str) -> bool:
    """Remove the object; whether it was there."""
    try:
        await rest.asterisk.delete_object(PJSIP, kind, name)
    except AriNotFound:
        return False
    return True
