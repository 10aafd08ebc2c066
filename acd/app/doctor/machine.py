"""This machine: disk, clock, memory, open files."""

import ctypes
import resource
import shutil
from collections.abc import Iterator
from pathlib import Path

from acd.app.doctor.finding import Finding, fine, warning, wrong

GB = 1_000_000_000
FULL, NEARLY_FULL = 0.2 * GB, 2 * GB
"""Free bytes: a day of a busy centre's journal, and a few days'."""
LITTLE_MEMORY = 0.25 * GB
FEW_FILES = 4096
"""Each browser, each node's connections and each database connection is an open file."""
UNSYNCHRONISED = 5
"""TIME_ERROR of adjtimex(2)."""


def examine_machine(folder: Path) -> Iterator[Finding]:
    """Look at the machine; folder is where the database is written."""
    yield disk(folder, shutil.disk_usage(folder).free)
    yield clock(_clock_state())
    yield memory(_available())
    yield open_files(resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def disk(folder: Path, free: float) -> Finding:
    about, says = "disk", f"{free / GB:.1f} GB free in {folder}"
    remedy = "make room, or keep less: `acd db size` shows what takes it, `journal` how long"
    if free < FULL:
        return wrong(about, says, remedy)
    return warning(about, says, remedy) if free < NEARLY_FULL else fine(about, says)


def clock(state: int) -> Finding:
    if state == UNSYNCHRONISED:
        return warning(
            "clock",
            "nobody keeps this machine's clock right",
            "run chrony or systemd-timesyncd: reports and opening hours go by it",
        )
    return fine("clock", "synchronised")


def memory(available: float) -> Finding:
    about, says = "memory", f"{available / GB:.1f} GB available"
    if available < LITTLE_MEMORY:
        return warning(about, says, "a waiting call takes 5 kB here, and more in Asterisk")
    return fine(about, says)


def open_files(limit: int) -> Finding:
    about, says = "open files", f"at most {limit}"
    if 0 <= limit < FEW_FILES:
        return warning(about, says, "LimitNOFILE= in the unit, or `ulimit -n 65536`")
    return fine(about, says)


def _clock_state() -> int:
    """What adjtimex(2) says of the clock; it changes nothing with modes 0."""
    timex = ctypes.create_string_buffer(512)
    state: int = ctypes.CDLL(None).adjtimex(timex)
    return state


def _available() -> float:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return float(line.split()[1]) * 1024
    return float("inf")
