"""What the images are made of is what the tests ran with."""

import re
from importlib.metadata import requires, version
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]


def test_the_image_has_the_packages_that_the_program_needs_and_no_others() -> None:
    lines = (ROOT / "docker/requirements.txt").read_text().splitlines()
    pinned = dict(line.split("==") for line in lines if not line.startswith("#"))
    needed = {name: version(name) for name in sorted(_needed("acd", frozenset()))}
    assert pinned == needed


def test_images_are_made_from_debian_alone() -> None:
    allowed = {"debian:bookworm-slim", "debian:forky-slim"}
    for path in sorted((ROOT / "docker").glob("*.Dockerfile")):
        text = path.read_text()
        stages = set(re.findall(r"^FROM \S+ AS (\S+)", text, re.MULTILINE))
        bases = set(re.findall(r"^FROM (\S+)", text, re.MULTILINE))
        assert bases <= allowed | stages, path
        assert re.search(r"^USER (?!root)\w+$", text, re.MULTILINE), path


def _needed(name: str, extras: frozenset[str]) -> set[str]:
    found: set[str] = set()
    for requirement in map(Requirement, requires(name) or []):
        marker = requirement.marker
        if marker and not any(marker.evaluate({"extra": extra}) for extra in {"", *extras}):
            continue
        found.add(re.sub(r"[-_.]+", "-", requirement.name).lower())
        found |= _needed(requirement.name, frozenset(requirement.extras))
    return found
