"""A process on a restored database: it begins, and no id comes again."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

from sqlalchemy import func, select

from acd.app.restoring import restore_unused
from acd.db import Store, migrate
from acd.db.copying import back_up
from acd.db.tables import runs
from acd.distributor.state import KINDS
from tests.integration.databases import Place
from tests.integration.test_worker import ACD, LIFE, NODE, write


async def run_begins(folder: Path, url: str) -> int:
    """Start `acd run` on the database, and end it in good order; the number of its run."""
    path = folder / "acd.yaml"
    path.write_text(json.dumps({"nodes": [NODE], "database": url}))
    words = ("run", "--config", str(path), "--http", "127.0.0.1:0", "--log", "human")
    process = await asyncio.create_subprocess_exec(ACD, *words, stderr=asyncio.subprocess.PIPE)
    assert process.stderr is not None
    try:
        async with asyncio.timeout(60):
            said = b""
            while not (begins := re.search(rb"run begins.*\brun=(\d+)", said)):
                line = await process.stderr.readline()
                assert line, said.decode()
                said += line
            process.terminate()
            await process.stderr.read()
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
    return int(begins[1])


async def test_acd_run_begins_on_a_restored_backup_with_a_number_that_nobody_had(
    place: Place, tmp_path: Path
) -> None:
    await migrate(place.url)
    store = await Store.open(place.url, kinds=KINDS)
    await write(store, LIFE)
    back_up(place.url, tmp_path / "backup.db")
    since = [await store.new_run(), await store.new_run()]
    await store.close()
    url = f"sqlite:///{tmp_path}/restored.db"
    await restore_unused(tmp_path / "backup.db", url)
    begun = await run_begins(tmp_path, url)
    assert begun > max(since)
    restored = await Store.open(url, kinds=KINDS)
    lines = [line async for line in restored.read_journal()]
    assert [line.seq for line in lines] == list(range(1, len(lines) + 1))
    assert lines[-1].run == begun
    async with restored.reading() as connection:
        assert await connection.scalar(select(func.max(runs.c.run))) == begun
    await restored.close()
