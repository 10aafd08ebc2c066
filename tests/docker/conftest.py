"""Fixtures of the tests in containers."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.docker.engine", "tests.docker.stack")

from tests.docker import engine as engines  # noqa: E402
from tests.docker import stack as stacks  # noqa: E402
from tests.parties.fixtures import party_factory  # noqa: E402

__all__ = ["party_factory"]


@pytest.fixture(scope="session")
def engine() -> Iterator[None]:
    """A Docker engine with the base images."""
    with tempfile.TemporaryDirectory(prefix="acd-docker-") as folder, engines.engine(Path(folder)):
        yield


@pytest.fixture(scope="session")
def stack(engine: None) -> Iterator[stacks.Stack]:
    """What docker-compose.yml describes, up and ready."""
    with stacks.stack() as made:
        yield made
