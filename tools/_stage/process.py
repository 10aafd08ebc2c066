"""The `acd run` of a site, and the `acd worker` beside it."""

import json
import shlex
import subprocess
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

from _stage.site import Site, Trouble

READY_S = 30.0
END_S = 15.0
_open = build_opener(ProxyHandler({})).open


def start(site: Site, log: Path | None = None) -> "subprocess.Popen[str]":
    """Start it; back when it can serve calls. log: where it writes, if not here.

    Raises Trouble if it ends instead.
    """
    acd = Path(sys.executable).with_name("acd")
    words = [str(acd), "run", "--apply", "--config", str(site.config), "--http", site.http]
    with log.open("a") if log else nullcontext() as output:
        process = subprocess.Popen(
            words, env=site.environment, text=True, stderr=output, start_new_session=True
        )
    try:
        _await_ready(site, process, log)
    except BaseException:
        end(process)
        raise
    return process


def work(site: Site, before: "subprocess.Popen[str] | None" = None) -> "subprocess.Popen[str]":
    """Have a worker beside it: the one before, unless that has ended."""
    if before and before.poll() is None:
        return before
    acd = Path(sys.executable).with_name("acd")
    words = [str(acd), "worker", "--config", str(site.config)]
    return subprocess.Popen(words, env=site.environment, text=True, start_new_session=True)


def _await_ready(site: Site, process: "subprocess.Popen[str]", log: Path | None) -> None:
    deadline = time.monotonic() + READY_S
    while not _ready(site, process.pid):
        if process.poll() is not None:
            said = log.read_text().splitlines()[-1] if log else "see above"
            raise Trouble(
                f"`acd run` has ended with {process.returncode}: {said}\n"
                "Before a command that it names:  "
                f"PATH=$PWD/.venv/bin:$PATH; set -a; . {shlex.quote(str(site.variables))}; set +a"
            )
        if time.monotonic() > deadline:
            raise Trouble(f"`acd run` is not ready after {READY_S:.0f} s: see {log or 'above'}")
        time.sleep(0.05)


def end(process: "subprocess.Popen[str]") -> int:
    """Have it end in good order; its exit code."""
    process.terminate()
    try:
        return process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _ready(site: Site, pid: int) -> bool:
    """Whether that process can serve calls; what answers there may be another one."""
    try:
        return bool(_get(site, "healthz")["pid"] == pid and _get(site, "readyz")["ready"])
    except (OSError, ValueError, KeyError):
        return False


def _get(site: Site, path: str) -> Any:
    with _open(f"{site.url}/{path}", timeout=2) as answer:
        return json.load(answer)
