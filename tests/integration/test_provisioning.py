"""Provisioning a real Asterisk a second time, as each connect does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, encode_basic_auth

from acd.ari import snapshot
from acd.ari.events import ALL_ENDPOINTS, PRESENCE
from acd.ari.provisioning import provision
from acd.ari.rest import AriAddress, RestClient
from acd.ids import ExtensionNumber
from acd.telephony import Extension, Network
from tests.integration.running import Site
from tests.parties.fixtures import PartyFactory
from tests.parties.party import Party
from tests.parties.tones import AGENTS

pytestmark = pytest.mark.asterisk

GONE = "Removed"
PHONE = Extension(number=ExtensionNumber("1001"), password="pw1001")


@asynccontextmanager
async def asterisk(site: Site) -> AsyncIterator[tuple[RestClient, ClientWebSocketResponse]]:
    """Commands, and all that our second application is told: no filter is set."""
    facts = site.facts
    address = AriAddress(
        url=facts["ari_url"], user=facts["ari_user"], password=facts["ari_password"]
    )
    events = f"{address.url}/events?app={PRESENCE.name}"
    login = {"Authorization": encode_basic_auth(address.user, address.password, "utf-8")}
    async with (
        RestClient(address) as rest,
        ClientSession() as session,
        session.ws_connect(events, headers=login) as told,
    ):
        yield rest, told


async def test_a_registered_phone_is_one_phone_after_a_second_time(
    site: Site, party_factory: PartyFactory
) -> None:
    async with asterisk(site) as (rest, _):
        await provision(rest, Network(address="127.0.0.1"), [PHONE], [])
        phone = phone_of(site, party_factory)
        assert await phone.register() == 200
        before = await snapshot.contacts(rest, [PHONE.number])
        await provision(rest, Network(address="127.0.0.1"), [PHONE], [])
        assert await snapshot.contacts(rest, [PHONE.number]) == before
        assert before == {PHONE.number: (f"PJSIP/1001/{phone.uri}",)}
        await phone.unregister()
        assert await snapshot.contacts(rest, [PHONE.number]) == {PHONE.number: ()}


async def test_of_phones_is_told_whether_they_are_there_and_not_what_they_do(
    site: Site, party_factory: PartyFactory
) -> None:
    """Else Asterisk would put all events of a call together twice."""
    async with asterisk(site) as (rest, told):
        await rest.applications.subscribe(PRESENCE.name, ALL_ENDPOINTS)
        await provision(rest, Network(address="127.0.0.1"), [PHONE], [])
        phone = phone_of(site, party_factory)
        assert await phone.register() == 200
        call = await phone.dial("700")
        await call.answered()
        await phone.hang_up()
        await phone.unregister()
        events: list[dict[str, Any]] = []
        async with asyncio.timeout(5):
            while not events or events[-1].get("contact_info", {}).get("contact_status") != GONE:
                events.append(await told.receive_json())
    assert {event["type"] for event in events} <= {"ContactStatusChange", "PeerStatusChange"}


def phone_of(site: Site, party_factory: PartyFactory) -> Party:
    return party_factory(tone=AGENTS[0], server=site.server, number="1001", password=PHONE.password)
