"""`acd user`: accounts, made and ended in the database itself."""

import asyncio
import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from acd.app import passwords
from acd.app.accounts import Accounts
from acd.app.passwords import Passwords
from acd.cli import main
from acd.db import Store
from acd.db.accounts import AccountRows
from acd.distributor.state import KINDS
from acd.http.accounts import NewToken, Session


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    def hasher(**_: int) -> PasswordHasher:
        return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

    monkeypatch.setattr(passwords, "PasswordHasher", hasher)


class Command:
    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, capture: Any) -> None:
        self.url = f"sqlite:///{folder}/acd.db"
        self._config = folder / "acd.yaml"
        self._config.write_text(f"database: {self.url}\n")
        self._patch = patch
        self._capture = capture

    def __call__(self, *words: str, code: int = 0) -> str:
        """What it prints; on stderr where it fails."""
        line = ["acd", "user", *words, "--config", str(self._config)]
        self._patch.setattr("sys.argv", line)
        with pytest.raises(SystemExit) as end:
            main()
        out, err = self._capture.readouterr()
        assert (end.value.code or 0) == code, err
        return str(err if code else out)

    def listed(self) -> dict[str, Any]:
        return {user["username"]: user for user in json.loads(self("list", "--json"))}

    def asks(self, what: str, *words: str) -> Any:
        """What a process on the same database answers."""

        async def ask() -> Any:
            store = await Store.open(self.url, kinds=KINDS)
            hashing = Passwords()
            accounts = Accounts(
                AccountRows(store),
                now=lambda: datetime.now(UTC),
                away=lambda: False,
                passwords=hashing,
            )
            try:
                if what == "session":
                    return await accounts.session(*words)
                return await accounts.log_in(*words, address="", name="")
            finally:
                hashing.close()
                await store.close()

        return asyncio.run(ask())


@pytest.fixture
def acd(
    empty: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Command:
    shutil.copy(empty, tmp_path / "acd.db")
    return Command(tmp_path, monkeypatch, capsys)


def test_a_user_is_made_with_a_one_time_password(acd: Command) -> None:
    told = acd("add", "ayse", "--role", "agent")
    found = re.fullmatch(
        r"ayse may log in with the one-time password (\S+), and must change it\n", told
    )
    assert found
    made: NewToken = acd.asks("log_in", "ayse", found[1])
    assert (made.session.user.role, made.session.user.must_change_password) == ("agent", True)


def test_what_is_made_can_be_had_as_json(acd: Command) -> None:
    told = json.loads(acd("add", "ayse", "--role", "supervisor", "--json"))
    assert {**told, "password": None} == {
        "username": "ayse",
        "role": "supervisor",
        "password": None,
    }
    assert acd.asks("log_in", "ayse", told["password"])


def test_an_initial_password_can_come_from_a_file_and_is_not_told(
    acd: Command, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    file.write_text("battery staple\n")
    told = acd("add", "ayse", "--role", "admin", "--password-file", str(file))
    assert told == "ayse may log in\n"
    assert acd.asks("log_in", "ayse", "battery staple").session.user.must_change_password


def test_a_password_that_will_not_do_makes_nobody(acd: Command, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("short\n")
    told = acd("add", "ayse", "--role", "admin", "--password-file", str(file), code=1)
    assert told == f"acd: no password from {file}: a password has 10 to 200 characters\n"
    missing = acd("add", "ayse", "--role", "admin", "--password-file", f"{file}s", code=1)
    assert "No such file" in missing
    assert acd.listed() == {}


@pytest.mark.parametrize("name", ["Ayse", "9", "a b", "", "(this machine)"])
def test_a_name_that_cannot_be_an_agents_is_refused(acd: Command, name: str) -> None:
    assert "small letters" in acd("add", name, "--role", "agent", code=1)


def test_there_is_one_of_a_name(acd: Command) -> None:
    acd("add", "ayse", "--role", "agent")
    told = acd("add", "ayse", "--role", "admin", code=1)
    assert told == "acd: there is a user ayse already: `acd user list` shows all\n"
    assert acd.listed()["ayse"]["role"] == "agent"


@pytest.mark.parametrize("command", ["password", "remove", "disable", "enable", "token"])
def test_nobody_is_told_of(acd: Command, command: str) -> None:
    told = acd(command, "nobody", code=1)
    assert told == "acd: there is no user nobody: `acd user list` shows all\n"


def test_a_new_password_replaces_the_old_one_and_ends_all_tokens(acd: Command) -> None:
    old = json.loads(acd("add", "ayse", "--role", "agent", "--json"))["password"]
    token = acd.asks("log_in", "ayse", old).secret
    new = json.loads(acd("password", "ayse", "--json"))["password"]
    assert acd.asks("session", token) is None
    with pytest.raises(Exception, match="wrong user or password"):
        acd.asks("log_in", "ayse", old)
    assert acd.asks("log_in", "ayse", new).session.user.must_change_password


@pytest.mark.parametrize("command", ["remove", "disable"])
def test_who_is_removed_or_disabled_is_refused_from_now_on(acd: Command, command: str) -> None:
    password = json.loads(acd("add", "ayse", "--role", "agent", "--json"))["password"]
    token = acd.asks("log_in", "ayse", password).secret
    assert acd.asks("session", token)
    assert "refused from now on" in acd(command, "ayse")
    assert acd.asks("session", token) is None
    with pytest.raises(Exception, match="wrong user or password"):
        acd.asks("log_in", "ayse", password)


def test_who_is_enabled_logs_in_by_the_same_password(acd: Command) -> None:
    password = json.loads(acd("add", "ayse", "--role", "agent", "--json"))["password"]
    acd("disable", "ayse")
    assert acd.listed()["ayse"]["disabled"] is True
    acd("enable", "ayse")
    assert acd.asks("log_in", "ayse", password)


def test_a_program_has_no_password_and_a_token(acd: Command) -> None:
    assert acd("add", "report", "--role", "supervisor", "--no-password") == "report may log in\n"
    secret = acd("token", "report", "--name", "nightly").strip()
    session: Session = acd.asks("session", secret)
    assert (session.user.username, session.user.role) == ("report", "supervisor")
    (token,) = acd.listed()["report"]["tokens"]
    assert (token["name"], token["id"]) == ("nightly", session.token)
    lasts = datetime.fromisoformat(token["expires_at"]) - datetime.now(UTC)
    assert 364 <= lasts.days <= 365


def test_a_token_for_ever(acd: Command) -> None:
    acd("add", "report", "--role", "supervisor", "--no-password")
    told = json.loads(acd("token", "report", "--days", "0", "--json"))
    assert told["expires_at"] is None
    assert acd.asks("session", told["token"])


def test_a_token_that_would_be_refused_is_not_made(acd: Command) -> None:
    acd("add", "ayse", "--role", "agent")
    told = acd("token", "ayse", code=1)
    assert told == "acd: ayse is to change the password: a token would be refused\n"
    acd("disable", "ayse")
    assert "ayse is disabled" in acd("token", "ayse", code=1)


def test_all_are_listed(acd: Command) -> None:
    acd("add", "cem", "--role", "admin", "--no-password")
    acd("add", "ayse", "--role", "agent")
    acd("token", "cem")
    lines = [line.split() for line in acd("list").splitlines()[1:]]
    assert lines == [
        ["ayse", "agent", "to", "change", "the", "password", "never", "0"],
        ["cem", "admin", "ready", "never", "1"],
    ]
