"""What docker-compose.yml describes, as a project of its own with ports of its own."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.docker.engine import ROOT, compose_command, docker
from tests.parties.wire import Address

PROJECT = "acd-test"
LEGS = 10
READY_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """The services of the project."""

    environment: dict[str, str]

    @property
    def gateway(self) -> str:
        """This machine, as the containers see it."""
        return f"{self.environment['ACD_NETWORK']}.1"

    @property
    def sip(self) -> Address:
        """Where this machine lets phones in."""
        return self.gateway, int(self.environment["SIP_PORT"])

    def compose(self, *words: str) -> str:
        """What the command prints. Raises AssertionError."""
        files = ["--file=docker-compose.yml", "--file=tests/docker/here.yml"]
        done = subprocess.run(
            [*compose_command(), *files, "--profile=demo", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{words}: {done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        return done.stdout

    def container(self, service: str) -> str:
        """Its id, whether it runs or not."""
        labels = {"project": PROJECT, "service": service, "oneoff": "False"}
        filters = [f"--filter=label=com.docker.compose.{k}={v}" for k, v in labels.items()]
        return docker("ps", "--all", "--quiet", *filters)

    def inside(self, service: str, *words: str) -> str:
        """What a command in the container prints."""
        return docker("exec", self.container(service), *words)

    def asterisk(self, command: str) -> str:
        """What Asterisk's console prints."""
        return self.inside("asterisk", "asterisk", "-C/srv/acd/etc/asterisk.conf", "-rx", command)

    def agents(self) -> dict[str, Any]:
        """Of each agent what `acd agent list` says."""
        rows = json.loads(self.inside("acd", "acd", "agent", "list", "--json"))
        return {row["agent"]: row for row in rows}

    def passwords(self) -> dict[str, str]:
        """Those of the phones."""
        shown = self.compose("run", "--rm", "passwords", "passwords", "show")
        return dict(re.findall(r"^(\d+) (\S+)\r?$", shown, re.MULTILINE))

    def heard(self) -> dict[str, tuple[int, int]]:
        """Of each channel how many packets of voice have come, and how many were lost."""
        rows = re.findall(
            r"^ +\S+ +(\S+)-[0-9a-f]{8} +[\d:]+ +\w+ +(\d+) +(\d+)",
            self.asterisk("pjsip show channelstats"),
            re.MULTILINE,
        )
        return {name: (int(came), int(lost)) for name, came, lost in rows}

    def healthy(self, service: str) -> bool:
        words = "{{.State.Status}} {{.State.Health.Status}}"
        return docker("inspect", f"--format={words}", self.container(service)) == "running healthy"

    async def becomes(
        self, condition: Callable[[], object], what: str, within: float = READY_S
    ) -> None:
        """Wait until it holds. Raises AssertionError."""
        end = time.monotonic() + within
        while not await asyncio.to_thread(condition):
            assert time.monotonic() < end, f"not within {within} s: {what}\n{self._logs()}"
            await asyncio.sleep(0.1)

    def _logs(self) -> str:
        return self.compose("logs", "--tail=20")


@contextmanager
def stack() -> Iterator[Stack]:
    """All of it built, up and ready; nothing of it is there afterwards. Raises AssertionError."""
    made = Stack(environment=_environment())
    # What a test that was killed has left behind has other addresses.
    made.compose("down", "--volumes", "--remove-orphans")
    made.compose("build")
    try:
        made.compose("up", "--detach", "asterisk", "acd", "postgres", "worker")
        end = time.monotonic() + READY_S
        while not made.healthy("acd"):
            assert time.monotonic() < end, made._logs()
            time.sleep(0.2)
        yield made
    finally:
        made.compose("down", "--volumes", "--remove-orphans")
    for kind in (("ps", "--all"), ("volume", "ls"), ("network", "ls")):
        left = docker(*kind, "--quiet", f"--filter=label=com.docker.compose.project={PROJECT}")
        assert left == "", f"docker {kind[0]}: {left}"


def _environment() -> dict[str, str]:
    network = _free_network()
    ports = _free_ports(2 * LEGS + 2)
    return {
        **os.environ,
        "COMPOSE_PROJECT_NAME": PROJECT,
        "ACD_NETWORK": network,
        "ADDRESS": f"{network}.10",
        "SIP_PORT": str(ports[0]),
        "HTTP_PORT": str(_free_tcp_port()),
        "RTP_PORTS": f"{ports[2]}-{ports[-1]}",
        "ANSWER_MS": "200",
        "TALK_MS": "600000",
    }


def _free_network() -> str:
    routes = subprocess.run(
        ["ip", "-4", "route"], capture_output=True, text=True, check=True
    ).stdout
    found = (f"172.30.{third}" for third in range(66, 256))
    return next(network for network in found if f"{network}." not in routes)


def _free_ports(count: int) -> range:
    """UDP ports in a row that nobody has at any address; below those given out by the kernel."""
    for first in range(7000, 9900, 30):
        ports = range(first, first + count)
        if all(map(_is_free, ports)):
            return ports
    raise AssertionError("no free UDP ports from 7000 to 9900")


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        try:
            udp.bind(("", port))
        except OSError:
            return False
        return True


def _free_tcp_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
