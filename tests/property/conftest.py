"""The mark of the searches that take longer than `make check` may."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: a minute of searching; in make test only")
