"""Whether somebody else is at work on the database."""

import asyncio
import os
import re
import socket
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from acd.app.database import open_store
from acd.app.exits import HeldByAnother
from acd.app.holder import refuse_a_second
from acd.db import Store

HERE = socket.gethostname()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(f"sqlite:///{tmp_path}/acd.db")
    yield opened
    await opened.close()


@pytest.fixture
async def somebody() -> AsyncIterator[int]:
    """Another process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "input()", stdin=asyncio.subprocess.PIPE
    )
    yield process.pid
    await process.communicate(b"\n")


@pytest.fixture
def unburied() -> Iterator[int]:
    """A process that has ended, and that nobody has asked about."""
    pid = os.posix_spawn("/bin/true", ["true"], {})
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    yield pid
    os.waitpid(pid, 0)


def begin(
    tmp_path: Path, *, pid: int, host: str = HERE, age_s: float = 0, ended: bool = False
) -> None:
    """Note a run of that process, begun and last seen so long ago."""
    at = datetime.now(UTC) - timedelta(seconds=age_s)
    text = at.strftime("%Y-%m-%d %H:%M:%S.%f")
    with sqlite3.connect(tmp_path / "acd.db") as database:
        database.execute(
            "INSERT INTO runs VALUES (1, ?, ?, ?, ?, ?, '0')",
            (text, text, text if ended else None, host, pid),
        )
    database.close()


async def test_nobody_is_there_at_first(store: Store) -> None:
    await refuse_a_second(store)


async def test_another_process_here_is_named(store: Store, tmp_path: Path, somebody: int) -> None:
    begin(tmp_path, pid=somebody)
    told = f"process {somebody} on host {HERE}, run 1, last seen 0 s ago. Stop it, or start with"
    with pytest.raises(HeldByAnother, match=re.escape(told)):
        await refuse_a_second(store)


async def test_one_that_has_ended_is_in_nobodys_way(
    store: Store, tmp_path: Path, somebody: int
) -> None:
    begin(tmp_path, pid=somebody, ended=True)
    await refuse_a_second(store)


async def test_a_dead_process_is_in_nobodys_way(store: Store, tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec("true")
    await process.wait()
    begin(tmp_path, pid=process.pid)
    await refuse_a_second(store)


async def test_a_process_that_is_dead_and_not_buried_is_in_nobodys_way(
    store: Store, tmp_path: Path, unburied: int
) -> None:
    begin(tmp_path, pid=unburied)
    await refuse_a_second(store)


async def test_a_later_process_with_the_same_number_is_another_one(
    store: Store, tmp_path: Path, somebody: int
) -> None:
    begin(tmp_path, pid=somebody, age_s=3600)
    await refuse_a_second(store)


async def test_we_may_have_the_number_of_the_one_before_in_a_container(
    store: Store, tmp_path: Path
) -> None:
    begin(tmp_path, pid=os.getpid())
    await refuse_a_second(store)


async def test_a_process_of_another_host_is_alive_while_it_writes(
    store: Store, tmp_path: Path
) -> None:
    begin(tmp_path, pid=1, host="elsewhere", age_s=30)
    with pytest.raises(HeldByAnother, match="process 1 on host elsewhere, run 1, last seen 30 s"):
        await refuse_a_second(store)


async def test_a_process_of_another_host_that_writes_no_more_is_gone(
    store: Store, tmp_path: Path
) -> None:
    begin(tmp_path, pid=1, host="elsewhere", age_s=90)
    await refuse_a_second(store)
