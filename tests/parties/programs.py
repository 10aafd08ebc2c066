"""Programs the parties run: each in its own folder, ended by its own id, never outliving us."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path


async def run_program(
    words: Sequence[str], folder: Path, output: Path
) -> asyncio.subprocess.Process:
    """Start it there, with all it prints in one file. The kernel kills it when we die."""
    with output.open("wb") as printed:
        return await asyncio.create_subprocess_exec(
            *("setpriv", "--pdeathsig", "KILL", *words),
            cwd=folder,
            env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "TZ": "UTC", "TERM": "dumb"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=printed,
            stderr=asyncio.subprocess.STDOUT,
        )


async def end_program(
    process: asyncio.subprocess.Process, polite: signal.Signals, within: float
) -> None:
    """Ask it to end, and kill it if it has not within so many seconds. Idempotent."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.send_signal(polite)
    try:
        async with asyncio.timeout(within):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
