"""A fake ARI server, and a client that is connected to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from acd.ari.rest import RestClient
from tests.contract.fake_ari import FakeAri


@pytest.fixture
async def ari() -> AsyncIterator[FakeAri]:
    async with FakeAri() as server:
        yield server


@pytest.fixture
async def rest(ari: FakeAri) -> AsyncIterator[RestClient]:
    async with RestClient(ari.address, timeout_s=2.0) as client:
        yield client
