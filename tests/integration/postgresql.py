"""A PostgreSQL server of the tests' own: one cluster a run, one database a test.

The server is Debian's (tools/test-packages brings it); its files are in a folder of their own, it
listens on loopback only, and dies with the tests. It asks for a password and speaks TLS.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
STARTER = ThreadPoolExecutor(max_workers=1)
"""To the kernel a process's parent is the thread that has started it: this one lasts."""
USER = "acd"
PASSWORD = "pass word"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "ssl": "on",
    # A crash of the server loses nothing by it; only a power cut would.
    "fsync": "off",
    "autovacuum": "off",
    "max_connections": "40",
    "superuser_reserved_connections": "3",
    "log_min_messages": "error",
}


@dataclass(slots=True, kw_only=True)
class Cluster:
    """One server; it can be stopped and started with all that it keeps."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    settings: dict[str, str] = field(default_factory=dict)

    def url(self, name: str, *, user: str = USER, password: str = PASSWORD) -> str:
        return f"postgresql://{user}:{password.replace(' ', '%20')}@127.0.0.1:{self.port}/{name}"

    @property
    def certificate(self) -> Path:
        """The server's own, which also is what it is verified with."""
        return self.folder / "data/server.crt"

    def start(self) -> None:
        """Start the server; back when it answers."""
        given = {**SETTINGS, **self.settings, "port": str(self.port)}
        options = [f"--{name}={value}" for name, value in given.items()]
        # The kernel ends it if the tests are killed.
        words = _as_postgres("--pdeathsig=QUIT", PROGRAMS / "postgres", "-D", self._data, *options)
        with (self.folder / "log").open("ab") as log:
            made = STARTER.submit(subprocess.Popen, words, cwd="/", stdout=log, stderr=log)
            self.process = made.result()
        end = time.monotonic() + 60
        while not self._answers():
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < end, self.log()
            time.sleep(0.02)

    def stop(self, how: int = signal.SIGINT) -> None:
        """SIGINT is PostgreSQL's fast shutdown, SIGQUIT the immediate one, which is a crash."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(timeout=60)
            self.process = None

    def restart(self, how: int) -> None:
        self.stop(how)
        self.start()

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def execute(self, statement: str, database: str = "postgres", *, user: str = USER) -> list[Any]:
        """What it gives, as another program."""
        with psycopg.connect(self.url(database, user=user), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def create(self, name: str) -> str:
        """A new, empty database; its URL."""
        self.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def drop(self, name: str) -> None:
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _answers(self) -> bool:
        try:
            self.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A server, running; its files are gone at the end."""
    if not PROGRAMS.exists():
        pytest.fail("PostgreSQL 15 is missing: run tools/test-packages")
    # Not below pytest's folders, which nobody else may enter: the server refuses to run as root.
    folder = Path(tempfile.mkdtemp(prefix="acd-postgresql-"))
    try:
        _own(folder)
        _initialise(folder)
        made = Cluster(folder=folder, port=_free_port())
        made.start()
        try:
            yield made
        finally:
            made.stop(signal.SIGQUIT)
    finally:
        shutil.rmtree(folder)


def _initialise(folder: Path) -> None:
    password = folder / "password"
    password.write_text(PASSWORD)
    _own(password)
    run = ("--no-sync", "--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256")
    words = (PROGRAMS / "initdb", "-D", folder / "data", f"--username={USER}", *run)
    _run(*_as_postgres(*words, f"--pwfile={password}"))
    certificate(folder / "data/server.key", folder / "data/server.crt")
    _own(folder / "data/server.key")
    _own(folder / "data/server.crt")


def certificate(key: Path, crt: Path) -> None:
    """Make a key, and a certificate for 127.0.0.1 that it has signed itself."""
    name = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")
    kind = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    _run("openssl", "req", "-x509", *kind, *name, "-keyout", key, "-out", crt)
    key.chmod(0o600)


def _run(*words: str | Path) -> None:
    done = subprocess.run(words, cwd="/", check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr + done.stdout


def _as_postgres(*words: str | Path) -> list[str | Path]:
    """The command as the user postgres where we are root, whom the server refuses."""
    root = ("--reuid=postgres", "--regid=postgres", "--init-groups") if os.geteuid() == 0 else ()
    return ["setpriv", *root, *words]


def _own(path: Path) -> None:
    if os.geteuid() == 0:
        postgres = pwd.getpwnam("postgres")
        os.chown(path, postgres.pw_uid, postgres.pw_gid)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
