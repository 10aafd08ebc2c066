"""The command: parts of the bench one after the other, a table, and the figures as JSON."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import subprocess
import sys
import traceback
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import (
    apply,
    beside,
    config,
    crash,
    invites,
    logins,
    memory,
    requests,
    restart,
    scheduler,
    site,
    streaming,
    voice,
)
from bench.crowd import Sizes
from bench.figures import Figure, table
from bench.invites import Load
from bench.site import REPOSITORY, Place, open_place

RESULTS = REPOSITORY / "bench" / "results"
Part = Callable[[argparse.Namespace], Awaitable[list[Figure]]]


async def _scheduler(wanted: argparse.Namespace) -> list[Figure]:
    return scheduler.figures()


async def _stream(wanted: argparse.Namespace) -> list[Figure]:
    return await streaming.measure()


async def _config(wanted: argparse.Namespace) -> list[Figure]:
    return config.figures()


async def _invites(wanted: argparse.Namespace) -> list[Figure]:
    load = Load(rate=wanted.rate, seconds=wanted.seconds, runs=wanted.runs)
    trees = [REPOSITORY, *(path.resolve() for path in wanted.against)]
    return await _at_a_place(lambda place: invites.measure(place, load, trees))


async def _requests(wanted: argparse.Namespace) -> list[Figure]:
    return await _at_a_place(requests.measure)


async def _login(wanted: argparse.Namespace) -> list[Figure]:
    return await _at_a_place(logins.measure)


async def _memory(wanted: argparse.Namespace) -> list[Figure]:
    return await _at_a_place(memory.measure)


async def _voice(wanted: argparse.Namespace) -> list[Figure]:
    return await _at_a_place(lambda place: voice.measure(place, wanted.calls))


async def _crash(wanted: argparse.Namespace) -> list[Figure]:
    return await _at_a_place(lambda place: crash.measure(place, Sizes()))


async def _upgrade(wanted: argparse.Namespace) -> list[Figure]:
    return await _at_a_place(lambda place: crash.measure(place, Sizes(), crash.UPGRADE))


async def _restart(wanted: argparse.Namespace) -> list[Figure]:
    return await _at_a_place(restart.measure)


async def _apply(wanted: argparse.Namespace) -> list[Figure]:
    return await _at_a_place(apply.measure)


async def _beside_calls(wanted: argparse.Namespace) -> list[Figure]:
    return await beside.calls(wanted.runs)


async def _beside_line(wanted: argparse.Namespace) -> list[Figure]:
    return await beside.line(wanted.runs)


async def _beside_together(wanted: argparse.Namespace) -> list[Figure]:
    return await beside.crowd(wanted.runs)


async def _at_a_place(part: Callable[[Place], Awaitable[list[Figure]]]) -> list[Figure]:
    """An Asterisk of its own for each part: none pays for what another has left."""
    async with open_place() as place:
        return await part(place)


PARTS: dict[str, Part] = {
    "scheduler": _scheduler,
    "stream": _stream,
    "config": _config,
    "invites": _invites,
    "requests": _requests,
    "login": _login,
    "memory": _memory,
    "voice": _voice,
    "crash": _crash,
    "upgrade": _upgrade,
    "restart": _restart,
    "apply": _apply,
    "beside-calls": _beside_calls,
    "beside-line": _beside_line,
    "beside-together": _beside_together,
}
BESIDE = ("beside-calls", "beside-line", "beside-together", "scheduler", "memory")
"""The part `beside`: all that the ACD's speed is compared by."""


def main() -> int:
    wanted = _arguments(sys.argv[1:])
    site.NICE = wanted.nice
    site.prefer(os.getpid())
    machine = _machine() | {"nice": wanted.nice}
    figures = asyncio.run(_figures(wanted))
    machine["load_after"] = os.getloadavg()
    print(f"\n{json.dumps(machine)}\n\n{table(figures)}")
    path = RESULTS / f"{machine['at'].replace(':', '')}.json"
    path.parent.mkdir(exist_ok=True)
    told = {"machine": machine, "figures": [figure.as_json() for figure in figures]}
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    print(f"\nwritten to {path}")
    return 0


async def _figures(wanted: argparse.Namespace) -> list[Figure]:
    """Those of all parts that succeed: one that does not is told, and takes no other with it."""
    figures = []
    for name in wanted.parts or PARTS:
        print(f"{name} …", file=sys.stderr, flush=True)
        try:
            figures += await PARTS[name](wanted)
        except Exception:
            print(f"{name} has failed:\n{traceback.format_exc()}", file=sys.stderr, flush=True)
    return figures


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join([*PARTS, "beside"]))
    parser.add_argument("--full", action="store_true", help="the sizes that the goals speak of")
    parser.add_argument("--rate", type=float, default=10.0, help="invites: calls a second")
    parser.add_argument("--runs", type=int, default=5, help="invites, beside: how many")
    parser.add_argument("--seconds", type=int, help="invites: of each run (12; full: 30)")
    parser.add_argument("--calls", type=int, help="voice: how many (40; full: 200)")
    parser.add_argument(
        "--against", type=Path, nargs="+", default=[], help="invites: other source trees, in turn"
    )
    parser.add_argument(
        "--nice",
        type=int,
        default=0,
        help="be so nice to other processes: below 0 where others are at work and must not count",
    )
    wanted = parser.parse_args(words)
    wanted.seconds = wanted.seconds or (30 if wanted.full else 12)
    wanted.calls = wanted.calls or (200 if wanted.full else 40)
    wanted.parts = [
        part for name in wanted.parts for part in (BESIDE if name == "beside" else (name,))
    ]
    if unknown := set(wanted.parts) - PARTS.keys():
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    return wanted


def _machine() -> dict[str, Any]:
    """What the figures were taken on."""
    asked = ["git", "-C", str(REPOSITORY), "describe", "--always", "--dirty"]
    commit = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load_before": os.getloadavg(),
    }


if __name__ == "__main__":
    sys.exit(main())
