"""What ships beside the program says what the program does."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from acd.app.exits import NEEDS_A_PERSON, Exit

ROOT = Path(__file__).parents[2]
UNITS = sorted((ROOT / "deploy/systemd").glob("*.service"))


def unit(name: str) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(ROOT / "deploy/systemd" / name)
    return parser["Service"]


def test_systemd_does_not_start_again_what_needs_a_person() -> None:
    codes = {int(code) for code in unit("acd.service")["RestartPreventExitStatus"].split()}
    assert codes == NEEDS_A_PERSON


def test_systemd_has_who_was_replaced_stand_by_again() -> None:
    standby = unit("acd-standby.service")
    codes = {int(code) for code in standby["RestartPreventExitStatus"].split()}
    assert codes == NEEDS_A_PERSON - {Exit.REPLACED}
    assert standby["Restart"] == "always"


def test_who_stands_by_differs_from_who_serves_in_nothing_else() -> None:
    serving, standby = dict(unit("acd.service")), dict(unit("acd-standby.service"))
    different = {key for key in {*serving, *standby} if serving.get(key) != standby.get(key)}
    assert different == {"ExecStart", "RestartPreventExitStatus"}
    more = "run --standby --http 127.0.0.1:8081"
    assert standby["ExecStart"] == serving["ExecStart"].replace("run", more)


def test_every_exit_code_is_documented() -> None:
    text = (ROOT / "docs/running.md").read_text()
    table = text.split("## How it ends")[1].split("## ")[0]
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)] == list(Exit)
    for code in NEEDS_A_PERSON:
        assert re.search(rf"not after [\d, and]*\b{code:d}\b", table)


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_understands_the_unit(path: Path, tmp_path: Path) -> None:
    tool = shutil.which("systemd-analyze")
    if tool is None:
        pytest.skip("systemd-analyze is not here: apt-get install systemd")
    # It wants to see the program.
    text = path.read_text().replace("/opt/acd/.venv/bin/acd", "/bin/true")
    (tmp_path / path.name).write_text(text.replace("/etc/acd/environment", "-/etc/none"))
    run = [tool, "verify", "--recursive-errors=no", str(tmp_path / path.name)]
    found = subprocess.run(run, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    assert path.name not in found.stderr, found.stderr
