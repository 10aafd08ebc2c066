"""What the product was asked to be built with is there, or an ADR says what took its place."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ASKED = ["aiohttp", "websockets", "sqlalchemy", "alembic", "pyyaml", "pytest", "pytest-aiohttp"]


def pinned() -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    all_of_them = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    found = [re.fullmatch(r"([\w.-]+)(?:\[.*\])?==(\S+)", each) for each in all_of_them]
    assert all(found), f"not pinned: {all_of_them}"
    return {each[1].lower(): each[2] for each in found if each}


@pytest.mark.parametrize("package", ASKED)
def test_a_package_that_was_asked_for_is_used_or_an_adr_says_why_not(package: str) -> None:
    texts = [path.read_text() for path in (ROOT / "docs/adr").glob("*.md")]
    assert package in pinned() or any(f"`{package}`" in text for text in texts)


def test_the_ari_client_is_our_own_and_an_adr_says_why() -> None:
    assert not {"ari", "ari-py", "aioari", "asyncari"} & set(pinned())
    assert "ari-py" in (ROOT / "docs/adr/0003-own-ari-client.md").read_text()


def test_adrs_are_numbered_without_a_gap() -> None:
    titles = [
        (int(path.name[:4]), int(path.read_text().split()[1].strip(".")))
        for path in sorted((ROOT / "docs/adr").glob("*.md"))
    ]
    assert titles == [(number, number) for number in range(1, len(titles) + 1)]
