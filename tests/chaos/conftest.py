"""Fixtures of the tests that kill, freeze and cut off."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

pytest.register_assert_rewrite(
    "tests.chaos.process", "tests.integration.running", "tests.integration.instances"
)

from tests.chaos.process import Outside  # noqa: E402
from tests.integration.databases import (  # noqa: E402
    Place,
    place,
    postgresql_cluster,
    postgresql_place,
    sqlite_place,
)
from tests.integration.running import Site, configuration, site  # noqa: E402
from tests.parties.fixtures import PartyFactory, party_factory, sipp  # noqa: E402

__all__ = [
    "party_factory",
    "place",
    "postgresql_cluster",
    "postgresql_place",
    "sipp",
    "site",
    "sqlite_place",
]

# What Asterisk says of an ACD that was killed: the socket, and an answer that came meanwhile.
SAID_OF_THE_DEAD = ("Connection reset by peer", "Stasis app 'acd' not active")
Launch = Callable[..., Awaitable[Outside]]


@pytest.fixture
async def launch(site: Site, party_factory: PartyFactory, tmp_path: Path) -> AsyncIterator[Launch]:
    """Starts `acd run` with these queues; at the end the test's calls must be over.
    until: what must say yes before it is back; place: its database."""
    opened: list[Outside] = []

    async def launch(
        *queues: dict[str, Any],
        until: str = "/readyz",
        place: Place | None = None,
        **more: Any,
    ) -> Outside:
        database = tmp_path / "acd.db"
        config = configuration(site.facts, database, *queues, **more)
        if place is not None:
            config["database"] = place.url
        outside = Outside(
            site=site,
            parties=party_factory,
            database=database,
            folder=tmp_path,
            place=place,
            config=config,
        )
        opened.append(outside)
        life = await outside.begin()
        await life.lives(until)
        return outside

    with site.without_errors(*SAID_OF_THE_DEAD):
        yield launch
        try:
            for outside in opened:
                await outside.settled()
        finally:
            for outside in opened:
                await outside.close()
                await outside.leave()
            await site.clear()
