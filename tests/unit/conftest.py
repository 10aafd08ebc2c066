"""What several tests of the program's parts share."""

import asyncio
from pathlib import Path

import pytest

from acd.db import migrate


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its tables and nothing in them, to be copied."""
    path = tmp_path_factory.mktemp("empty") / "acd.db"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path
