"""Which versions of Asterisk the ACD is driven on.

tools/asterisk has the same rule for what it starts; this is for what somebody else runs.
"""

from __future__ import annotations

import re

from acd.ari.errors import AriError

REMEDY = "install Asterisk 22.10.1, or 22.11.1 or later of series 22"
_OLDEST = (22, 10, 1)
_CRASHES = (22, 11, 0)


class AriUnfit(AriError):
    """This Asterisk cannot be used: its version has faults that lose calls."""


def refuse_unfit(version: str) -> None:
    """Raises AriUnfit unless the version, as ARI tells it, is one that calls can be trusted to."""
    found = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", version)
    numbers = tuple(int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    if numbers < _OLDEST or numbers[0] != _OLDEST[0] or numbers == _CRASHES:
        raise AriUnfit("asterisk.getInfo", f"Asterisk {version} is not fit: {REMEDY}")
