"""`acd check` of a large configuration, with and without mistakes, and of bombs: the whole process,
as it is typed, with the imports."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from bench.figures import Figure, median

PART = "config"
QUEUES, AGENTS, MEMBERS = 500, 5_000, 50
TIMES = 5
# One line of Python that runs the command and says how much memory it has taken at most.
RUN = """\
import resource, sys
from acd.cli import main
try:
    main()
finally:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    seconds: float
    megabytes: float
    code: int
    lines: int


def figures() -> list[Figure]:
    """Medians of whole processes; bombs once each."""
    size = f"{QUEUES} queues of {MEMBERS} of {AGENTS} agents, a phone each"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "acd.yaml")
        text = large()
        small = _median(path, large(queues=1, agents=1), "check")
        right = _median(path, text, "check")
        wrong = _median(path, text.replace("[support]", "[suport]"), "check", expected=2)
        export = _median(path, text, "export")
        found = [
            _figure("acd check", right.seconds, "s", goal=3, note=f"{size}; {len(text)} bytes"),
            _figure("… of it what one agent takes too", small.seconds, "s", note="imports"),
            _figure("… memory at most", right.megabytes, "MB"),
            _figure("… with a mistake in each agent and queue", wrong.seconds, "s", goal=3),
            _figure("… mistakes told", wrong.lines, ""),
            _figure("acd export", export.seconds, "s"),
        ]
        for name, bomb in bombs():
            run = _run(path, bomb, "check", expected=2)
            found.append(_figure(f"bomb: {name}", run.seconds, "s", note=f"{len(bomb)} bytes"))
            found.append(_figure("… memory at most", run.megabytes, "MB"))
    return found


def large(queues: int = QUEUES, agents: int = AGENTS) -> str:
    """As a program would write it: one key a line."""
    return "\n".join(_lines(queues, agents)) + "\n"


def _lines(queues: int, agents: int) -> Iterator[str]:
    yield "nodes: [{ari_url: 'http://127.0.0.1/ari', ari_user: acd, ari_password: '${ARI}',"
    yield "         media_address: 127.0.0.1}]"
    yield "projects: [{name: support}]"
    yield "extensions:"
    for number in range(agents):
        yield f'  - {{number: "{10_000 + number}", password: "${{ARI}}"}}'
    yield "agents:"
    for number in range(agents):
        yield f"  - username: agent{number}"
        yield f"    name: Agent {number}"
        yield f'    extension: "{10_000 + number}"'
        yield "    projects: [support]"
    yield "queues:"
    for number in range(queues):
        members = {(number * MEMBERS + place) % agents for place in range(MEMBERS)}
        yield f"  - name: queue{number}"
        yield "    project: support"
        yield f'    number: "{number}"'
        yield "    acw_s: 10"
        yield f"    agents: [{', '.join(f'agent{member}' for member in sorted(members))}]"


def bombs() -> Iterator[tuple[str, str]]:
    names = "abcdefghijkl"
    aliases = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in pairwise(names)
    )
    yield "aliases, 10 to the 12th", aliases
    yield "depth", "[" * 7_000_000
    yield "many wrong entries", "agents: [" + "1," * 390_000 + "]"
    yield "one long value", "http: " + "x" * 7_000_000


def _median(path: Path, text: str, command: str, *, expected: int = 0) -> Run:
    runs = [_run(path, text, command, expected=expected) for _ in range(TIMES)]
    seconds, megabytes = (median(each) for each in zip(*map(_measures, runs), strict=True))
    return Run(seconds=seconds, megabytes=megabytes, code=expected, lines=runs[0].lines)


def _measures(run: Run) -> tuple[float, float]:
    return run.seconds, run.megabytes


def _run(path: Path, text: str, command: str, *, expected: int = 0) -> Run:
    path.write_text(text)
    words = [sys.executable, "-c", RUN, command, "--config", str(path)]
    environment = {**os.environ, "ARI": "a secret of some length"}
    begin = time.perf_counter()
    done = subprocess.run(words, capture_output=True, text=True, env=environment, check=False)
    seconds = time.perf_counter() - begin
    lines = done.stderr.splitlines()
    if done.returncode != expected:
        raise RuntimeError(f"acd {command} has ended with {done.returncode}: {lines[-3:]}")
    told = sum(f"{path}:" in line for line in lines)
    return Run(seconds=seconds, megabytes=int(lines[-1]) / 1000, code=expected, lines=told)


def _figure(
    name: str, value: float, unit: str, *, goal: float | None = None, note: str = ""
) -> Figure:
    return Figure(part=PART, name=name, value=value, unit=unit, goal=goal, note=note)
