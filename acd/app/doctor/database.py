"""The database: whether it fits, and how long a commit takes."""

import os
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import median

from acd.app.database import open_store
from acd.app.doctor.finding import Finding, fine, warning, wrong
from acd.db import DatabaseError, Store
from acd.db.connection import database_url, shown

SLOW_S = 0.05
"""A request is answered after its commit: a person waits for that."""
TRIES = 5


async def examine_database(url: str, folder: Path) -> AsyncIterator[Finding]:
    """Look at the database; folder is where a SQLite file of it is."""
    if not _is_there(url):
        # Opening it would make it, and its owner whoever asks the doctor.
        yield fine("database", "it is not there yet: the first `acd run` makes it")
        return
    try:
        store = await open_store(url)
    except DatabaseError as error:
        yield wrong("database", "it cannot be used", str(error))
        return
    try:
        yield fine("database", f"{shown(url)} is there, and its tables fit this program")
        took = _synced(folder) if url.startswith("sqlite") else await _answered(store)
        yield commit(took)
    finally:
        await store.close()


def _is_there(url: str) -> bool:
    return not url.startswith("sqlite") or Path(database_url(url).database or "").exists()


def commit(took_s: float) -> Finding:
    about, says = "database: speed", f"{took_s * 1000:.1f} ms until something is written for good"
    if took_s > SLOW_S:
        return warning(about, says, "a disk that is slow or busy: give the database one of its own")
    return fine(about, says)


def _synced(folder: Path) -> float:
    """Seconds that the disk takes to have a page for good."""
    times = []
    with tempfile.TemporaryFile(dir=folder) as page:
        for _ in range(TRIES):
            began = time.perf_counter()
            page.write(b"\0" * 4096)
            page.flush()
            os.fsync(page.fileno())
            times.append(time.perf_counter() - began)
    return median(times)


async def _answered(store: Store) -> float:
    """Seconds that the server takes to answer anything."""
    times = []
    for _ in range(TRIES):
        began = time.perf_counter()
        await store.check_schema()
        times.append(time.perf_counter() - began)
    return median(times)
