"""pytest fixtures; a conftest takes them by importing them:

from tests.parties.fixtures import baresip, party_factory, sipp  # noqa: F401
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.parties.baresip import BaresipFactory
from tests.parties.party import Party
from tests.parties.sipp import SippFactory


class PartyFactory:
    """Makes parties and ends them all, whatever the test did with them."""

    def __init__(self) -> None:
        self.parties: list[Party] = []

    def __call__(self, **wishes: Any) -> Party:
        """A new party; takes what `Party` takes."""
        party = Party(**wishes)
        self.parties.append(party)
        return party

    def ladders(self) -> str:
        """All parties' ladders, for the message of a failed assertion."""
        return "\n".join(party.ladder() for party in self.parties)

    async def close(self) -> None:
        """End every party."""
        await asyncio.gather(*(party.close() for party in self.parties))


@pytest.fixture
async def party_factory() -> AsyncIterator[PartyFactory]:
    """Makes parties: `party_factory(tone=AGENTS[0], server=("127.0.0.1", 5060), number="1001")`."""
    factory = PartyFactory()
    yield factory
    await factory.close()


@pytest.fixture
async def sipp(tmp_path: Path) -> AsyncIterator[SippFactory]:
    """Starts SIPp: `sipp.callers(...)`, `sipp.agents(...)`."""
    _need("sipp")
    factory = SippFactory(tmp_path / "sipp")
    yield factory
    await factory.close()


@pytest.fixture
async def baresip(tmp_path: Path) -> AsyncIterator[BaresipFactory]:
    """Starts softphones: `await baresip(number="1001", password="...", server=...)`."""
    _need("baresip")
    factory = BaresipFactory(tmp_path / "baresip")
    yield factory
    await factory.close()


def _need(program: str) -> None:
    if shutil.which(program) is None:
        pytest.fail(f"{program} is missing: tools/test-packages installs it")
