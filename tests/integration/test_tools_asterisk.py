"""tools/asterisk: instances side by side, what is refused, and what is left behind."""

import importlib
import json
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.integration.instances import REPOSITORY, Ari, Facts, Tool, logged, started, tool_in
from tests.parties.fixtures import PartyFactory, party_factory
from tests.parties.party import Party

pytestmark = pytest.mark.asterisk

__all__ = ["party_factory"]  # a fixture

# Runs the words behind it.
OWN = """
new=$(mktemp -d)
mount -t tmpfs dev "$new"
for device in null zero full random urandom tty; do
    touch "$new/$device"
    mount --bind "/dev/$device" "$new/$device"
done
mount --move "$new" /dev
rmdir "$new"
exec "$0" "$@"
"""


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tool]:
    """tools/asterisk with a run folder of its own."""
    with tool_in(tmp_path_factory.mktemp("run")) as tool:
        yield tool


@pytest.fixture(scope="module")
def asterisk(tool: Tool) -> Facts:
    """An instance that is simply there."""
    return started(tool, "shared")


async def test_instances_run_side_by_side_and_leave_nothing(tool: Tool) -> None:
    mounts = mounted()
    first, second = started(tool, "one"), started(tool, "two")
    for facts in (first, second):
        async with Ari.of(facts) as ari:
            info = await ari.get("asterisk/info")
            assert info["config"]["name"] == facts["name"]
    assert first["sip_port"] != second["sip_port"]
    assert first["rtp_end"] < second["rtp_start"] or second["rtp_end"] < first["rtp_start"]

    for facts in (first, second):
        assert tool("stop", f"--name={facts['name']}").returncode == 0
        assert not runs(facts["pid"])
        assert_free(facts)
    assert mounted() == mounts


def test_what_was_killed_is_listed_dead_and_restarts_as_it_was(tool: Tool) -> None:
    before = started(tool, "crash")
    assert tool("kill", "--name=crash").returncode == 0
    (listed,) = json.loads(tool("status", "--name=crash", "--json").stdout)
    assert listed["state"] == "dead"

    again = tool("restart", "--name=crash", "--json")
    assert again.returncode == 0, again.stderr
    after = json.loads(again.stdout)
    same = ("sip_port", "http_port", "rtp_start", "rtp_end", "ari_password")
    assert {key: after[key] for key in same} == {key: before[key] for key in same}
    assert after["pid"] != before["pid"]
    assert "System uptime" in tool("cli", "--name=crash", "core show uptime").stdout
    assert tool("stop", "--name=crash").returncode == 0
    assert json.loads(tool("status", "--name=crash", "--json").stdout) == []


@pytest.mark.parametrize(
    ("banner", "why"),
    [
        ("Asterisk 20.6.0~dfsg+~cs6.13.40431414-2build5", "shell commands"),
        ("Asterisk 22.10.0", "shell commands"),
        ("Asterisk 22.11.0", "crashes in calls"),
        ("Asterisk 23.0.1", "another series"),
        ("not found", "version is unknown"),
    ],
)
def test_an_unfit_asterisk_is_refused_with_why_and_remedy(
    tool: Tool, tmp_path: Path, banner: str, why: str
) -> None:
    done = tool("install", PATH=fake(tmp_path, banner), ACD_ASTERISK="path")
    assert done.returncode == 1
    assert why in done.stderr
    assert "Install Asterisk 22.10.1" in done.stderr


@pytest.mark.parametrize("version", ["22.10.1", "22.11.1", "22.12.0"])
def test_a_fit_asterisk_on_path_is_used(tool: Tool, tmp_path: Path, version: str) -> None:
    done = tool("install", PATH=fake(tmp_path, f"Asterisk {version}"))
    assert done.stdout == f"Asterisk {version} (path)\n"


def test_a_port_that_is_taken_is_named(tool: Tool, asterisk: Facts) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        done = tool("start", "--name=late", f"--sip-port={port}")
    assert done.returncode == 1
    assert f"Port {port} of --sip-port is taken" in done.stderr
    done = tool("start", "--name=late", f"--http-port={asterisk['http_port']}")
    assert f"Port {asterisk['http_port']} of --http-port is taken" in done.stderr


def test_two_starts_in_one_moment_both_succeed(tool: Tool) -> None:
    with ThreadPoolExecutor() as pool:
        first, second = pool.map(lambda name: started(tool, name), ("left", "right"))
    assert first["sip_port"] != second["sip_port"]
    for name in ("left", "right"):
        assert tool("stop", f"--name={name}").returncode == 0


def test_music_given_replaces_ours_and_folders_become_classes(tool: Tool, tmp_path: Path) -> None:
    (tmp_path / "sales").mkdir()
    for place in (tmp_path / "tone.ulaw", tmp_path / "sales/other.ulaw"):
        place.write_bytes(bytes(8000))
    music = started(tool, "tuned", f"--music={tmp_path}")["asterisk_paths"]["music"]
    heard = tool("cli", "--name=tuned", "moh show files").stdout
    assert re.findall(r"(?:Class|File): (\S+)", heard) == [
        "default",
        f"{music}/default/tone",
        "sales",
        f"{music}/sales/other",
    ]
    assert tool("stop", "--name=tuned").returncode == 0


def test_a_damaged_package_is_refused(tool: Tool, tmp_path: Path) -> None:
    packages = tmp_path / "asterisk/packages"
    packages.mkdir(parents=True)
    (packages / "asterisk.deb").write_bytes(b"half of it")
    (packages / "SHA256SUMS").write_text(f"{'0' * 64}  asterisk.deb\n")
    done = tool("install", ACD_CACHE=str(tmp_path), ACD_ASTERISK="root")
    assert done.returncode == 1
    assert f"asterisk.deb is damaged or gone. Delete {packages}" in done.stderr


def test_a_mirror_that_is_away_is_named_with_the_remedy(tool: Tool, tmp_path: Path) -> None:
    away = "http://127.0.0.1:9/debian"
    done = tool("install", ACD_CACHE=str(tmp_path), ACD_ASTERISK="root", ACD_DEBIAN_MIRROR=away)
    assert done.returncode == 1
    assert away in done.stderr
    assert "name another in ACD_DEBIAN_MIRROR" in done.stderr
    assert not list(tmp_path.glob("asterisk/root*/etc"))


def test_where_mounting_is_not_permitted_it_says_so(asterisk: Facts) -> None:
    command = str(REPOSITORY / "tools/asterisk")
    words = ["setpriv", "--bounding-set=-sys_admin", command, "install"]
    environment = {**os.environ, "ACD_ASTERISK": "root"}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "does not permit" in done.stderr
    assert "put a fit Asterisk on PATH" in done.stderr


def test_it_runs_where_each_device_is_a_mount_of_its_own(tmp_path: Path) -> None:
    """As in many containers."""
    with tool_in(tmp_path, "unshare", "--mount", "--propagation=private", "sh", "-ec", OWN) as tool:
        done = tool("start", "--name=own", ACD_ASTERISK="root")
        assert done.returncode == 0, done.stderr


def test_a_rebuild_from_kept_packages_needs_no_mirror(tool: Tool, tmp_path: Path) -> None:
    kept = cache() / "asterisk/packages"
    (tmp_path / "asterisk").mkdir()
    (tmp_path / "asterisk/packages").symlink_to(kept)
    away = {"ACD_CACHE": str(tmp_path), "ACD_DEBIAN_MIRROR": "http://127.0.0.1:9/debian"}
    done = tool("install", ACD_ASTERISK="root", **away)
    assert done.returncode == 0, done.stderr
    assert re.match(r"Asterisk 22\.\d+\.\d+\S* \(root\)", done.stdout)
    for root in tmp_path.glob("asterisk/root*"):
        shutil.rmtree(root)


def test_a_debian_that_has_moved_to_an_unfit_version_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(REPOSITORY / "tools"))
    monkeypatch.setenv("ACD_CACHE", str(tmp_path))
    rootfs = importlib.import_module("_asterisk.rootfs")
    monkeypatch.setattr(rootfs, "_bootstrap", lambda new, source: new.mkdir())
    monkeypatch.setattr(rootfs, "banner", lambda root: "Asterisk 22.11.0")
    with pytest.raises(Exception, match=r"has moved: Asterisk 22\.11\.0 crashes in calls.*Put the"):
        rootfs.ready()
    assert list(tmp_path.glob("asterisk/root*")) == []


def test_a_name_that_runs_already_is_refused(tool: Tool, asterisk: Facts) -> None:
    done = tool("start", "--name=shared")
    assert done.returncode == 1
    assert "runs already" in done.stderr


def test_the_start_logs_neither_warning_nor_error(tool: Tool) -> None:
    started(tool, "quiet")
    assert logged(tool, "quiet", "Asterisk Ready")
    assert logged(tool, "quiet", "WARNING|ERROR") == []
    assert tool("stop", "--name=quiet").returncode == 0


async def test_provisioned_phones_register_and_survive_a_restart(
    tool: Tool, party_factory: PartyFactory
) -> None:
    facts = started(tool, "phones", "--identify-by=username")

    def phone(password: str) -> Party:
        server = ("127.0.0.1", facts["sip_port"])
        return party_factory(tone=900.0, server=server, number="2001", password=password)

    async with Ari.of(facts) as ari:
        await ari.provision_phone("2001", "secret")
    assert await phone("secret").register() == 200
    assert await phone("wrong").register() == 401
    assert tool("restart", "--name=phones").returncode == 0
    assert await phone("secret").register() == 200
    async with Ari.of(facts) as ari:
        assert (await ari.get("endpoints/PJSIP/2001"))["state"] == "online"
    assert logged(tool, "phones", "ERROR") == []
    assert tool("stop", "--name=phones").returncode == 0


def fake(folder: Path, banner: str) -> str:
    """A PATH on which asterisk claims to be this."""
    program = folder / "asterisk"
    program.write_text(f"#!/bin/sh\necho '{banner}'\n")
    program.chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def mounted() -> str:
    return Path("/proc/mounts").read_text()


def runs(pid: int) -> bool:
    """Whether the process lives; one that ended and was not collected yet does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def assert_free(facts: Facts) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", facts["sip_port"]))
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", facts["http_port"]))


def cache() -> Path:
    return Path(os.environ.get("ACD_CACHE") or Path.home() / ".cache/acd")
