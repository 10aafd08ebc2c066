"""Provisioning a real Asterisk a second time, as each connect does."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession, encode_basic_auth

from acd.ari import snapshot
from acd.ari.events import PRESENCE
from acd.ari.provisioning import provision
from acd.ari.rest import AriAddress, RestClient
from acd.ids import ExtensionNumber
from acd.telephony import Extension, Network
from tests.integration.running import Site
from tests.parties.fixtures import PartyFactory
from tests.parties.tones import AGENTS

pytestmark = pytest.mark.asterisk

PHONE = Extension(number=ExtensionNumber("1001"), password="pw1001")


async def test_a_registered_phone_is_one_phone_after_a_second_time(
    site: Site, party_factory: PartyFactory
) -> None:
    facts = site.facts
    address = AriAddress(
        url=facts["ari_url"], user=facts["ari_user"], password=facts["ari_password"]
    )
    # Asking takes a channel in our application, which is there while a socket names it.
    events = f"{address.url}/events?app={PRESENCE.name}"
    login = {"Authorization": encode_basic_auth(address.user, address.password, "utf-8")}
    async with (
        RestClient(address) as rest,
        ClientSession() as session,
        session.ws_connect(events, headers=login),
    ):
        await provision(rest, Network(address="127.0.0.1"), [PHONE], [])
        phone = party_factory(
            tone=AGENTS[0], server=site.server, number="1001", password=PHONE.password
        )
        assert await phone.register() == 200
        before = await snapshot.contacts(rest, [PHONE.number])
        await provision(rest, Network(address="127.0.0.1"), [PHONE], [])
        assert await snapshot.contacts(rest, [PHONE.number]) == before
        assert before == {PHONE.number: (f"PJSIP/1001/{phone.uri}",)}
        await phone.unregister()
        assert await snapshot.contacts(rest, [PHONE.number]) == {PHONE.number: ()}
