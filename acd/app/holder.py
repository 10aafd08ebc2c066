"""Who works on the database already: two processes must not share it, nor its nodes."""

import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from acd.app.exits import HeldByAnother
from acd.db import Store
from acd.db.tables import runs

SEEN = timedelta(seconds=60)
"""A process on another host that wrote so lately is alive."""
SLACK = timedelta(seconds=2)
"""The kernel's times of processes are that exact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A life of the program that has not ended in good order, as far as the database knows."""

    number: int
    host: str
    pid: int
    started_at: datetime
    seen_at: datetime


async def refuse_a_second(store: Store) -> None:
    """See that nobody else is at work. Raises HeldByAnother, DatabaseUnavailable."""
    run = await _latest(store)
    if run is None or not _alive(run):
        return
    seen = (datetime.now(UTC) - run.seen_at).total_seconds()
    raise HeldByAnother(
        f"another `acd run` works on this database: process {run.pid} on host {run.host}, run "
        f"{run.number}, last seen {seen:.0f} s ago. Stop it, or start with --take-over, and it ends"
    )


async def _latest(store: Store) -> Run | None:
    query = select(runs).where(runs.c.ended_at.is_(None)).order_by(runs.c.run.desc()).limit(1)
    async with store.reading() as connection:
        found = (await connection.execute(query)).one_or_none()
    if found is None:
        return None
    return Run(
        number=found.run,
        host=found.host,
        pid=found.pid,
        started_at=found.started_at,
        seen_at=found.seen_at,
    )


def _alive(run: Run) -> bool:
    if run.host != socket.gethostname():
        return datetime.now(UTC) - run.seen_at < SEEN
    born = _born(run.pid)
    # The number of a dead process may have gone to another one, in a container even to us.
    return run.pid != os.getpid() and born is not None and born <= run.started_at + SLACK


def _born(pid: int) -> datetime | None:
    """When that process was started; None if there is none, or it is dead and not buried."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        lines = Path("/proc/stat").read_text().splitlines()
    except OSError:
        return None
    state, *fields = stat.rpartition(")")[2].split()
    if state == "Z":
        return None
    boot = next(line for line in lines if line.startswith("btime"))
    ticks = int(fields[18]) / os.sysconf("SC_CLK_TCK")
    return datetime.fromtimestamp(int(boot.split()[1]), UTC) + timedelta(seconds=ticks)
