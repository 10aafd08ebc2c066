"""Networks, phones and trunks as objects of Asterisk's PJSIP, written over ARI.

Asterisk keeps them over its own restarts. What is written is in acd/ari/pjsip.py; here is when.
An AOR is written only where it is not as it should be: a PUT makes its registered contacts
permanent ones, each phone then rings twice and is never gone. Of transports acd/ari/listening.py
knows, of registrations acd/ari/registering.py.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from hashlib import sha256

from acd.ari import pjsip
from acd.ari.errors import AriNotFound
from acd.ari.listening import listen
from acd.ari.objects import forget, forget_from, is_there, put
from acd.ari.pjsip import Object
from acd.ari.registering import register, unregister
from acd.ari.rest import RestClient
from acd.ids import ExtensionNumber, TrunkName
from acd.telephony import Extension, Network, Trunk

logger = logging.getLogger(__name__)

MARK = "ACD_PROVISIONED"
"""A global variable of Asterisk, which it forgets when it is restarted: what was written last."""


async def ensure(
    rest: RestClient, network: Network, extensions: Sequence[Extension], trunks: Sequence[Trunk]
) -> bool:
    """Have the node know these and no others; whether it had to be told. Quick where this Asterisk
    has been told already.

    What Asterisk refuses is logged, and hinders nothing else. Raises AriError where it is away.
    """
    wanted = _digest(_all(network, extensions, trunks))
    if await rest.asterisk.get_variable(MARK) == wanted:
        return False
    complete = await provision(rest, network, extensions, trunks)
    await _tidy(rest, extensions, trunks)
    if complete:
        await mark(rest, network, extensions, trunks)
    return True


async def mark(
    rest: RestClient, network: Network, extensions: Sequence[Extension], trunks: Sequence[Trunk]
) -> None:
    """Note in Asterisk that it knows these and no others: ensure then does nothing."""
    await rest.asterisk.set_variable(MARK, _digest(_all(network, extensions, trunks)))


async def provision(
    rest: RestClient, network: Network, extensions: Iterable[Extension], trunks: Iterable[Trunk]
) -> bool:
    """Write exactly these, and the node's transports; whether Asterisk took all. Others stay.

    What Asterisk refuses is logged, and hinders nothing else. Raises AriError where it is away.
    """
    await rest.asterisk.set_variable(MARK, "")
    taken = [await listen(rest, transport) for transport in pjsip.transports(network)]
    for extension in extensions:
        taken += [await _write(rest, made) for made in pjsip.extension(extension, network)]
    for trunk in trunks:
        taken += [await _write(rest, made) for made in pjsip.trunk(trunk, network)]
        await _shorten(rest, trunk)
    return all(taken)


async def remove(
    rest: RestClient, extensions: Iterable[ExtensionNumber], trunks: Iterable[TrunkName]
) -> None:
    """Have Asterisk forget these: no new call comes or goes by them. What is not there is forgotten
    already. Raises AriError."""
    await rest.asterisk.set_variable(MARK, "")
    for number in extensions:
        for kind in ("endpoint", "auth", "aor"):
            await forget(rest, kind, number)
    for trunk in trunks:
        await unregister(rest, trunk)
        await forget_from(rest, "identify", trunk, 1)
        await forget(rest, "endpoint", trunk)
        await forget_from(rest, "aor", trunk, 1)
        for side in ("in", "out"):
            await forget(rest, "auth", f"{trunk}.{side}")


async def _tidy(rest: RestClient, extensions: Iterable[Extension], trunks: Iterable[Trunk]) -> None:
    """Remove the phones and trunks that an earlier configuration has left."""
    known = {extension.number for extension in extensions} | {trunk.name for trunk in trunks}
    with suppress(AriNotFound):
        for endpoint in await rest.endpoints.all():
            if endpoint.resource not in known:
                name = endpoint.resource
                await remove(rest, [ExtensionNumber(name)], [TrunkName(name)])
                logger.info(
                    "an endpoint that nobody configures is removed", extra={"endpoint": name}
                )


async def _shorten(rest: RestClient, trunk: Trunk) -> None:
    """Remove what the trunk had more of before."""
    await forget_from(rest, "identify", trunk.name, len(trunk.match) + 1)
    await forget_from(rest, "aor", trunk.name, len(trunk.hosts) + 1)
    if not trunk.registers:
        await unregister(rest, trunk.name)


async def _write(rest: RestClient, made: Object) -> bool:
    kind, name, _ = made
    if kind == "registration":
        return await register(rest, made)
    if kind == "aor":
        if await is_there(rest, made):
            return True
        await forget(rest, kind, name)
    return await put(rest, made)


def _all(
    network: Network, extensions: Iterable[Extension], trunks: Iterable[Trunk]
) -> Iterator[Object]:
    yield from pjsip.transports(network)
    for extension in extensions:
        yield from pjsip.extension(extension, network)
    for trunk in trunks:
        yield from pjsip.trunk(trunk, network)


def _digest(what: Iterable[object]) -> str:
    """A short name for what was written; of passwords nothing can be told from it."""
    digest = sha256()
    for each in what:
        digest.update(repr(each).encode())
    return digest.hexdigest()
