"""Which versions of Asterisk the ACD runs on."""

import re

Version = tuple[int, int, int]

_VERSION = re.compile(r"Asterisk (?:certified[-/])?(\d+)\.(\d+)(?:\.(\d+))?")
_OLDEST: Version = (22, 10, 1)
_CRASHES: Version = (22, 11, 0)
REMEDY = "Install Asterisk 22.10.1, or 22.11.1 or later of series 22."


def version(banner: str) -> Version | None:
    """The version in what `asterisk -V` prints; None if it prints none."""
    found = _VERSION.search(banner)
    if found is None:
        return None
    major, minor, patch = found.groups(default="0")
    return int(major), int(minor), int(patch)


def objection(banner: str) -> str | None:
    """Why this Asterisk is not used, as a sentence; None if it is fit."""
    found = version(banner)
    if found is None:
        return f"its version is unknown, it calls itself {banner.strip()!r}."
    name = f"Asterisk {'.'.join(map(str, found))}"
    if found < _OLDEST:
        return f"{name} lets an ARI user run shell commands, and older ones deadlock under load."
    if found == _CRASHES:
        return f"{name} crashes in calls (issue 2085 of the Asterisk project)."
    if found[0] != _OLDEST[0]:
        return f"{name} is of another series; the ACD is tested with series {_OLDEST[0]} only."
    return None
