"""The file with the process's own token: whoever may read it may do everything.

It is named for the port that HTTP is served at, so that the command line on the same machine
finds it whatever the configuration is. Its mode is 0600: it is for who runs the process, and root.
"""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

logger = logging.getLogger(__name__)

FOLDER = "ACD_TOKEN_FOLDER"
SYSTEM = Path("/run/acd")
"""What systemd makes for the service."""


def folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where a process keeps it: $ACD_TOKEN_FOLDER, systemd's runtime directory, or the user's."""
    if named := environment.get(FOLDER):
        return Path(named)
    if systemds := environment.get("RUNTIME_DIRECTORY"):
        return Path(systemds.partition(":")[0])
    return Path.home() / ".local/state/acd"


def places(port: int, environment: Mapping[str, str] = os.environ) -> list[Path]:
    """Where the one of a process that serves at the port may be, the likeliest first."""
    found = [folder(environment), SYSTEM, Path.home() / ".local/state/acd"]
    return [place / f"{port}.token" for place in dict.fromkeys(found)]


@contextmanager
def kept(port: int, secret: str) -> Iterator[None]:
    """The token is in its file meanwhile. Where it cannot be written a warning says so."""
    path = folder() / f"{port}.token"
    try:
        _write(path, secret)
    except OSError as error:
        about = {"file": str(path), "reason": error.strerror, "remedy": f"set {FOLDER}"}
        logger.warning("the command line will need ACD_TOKEN: no file for ours", extra=about)
    try:
        yield
    finally:
        with suppress(OSError):
            # Another process may serve at the port by now.
            if path.read_text() == secret:
                path.unlink()


def _write(path: Path, secret: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_suffix(f".{os.getpid()}")
    try:
        # Not even for a moment may others read it; who reads sees the whole or nothing.
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secret)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
