"""docs/configuration.md and the schema for editors say what the models say."""

import json
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from acd.config import load
from acd.config.editors import json_schema
from acd.config.schema import Key, keys

ROOT = Path(__file__).parents[3]
SCHEMA = Draft202012Validator(json_schema())


TOOL = str(ROOT / "tools" / "configuration_docs")


def test_the_documents_are_not_stale() -> None:
    checked = subprocess.run(
        [sys.executable, TOOL, "--check"], capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_stale_documents_are_found_and_mended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main = runpy.run_path(TOOL)["main"]
    assert main([str(tmp_path)]) == 0
    manual = tmp_path / "configuration.md"
    right = manual.read_text(encoding="utf-8")
    manual.write_text(right.replace("| `acw_s` |", "| `wrap_up_s` |"), encoding="utf-8")
    (tmp_path / "configuration.schema.json").unlink()
    assert main(["--check", str(tmp_path)]) == 1
    told = capsys.readouterr()
    assert "+| `acw_s` |" in told.out
    assert "configuration.schema.json is stale" in told.err
    assert main([str(tmp_path)]) == 0
    assert manual.read_text(encoding="utf-8") == right


@pytest.mark.parametrize("key", list(keys()), ids=lambda key: str(key.path))
def test_every_key_says_what_it_does(key: Key) -> None:
    description = key.field.description or ""
    assert description.endswith(".")
    assert description[0].isupper()


def test_the_schema_for_editors_is_one() -> None:
    Draft202012Validator.check_schema(json_schema())


def test_the_sample_is_right_and_nothing_in_it_is_hardly_meant() -> None:
    path = ROOT / "config" / "acd.yaml"
    names = sorted(set(re.findall(r"\$\{(\w+)\}", path.read_text(encoding="utf-8"))))
    values = {name: f"w3lmn2kpqz7{place}" for place, name in enumerate(names)}
    values |= {"ARI_URL": "http://127.0.0.1:8088/ari", "SIP_ADDRESS": "127.0.0.1"}
    assert list(load(path, values).warnings) == []


def test_the_sample_is_right_for_editors_and_names_the_schema() -> None:
    path = ROOT / "config" / "acd.yaml"
    text = path.read_text(encoding="utf-8")
    assert list(SCHEMA.iter_errors(yaml.safe_load(text))) == []
    named = text.splitlines()[0].partition("$schema=")[2]
    assert json.loads((path.parent / named).read_text(encoding="utf-8"))["$schema"]


@pytest.mark.parametrize(
    "said",
    [
        {"queues": [{"nam": "sales"}]},
        {"queues": [{"acw_s": "soon"}]},
        {"queues": [{"acw_s": -1}]},
        {"queues": [{"number": 700}]},
        {"queues": [{"number": "seven"}]},
        {"queues": {"name": "sales"}},
        {"agents": [{"ring": "mobil"}]},
        {"extensions": [{"password": 1}]},
        {"colour": "red"},
    ],
)
def test_the_schema_for_editors_knows_what_is_wrong(said: Any) -> None:
    assert list(SCHEMA.iter_errors(said))


@pytest.mark.parametrize(
    "said",
    [
        {"queues": [{"name": "a", "project": "p", "number": "${N}", "acw_s": "${ACW}"}]},
        {"extensions": [{"number": "1001", "password": "${file:/run/secrets/x}"}]},
        {"database": "postgresql://acd:${PASSWORD}@127.0.0.1/acd"},
    ],
)
def test_a_placeholder_may_stand_anywhere_for_editors_too(said: Any) -> None:
    assert list(SCHEMA.iter_errors(said)) == []
