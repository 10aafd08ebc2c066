"""The digest covers all the code that decides."""

import tomllib
from pathlib import Path

from acd.db.version import DECIDING, program_version

ROOT = Path(__file__).parents[3]
INPUTS_ONLY = {"acd.recovery", "acd.permissions"}
"""Pure, but what they find is an input of the core: replaying does not run them."""


def test_all_that_replaying_runs_is_in_the_digest() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    [pure] = [c for c in contracts["contracts"] if c["id"] == "pure"]
    assert {f"acd.{name}" for name in DECIDING} == set(pure["source_modules"]) - INPUTS_ONLY


def test_the_version_names_the_release_and_the_code() -> None:
    release, _, digest = program_version().partition("+")
    assert release.count(".") == 2
    assert len(digest) == 8
