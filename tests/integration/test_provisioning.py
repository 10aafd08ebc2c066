"""Coming to a real Asterisk a second time, as each connect does, and going from it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, encode_basic_auth

from acd.ari import snapshot
from acd.ari.events import PHONES, PRESENCE
from acd.ari.provisioning import provision
from acd.ari.rest import AriAddress, RestClient
from acd.ids import ExtensionNumber
from acd.telephony import Extension, Network
from tests.integration.running import Site
from tests.parties.fixtures import PartyFactory
from tests.parties.party import Party
from tests.parties.tones import AGENTS

pytestmark = pytest.mark.asterisk

FIVE = [
    Extension(number=ExtensionNumber(str(1001 + place)), password=f"pw{1001 + place}")
    for place in range(5)
]
PHONE = FIVE[0]
ROUNDS = 30
"""With a subscription that Asterisk does not outlive it was dead after eight."""


@asynccontextmanager
async def connected(site: Site) -> AsyncIterator[RestClient]:
    """Commands. Asking for contacts takes a channel in our second application, which is there
    while a socket names it."""
    facts = site.facts
    address = AriAddress(
        url=facts["ari_url"], user=facts["ari_user"], password=facts["ari_password"]
    )
    events = f"{address.url}/events?app={PRESENCE.name}"
    login = {"Authorization": encode_basic_auth(address.user, address.password, "utf-8")}
    async with (
        RestClient(address) as rest,
        ClientSession() as session,
        session.ws_connect(events, headers=login),
    ):
        yield rest


async def test_a_registered_phone_is_one_phone_after_a_second_time(
    site: Site, party_factory: PartyFactory
) -> None:
    async with connected(site) as rest:
        await provision(rest, Network(address="127.0.0.1"), [PHONE], [])
        phone = phone_of(site, party_factory, PHONE)
        assert await phone.register() == 200
        before = await snapshot.contacts(rest, [PHONE.number])
        await provision(rest, Network(address="127.0.0.1"), [PHONE], [])
        assert await snapshot.contacts(rest, [PHONE.number]) == before
        assert before == {PHONE.number: (f"PJSIP/1001/{phone.uri}",)}
        await phone.unregister()
        assert await snapshot.contacts(rest, [PHONE.number]) == {PHONE.number: ()}


async def test_asterisk_lives_on_when_we_go_while_phones_register(
    site: Site, party_factory: PartyFactory
) -> None:
    phones = [phone_of(site, party_factory, extension) for extension in FIVE]
    async with connected(site) as rest:
        await provision(rest, Network(address="127.0.0.1"), FIVE, [])
    for _ in range(ROUNDS):
        async with connected(site) as rest:
            await rest.applications.subscribe(PRESENCE.name, PHONES)
            come = [asyncio.create_task(phone.register()) for phone in phones]
            await asyncio.wait(come, return_when=asyncio.FIRST_COMPLETED)
        assert await asyncio.gather(*come) == [200] * len(phones)
        await asyncio.gather(*(phone.unregister() for phone in phones))


def phone_of(site: Site, party_factory: PartyFactory, extension: Extension) -> Party:
    number, password = extension.number, extension.password
    return party_factory(tone=AGENTS[0], server=site.server, number=number, password=password)
