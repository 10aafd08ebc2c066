"""Who works on the database: a lock for each run, which goes when the process of that run goes.

A frozen process keeps its lock; that it does nothing shows in `runs.seen_at`, which the writer
renews every few seconds.
"""

import asyncio
import fcntl
import os
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy.engine import URL

from acd.db.connection import database_url, shown
from acd.db.errors import DatabaseUnavailable

DECIDING = 0
"""Held while it is decided who works; no run has this number."""
DECIDED_S = 10.0
"""Deciding takes moments; so long others wait for it."""
AGAIN_S = 0.05


class Hold(Protocol):
    """What this process holds of a database; nothing of it outlives the process.

    All but close() may raise DatabaseUnavailable.
    """

    async def take(self, run: int) -> bool:
        """Take the run's lock; gives whether it was free."""

    async def let_go(self, run: int) -> None:
        """Give the run's lock back."""

    async def is_held(self, run: int) -> bool:
        """Whether another process has the run's lock."""

    async def keep(self) -> None:
        """Take what is held again whenever it is lost; ends only by being cancelled."""

    async def close(self) -> None:
        """Give everything back."""


async def open_hold(url: str) -> Hold:
    """The hold on that database. Raises DatabaseUnavailable, and ValueError for a bad URL."""
    parsed = database_url(url)
    if parsed.get_backend_name() == "sqlite":
        return FileHold.open(url, parsed)
    # Whoever has SQLite need not wait for the driver to be loaded.
    from acd.db.session import SessionHold

    return await SessionHold.open(url)


@asynccontextmanager
async def deciding(hold: Hold) -> AsyncIterator[None]:
    """Be the only one who decides who works. Raises DatabaseUnavailable."""
    end = asyncio.get_running_loop().time() + DECIDED_S
    while not await hold.take(DECIDING):
        if asyncio.get_running_loop().time() > end:
            raise DatabaseUnavailable(
                "another acd has been starting on this database, or moving it, for more than "
                f"{DECIDED_S:.0f} s: wait until it is done, or end it if it hangs"
            )
        await asyncio.sleep(AGAIN_S)
    try:
        yield
    finally:
        await hold.let_go(DECIDING)


class FileHold:
    """SQLite: a byte for each run in a file beside the database, locked by an open file."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._closed = False

    @classmethod
    def open(cls, url: str, parsed: URL) -> "FileHold":
        """Raises DatabaseUnavailable."""
        path = Path(f"{parsed.database}-runs")
        try:
            return cls(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644))
        except OSError as error:
            raise DatabaseUnavailable(
                f"{shown(url)} cannot be used ({path} cannot be opened: {error.strerror}): "
                "see that its folder exists, and that this user may write into it"
            ) from error

    async def take(self, run: int) -> bool:
        try:
            self._control(fcntl.F_OFD_SETLK, fcntl.F_WRLCK, run)
        except OSError:
            return False
        return True

    async def let_go(self, run: int) -> None:
        self._control(fcntl.F_OFD_SETLK, fcntl.F_UNLCK, run)

    async def is_held(self, run: int) -> bool:
        found = self._control(fcntl.F_OFD_GETLK, fcntl.F_WRLCK, run)
        return found != fcntl.F_UNLCK

    async def keep(self) -> None:
        """A file's locks are not lost."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            os.close(self._file)

    def _control(self, command: int, kind: int, byte: int) -> int:
        """Have the kernel do it; gives the kind of lock that was found."""
        # struct flock: type, whence, start, length, and the process, which an open file has not.
        lock = struct.pack("hhqqi", kind, os.SEEK_SET, byte, 1, 0)
        found: int = struct.unpack("hhqqi", fcntl.fcntl(self._file, command, lock))[0]
        return found
