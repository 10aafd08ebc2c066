"""A trunk's registration with its carrier, as an object of Asterisk's PJSIP.

Asterisk makes a registration when its object comes and never changes it, so another one has to be
another object. When an object is deleted a thread of Asterisk's takes away, some time later,
whichever registration has its name by then: one that was written under the same name meanwhile
would never register. So each has a name that none had before. Which one a trunk has is noted
beside it, in an object that nothing refers to, for ARI cannot list them.
"""

from __future__ import annotations

from collections.abc import Iterable
from secrets import token_hex

from acd.ari.errors import AriNotFound
from acd.ari.objects import PJSIP, forget, is_there, put
from acd.ari.pjsip import Object
from acd.ari.rest import RestClient

KIND = "registration"


async def register(rest: RestClient, made: Object) -> bool:
    """Have the trunk of that name registered so, and only so; whether Asterisk took it. One that
    is as it should be is left alone. Raises AriError."""
    _, trunk, fields = made
    before = await _noted(rest, trunk)
    for name in before:
        if await is_there(rest, (KIND, name, fields)):
            await _keep(rest, trunk, name, before)
            return True
    name = f"{trunk}.{token_hex(4)}"
    # Both, for we may end between the two. What is not noted is never found again.
    if not await _note(rest, trunk, [*before, name]):
        return False
    taken = await put(rest, (KIND, name, fields))
    await _keep(rest, trunk, name, [*before, name])
    return taken


async def unregister(rest: RestClient, trunk: str) -> None:
    """Have the trunk register no more. Raises AriError."""
    for name in await _noted(rest, trunk):
        await forget(rest, KIND, name)
    await forget(rest, "auth", _note_of(trunk))


async def _keep(rest: RestClient, trunk: str, kept: str, noted: list[str]) -> None:
    if noted == [kept]:
        return
    for name in noted:
        if name != kept:
            await forget(rest, KIND, name)
    await _note(rest, trunk, [kept])


async def _noted(rest: RestClient, trunk: str) -> list[str]:
    """The names that the trunk's registrations may have; without a note it is the trunk's own, as
    earlier versions of the ACD named it."""
    try:
        note = dict(await rest.asterisk.get_object(PJSIP, "auth", _note_of(trunk)))
    except AriNotFound:
        return [trunk]
    return note["username"].split(",")


async def _note(rest: RestClient, trunk: str, names: Iterable[str]) -> bool:
    # Asterisk takes none without a password; nobody ever has to tell it.
    fields = [("auth_type", "userpass"), ("username", ",".join(names)), ("password", token_hex(16))]
    return await put(rest, ("auth", _note_of(trunk), fields))


def _note_of(trunk: str) -> str:
    return f"{trunk}.{KIND}"
