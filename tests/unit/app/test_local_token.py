"""The file with the process's own token."""

import logging
import os
from pathlib import Path

import pytest

from acd.app import local_token
from acd.app.local_token import folder, kept, places


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv(local_token.FOLDER)
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    return tmp_path


def test_it_is_there_meanwhile_and_for_its_owner_alone(home: Path) -> None:
    path = home / ".local/state/acd/8080.token"
    with kept(8080, "secret"):
        assert path.read_text() == "secret"
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
    assert not path.exists()
    assert list(path.parent.iterdir()) == []


def test_what_an_earlier_process_has_left_is_replaced(home: Path) -> None:
    path = home / ".local/state/acd/8080.token"
    path.parent.mkdir(parents=True)
    path.write_text("old")
    path.chmod(0o644)
    with kept(8080, "new"):
        assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o600)


def test_that_of_a_later_process_is_left_alone(home: Path) -> None:
    path = home / ".local/state/acd/8080.token"
    with kept(8080, "ours"):
        path.write_text("theirs")
    assert path.read_text() == "theirs"


def test_systemd_and_the_environment_say_where(home: Path) -> None:
    assert folder({}) == home / ".local/state/acd"
    systemd = {"RUNTIME_DIRECTORY": "/run/acd:/run/more"}
    assert folder(systemd) == Path("/run/acd")
    assert folder({**systemd, local_token.FOLDER: "/elsewhere"}) == Path("/elsewhere")


def test_it_is_looked_for_where_a_service_or_oneself_would_keep_it(home: Path) -> None:
    own, system = home / ".local/state/acd/80.token", Path("/run/acd/80.token")
    assert places(80, {}) == [own, system]
    named = places(80, {local_token.FOLDER: "/elsewhere"})
    assert named == [Path("/elsewhere/80.token"), system, own]


def test_where_it_cannot_be_written_the_process_goes_on_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(local_token.FOLDER, str(tmp_path / "file"))
    with kept(8080, "secret"):
        pass
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "ACD_TOKEN" in record.msg
    assert "secret" not in str(vars(record))
    assert os.listdir(tmp_path) == ["file"]
