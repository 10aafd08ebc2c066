"""kill -9: what was answered is there, and nothing is there by halves."""

import asyncio
import sys
from pathlib import Path

import pytest

from acd.db import Store, migrate
from acd.distributor.state import KINDS
from tests.integration.databases import Place
from tests.unit.db.lives import by_key, replay

ROOT = Path(__file__).parents[2]


async def killed_after(url: str, answers: int) -> int:
    """Start the process, kill it in the midst of its work; gives the last record answered."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.unit.db.crashing", url),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            for _ in range(answers):
                last = int(await process.stdout.readline())
            # It is not stopped at an answer: somewhere in the group after it.
            await asyncio.sleep(0.0007 * answers % 0.01)
    finally:
        process.kill()
    said = (await process.stdout.read()).split()
    assert await process.wait() == -9
    return max([last, *map(int, said)])


@pytest.mark.parametrize("answers", [3, 17, 52, 101])
async def test_a_killed_process_leaves_whole_groups_and_all_that_was_answered(
    place: Place, answers: int
) -> None:
    url = place.url
    await migrate(url)
    last = await killed_after(url, answers)
    store = await Store.open(url, kinds=KINDS)
    lines = [line async for line in store.read_journal()]
    assert [line.seq for line in lines] == list(range(1, len(lines) + 1))
    assert len(lines) >= last
    assert by_key(await store.load_rows()) == replay(lines, run=1)
    assert await store.new_run() == 2
    await store.close()
