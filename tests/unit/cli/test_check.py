"""`acd check` and `acd export`, as they are typed."""

import json
from pathlib import Path
from typing import Any

import pytest

from acd.app.exits import Exit
from acd.cli import main
from tests.unit.config.texts import ENVIRONMENT, SMALL


@pytest.fixture
def acd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Types a command about a file with this text; its exit code."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def typed(text: str, *words: str) -> int:
        Path("acd.yaml").write_text(text, encoding="utf-8")
        command, *options = words
        monkeypatch.setattr("sys.argv", ["acd", command, "--config", "acd.yaml", *options])
        with pytest.raises(SystemExit) as end:
            main()
        return int(end.value.code or 0)

    return typed


def test_what_is_right_is_counted(acd: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert acd(SMALL, "check") == Exit.DONE
    assert capsys.readouterr().out == "acd.yaml is right: 1 queue, 1 agent, 0 warnings.\n"


def test_warnings_stop_nothing(acd: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert acd(SMALL.replace("agents: [ayse]}]", "agents: []}]"), "check") == Exit.DONE
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("warning: acd.yaml:5:21: agents[0].username: ayse is in no queue")
    assert said[1].startswith("warning: acd.yaml:6:17: queues[0].name: sales has no agents")
    assert said[2] == "acd.yaml is right: 1 queue, 1 agent, 2 warnings."


def test_every_mistake_is_told_and_counted(acd: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert acd(SMALL + "http: 1\ncolour: red\n", "check") == Exit.CONFIGURATION
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines()[:2] == [
        "acd: there are 2 mistakes",
        "acd.yaml:7:7: http: expected text in quotes, got 1",
    ]


def test_json_has_places_in_parts(acd: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert acd(SMALL + "http: 1\n", "check", "--json") == Exit.CONFIGURATION
    assert json.loads(capsys.readouterr().out) == {
        "right": False,
        "mistakes": [
            {
                "file": "acd.yaml",
                "line": 7,
                "column": 7,
                "place": "http",
                "says": "expected text in quotes, got 1",
            }
        ],
        "warnings": [],
    }
    assert acd(SMALL.replace("agents: [ayse]}]", "agents: []}]"), "check", "--json") == Exit.DONE
    told = json.loads(capsys.readouterr().out)
    assert (told["right"], told["mistakes"]) == (True, [])
    assert [warning["line"] for warning in told["warnings"]] == [5, 6]


def test_a_file_that_is_not_there_is_told_in_json_too(
    acd: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert acd("", "check", "--config", "nowhere.yaml", "--json") == Exit.CONFIGURATION
    (mistake,) = json.loads(capsys.readouterr().out)["mistakes"]
    assert (mistake["file"], mistake["line"]) == ("nowhere.yaml", None)


def test_what_is_exported_is_exported_again_as_the_same(
    acd: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert acd("# a comment\n" + SMALL, "export") == Exit.DONE
    exported = capsys.readouterr().out
    assert "comment" not in exported
    assert '"${PHONE}"' in exported
    assert acd(exported, "export") == Exit.DONE
    assert capsys.readouterr().out == exported


def test_what_is_wrong_is_not_exported(acd: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert acd("http: 1", "export") == Exit.CONFIGURATION
    assert capsys.readouterr().out == ""
