"""A Docker engine: the one that is here, or else one of our own, for as long as the tests last."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
START_S = 60.0
END_S = 30.0
TRIAL = "acd-trial"
EMPTY_TAR = bytes(10240)


@contextmanager
def engine(folder: Path) -> Iterator[None]:
    """DOCKER_HOST is one that answers, and has the base images. Skips where none can be had."""
    if shutil.which("docker") is None or not _compose():
        pytest.skip("NOT TESTED: no docker and docker-compose here: tools/test-packages docker")
    if _answers():
        _base_images()
        yield
        return
    if shutil.which("dockerd") is None or os.geteuid() != 0:
        pytest.skip("NOT TESTED: no Docker engine answers, and none can be started by this user")
    with _of_our_own(folder):
        _base_images()
        yield


def docker(*words: str) -> str:
    """What the command prints. Raises AssertionError."""
    done = subprocess.run(["docker", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"docker {' '.join(words)}: {done.stderr}"
    return done.stdout.strip()


def compose_command() -> list[str]:
    """docker-compose as a program or as a part of docker."""
    found = _compose()
    assert found
    return found


def _compose() -> list[str] | None:
    if _done("docker", "compose", "version"):
        return ["docker", "compose"]
    return ["docker-compose"] if shutil.which("docker-compose") else None


@contextmanager
def _of_our_own(folder: Path) -> Iterator[None]:
    """Its images stay in the cache folder, so that the next time is quick."""
    kept = Path(os.environ.get("ACD_CACHE") or Path.home() / ".cache/acd") / "docker"
    kept.mkdir(parents=True, exist_ok=True)
    # Short: a socket's path has 107 letters at most.
    socket, log = f"unix://{folder}/s", folder / "log"
    # In a mount namespace of its own nothing that is mounted can stay behind.
    words = ["unshare", "--mount", "--propagation=private"]
    words += ["dockerd", f"--host={socket}", f"--data-root={kept}", f"--exec-root={folder}/e"]
    with log.open("w") as output:
        process = subprocess.Popen(
            [*words, f"--pidfile={folder}/pid"], stdout=output, stderr=output
        )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_HOST", socket)
        try:
            end = time.monotonic() + START_S
            while not _answers():
                if process.poll() is not None or time.monotonic() > end:
                    said = log.read_text().splitlines()[-1:]
                    pytest.skip(f"NOT TESTED: dockerd does not start here: {said}")
                time.sleep(0.1)
            yield
        finally:
            process.terminate()
            process.wait(END_S)
            _tidy()


def _tidy() -> None:
    """Take away what an engine leaves behind: its bridge, and its rules of the packet filter."""
    _done("ip", "link", "delete", "docker0")
    for table in ("nat", "filter"):
        iptables = ["iptables", "--table", table]
        rules = subprocess.run(
            [*iptables, "--list-rules"], capture_output=True, text=True, check=False
        )
        lines = [line.split() for line in rules.stdout.splitlines()]
        ours = [line for line in lines if any("docker" in word.lower() for word in line)]
        for kind, *words in sorted(ours, key=lambda line: line[0] == "-N"):
            _done(*iptables, "-D" if kind == "-A" else "-X", *words)


def _answers() -> bool:
    return _done("docker", "info")


def _base_images() -> None:
    """Have them. Skips where the engine answers and can do nothing, as one in a chroot."""
    _try(["docker", "import", "-", TRIAL], EMPTY_TAR)
    _done("docker", "image", "rm", TRIAL)
    done = subprocess.run([ROOT / "tools/base-images"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    _try(["docker", "run", "--rm", "--network=none", "debian:bookworm-slim", "true"])


def _try(words: list[str], given: bytes = b"") -> None:
    done = subprocess.run(words, input=given, capture_output=True, check=False)
    if done.returncode:
        said = done.stderr.decode().strip()
        pytest.skip(f"NOT TESTED: the Docker engine here runs no container: {said}")


def _done(*words: str) -> bool:
    return subprocess.run(words, capture_output=True, check=False).returncode == 0
