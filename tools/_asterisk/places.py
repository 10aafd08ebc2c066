"""Where things lie on this machine, the lock they share, and the one way to fail."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
TEMPLATES = REPOSITORY / "asterisk-config"


class Trouble(Exception):
    """What went wrong, in a sentence, and the remedy, in another."""


def cache() -> Path:
    """The folder of what is built once: packages, root file system, music."""
    return _folder(os.environ.get("ACD_CACHE") or Path.home() / ".cache" / "acd")


def run() -> Path:
    """The folder of the running instances, one folder each."""
    return _folder(Path(os.environ.get("ACD_RUN") or REPOSITORY / ".run") / "asterisk")


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Only one process of this machine at a time is inside; the others wait."""
    with (cache() / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _folder(path: Path | str) -> Path:
    folder = Path(path).absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Trouble(f"{folder} cannot be made ({error.strerror}). {_ELSEWHERE}") from error
    return folder


_ELSEWHERE = "Set ACD_CACHE and ACD_RUN to folders that this user may write."
