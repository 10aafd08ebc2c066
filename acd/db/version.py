"""Which program that is: its version, and a digest of the code that decides.

Two programs of one version may decide differently while people work on it; the digest tells.
"""

from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

DECIDING = (
    "ids",
    "targets",
    "waits",
    "revision",
    "settings",
    "effects",
    "telephony",
    "facts",
    "requests",
    "views",
    "calls",
    "queues",
    "agents",
    "dispositions",
    "ivr",
    "routing",
    "distributor",
)
"""The modules and packages that replaying runs once more."""
PACKAGE = Path(__file__).parents[1]


@cache
def program_version() -> str:
    """Like 0.1.0+3f2a9c1b."""
    digest = sha256()
    for name in DECIDING:
        for path in (PACKAGE / f"{name}.py", *sorted((PACKAGE / name).rglob("*.py"))):
            if path.exists():
                digest.update(path.read_bytes())
    return f"{version('acd')}+{digest.hexdigest()[:8]}"
