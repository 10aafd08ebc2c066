"""What holds for every command of `acd`, whatever it does."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from acd.app import logs, passwords
from acd.app.exits import Exit
from acd.cli.commands import COMMANDS, loaded, main

WITHOUT_JSON = {
    "run": "it serves until it is stopped; --log json",
    "worker": "it works until it is stopped; --log json",
    "export": "what it prints is YAML, to be read by `acd` again",
    "user remove": "it has nothing to tell but its end",
    "user disable": "it has nothing to tell but its end",
    "user enable": "it has nothing to tell but its end",
    "db migrate": "it has nothing to tell but its end",
    "db move": "it has nothing to tell but its end",
    "db snapshot": "it has nothing to tell but its end",
    "db prune": "it has nothing to tell but its end",
    "db erase": "it has nothing to tell but its end",
    "db backup": "it has nothing to tell but its end",
    "db restore": "it has nothing to tell but its end",
}
WORDS = {"role": "agent", "kind": "agent"}
"""For what must be given, where not any word will do."""
TELLS_ALL = {
    "check": "it does not look at the database",
    "export": "it does not look at the database",
    "doctor": "it tells that as one thing of many, and ends with 1",
}


def every() -> Iterator[tuple[str, Any]]:
    for name in COMMANDS:
        command = loaded(name)
        for under, each in getattr(command, "commands", {"": command}).items():
            yield f"{name} {under}".strip(), each


ALL = dict(every())
WITH_CONFIG = [name for name, each in ALL.items() if any(p.name == "config" for p in each.params)]
WITH_SERVER = [name for name in ALL if name == "top" or name.startswith("agent ")]
WITH_DATABASE = [
    name for name, each in ALL.items() if any(p.name == "database" for p in each.params)
]

EITHER = {"agent transfer": ["sales"]}
"""What is not demanded because something else may take its place."""


def words(name: str) -> list[str]:
    """The command with all that it demands."""
    line = name.split()
    for each in ALL[name].params:
        if each.required:
            word = WORDS.get(each.name, "ayse")
            line += [word] if each.param_type_name == "argument" else [each.opts[0], word]
    return line + EITHER.get(name, [])


class Command:
    def __init__(self, patch: pytest.MonkeyPatch, capture: Any) -> None:
        self._patch, self._capture = patch, capture

    def __call__(self, *line: str) -> tuple[int, str]:
        """How it ends, and what it says on stderr."""
        self._patch.setattr("sys.argv", ["acd", *line])
        with pytest.raises(SystemExit) as end:
            main()
        return int(end.value.code or 0), self._capture.readouterr().err


@pytest.fixture
def acd(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Command:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ACD_SERVER", "http://127.0.0.1:1")
    # The test's own log is not to be led elsewhere.
    monkeypatch.setattr(logs, "set_up", lambda style: None)
    cheap = partial(PasswordHasher, time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "PasswordHasher", lambda **_: cheap())
    return Command(monkeypatch, capsys)


@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_listed_is_what_the_command_says_of_itself(name: str) -> None:
    said = " ".join(loaded(name).help.split())
    assert said.startswith(COMMANDS[name])


def test_the_help_of_all_waits_for_none_of_them() -> None:
    dear = {"aiohttp", "pydantic", "sqlalchemy", "acd.config", "acd.db", "acd.http"}
    program = f"import sys, acd.cli; print(*{dear} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("name", ALL)
def test_a_command_and_all_its_options_have_help(name: str) -> None:
    assert ALL[name].help
    silent = [each.name for each in ALL[name].params if not getattr(each, "help", None)]
    assert silent == []


def test_what_prints_data_prints_it_as_json_too() -> None:
    without = {
        name
        for name, each in ALL.items()
        if not any("--json" in parameter.opts for parameter in each.params)
    }
    assert without == set(WITHOUT_JSON)


def missing(folder: Path) -> Path:
    return folder / "none.yaml"


def never_ending(folder: Path) -> Path:
    """Which nobody can open, root neither."""
    (folder / "loop.yaml").symlink_to("loop.yaml")
    return folder / "loop.yaml"


def binary(folder: Path) -> Path:
    (folder / "binary.yaml").write_bytes(bytes(range(256)))
    return folder / "binary.yaml"


def empty_folder(folder: Path) -> Path:
    (folder / "empty").mkdir()
    return folder / "empty"


@pytest.mark.parametrize("made", [missing, never_ending, binary, empty_folder])
@pytest.mark.parametrize("name", WITH_CONFIG)
def test_a_configuration_that_cannot_be_read_is_told_in_a_sentence(
    acd: Command, tmp_path: Path, name: str, made: Any
) -> None:
    path = made(tmp_path)
    code, said = acd(*words(name), "--config", str(path))
    assert (code, "Traceback" in said) == (Exit.CONFIGURATION, False), said
    assert said.startswith("acd: ")
    assert path.name in said


def prepare(folder: Path, name: str, url: str, empty: Path) -> None:
    """Write a configuration with that database; and a backup, where the command reads one."""
    node = "{ari_url: 'http://127.0.0.1:1/ari', ari_user: a, ari_password: b, media_address: c}"
    (folder / "acd.yaml").write_text(f"database: {url}\nnodes: [{node}]\n")
    if name == "db restore":
        shutil.copy(empty, folder / words(name)[-1])


@pytest.mark.parametrize("url", ["sqlite:///none/acd.db", "sqlite:////proc/acd.db"])
@pytest.mark.parametrize("name", [each for each in WITH_CONFIG if each not in TELLS_ALL])
def test_a_database_that_cannot_be_had_is_told_in_a_sentence(
    acd: Command, tmp_path: Path, empty: Path, name: str, url: str
) -> None:
    prepare(tmp_path, name, url, empty)
    code, said = acd(*words(name), "--config", "acd.yaml")
    assert (code, "Traceback" in said) == (Exit.DATABASE, False), said
    assert "acd.db" in said


def test_what_looks_after_a_database_may_be_given_another_one() -> None:
    others = {"db migrate", "db move"}
    looks_after = {name for name in ALL if name.startswith("db ")} - others
    assert {*WITH_DATABASE} == looks_after | {"worker", "replay"}


@pytest.mark.parametrize("name", WITH_DATABASE)
def test_another_database_takes_the_place_of_the_configurations(
    acd: Command, tmp_path: Path, empty: Path, name: str
) -> None:
    prepare(tmp_path, name, "sqlite:///here.db", empty)
    line = [*words(name), "--config", "acd.yaml", "--database"]
    code, said = acd(*line, "sqlite:///none/other.db")
    assert (code, "other.db" in said) == (Exit.DATABASE, True), said
    assert not (tmp_path / "here.db").exists()
    code, said = acd(*line, "mysql://here")
    assert (code, "mysql://here" in said) == (Exit.CONFIGURATION, True), said


@pytest.mark.parametrize("name", ["db size", "db snapshot", "replay"])
def test_a_database_that_is_misspelt_is_not_made(acd: Command, tmp_path: Path, name: str) -> None:
    code, said = acd(*words(name), "--database", "sqlite:///other.db")
    assert (code, said.startswith("acd: there is no database")) == (Exit.DATABASE, True), said
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_cannot_be_moved_is_told_in_a_sentence(acd: Command) -> None:
    code, said = acd("db", "move", "sqlite:///none/acd.db", "sqlite:///none/new.db")
    assert (code, said.count("\n")) == (Exit.DATABASE, 1), said
    assert "none/acd.db" in said


@pytest.mark.parametrize("name", WITH_SERVER)
def test_where_no_process_answers_that_is_told(acd: Command, name: str) -> None:
    code, said = acd(*words(name))
    assert (code, said.startswith("acd: ")) == (Exit.FAILED, True), said
    assert "127.0.0.1:1" in said


@pytest.mark.parametrize("name", [*COMMANDS, "nothing"])
def test_what_is_not_an_option_ends_with_2(acd: Command, name: str) -> None:
    assert acd(name, "--no-such-thing")[0] == Exit.CONFIGURATION


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_told_how_to_complete(
    acd: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], shell: str
) -> None:
    monkeypatch.setattr("sys.argv", ["acd", "--show-completion", shell])
    with pytest.raises(SystemExit):
        main()
    assert "_ACD_COMPLETE" in capsys.readouterr().out


def test_the_list_of_commands_has_every_command() -> None:
    text = (Path(__file__).parents[3] / "docs" / "running.md").read_text(encoding="utf-8")
    assert [command for command in COMMANDS if f"acd {command}" not in text] == []
    listed = text.partition("## Commands")[2].partition("\n##")[0]
    agent = getattr(loaded("agent"), "commands", {})
    assert [command for command in agent if command not in listed] == []
