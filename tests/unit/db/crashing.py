"""A process to be killed: it records calls and says which requests were answered as kept."""

import asyncio
import sys

from acd.db import Store, Writer
from acd.distributor.state import KINDS
from tests.unit.db.lives import calls


async def main(url: str) -> None:
    records = calls(300)
    store = await Store.open(url, kinds=KINDS)
    run = await store.new_run()
    writer = await Writer.open(store, run, await store.load_rows())
    task = asyncio.create_task(writer.run())
    for number, record in enumerate(records, start=1):
        answer = writer.record(record)
        if answer is not None:
            assert await answer
            print(number, flush=True)  # noqa: T201
        elif number % 3 == 0:
            await asyncio.sleep(0.001)
    await writer.drain(10)
    await task


asyncio.run(main(sys.argv[1]))
