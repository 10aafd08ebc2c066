"""Fixtures of the tests on a real Asterisk."""

import pytest

pytest.register_assert_rewrite("tests.integration.running", "tests.integration.instances")

from tests.integration.databases import (  # noqa: E402
    place,
    postgresql_cluster,
    postgresql_place,
    sqlite_place,
)
from tests.integration.running import site, start  # noqa: E402
from tests.parties.fixtures import baresip, party_factory, sipp  # noqa: E402

__all__ = [
    "baresip",
    "party_factory",
    "place",
    "postgresql_cluster",
    "postgresql_place",
    "sipp",
    "site",
    "sqlite_place",
    "start",
]
