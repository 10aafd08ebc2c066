"""What is shipped for Prometheus and Grafana, and the manual: it speaks of what is told, and of all
that is told."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from acd.http.metrics import Metrics
from acd.http.queue_metrics import BOUNDS_S, GAUGES, Waits
from acd.http.stream import Stream
from acd.http.view import LiveView
from tests.unit.http import rows
from tests.unit.http.rows import NOW, state
from tests.unit.http.sites import PROBES

REPOSITORY = Path(__file__).resolve().parents[3]
DASHBOARD = REPOSITORY / "deploy/grafana/acd.json"
RULES = REPOSITORY / "deploy/prometheus/acd.rules.yml"
MANUAL = REPOSITORY / "docs/metrics.md"
NAME = re.compile(r"\b((?:acd|process|python)_[a-z_]+)")
SUFFIXES = ("_bucket", "_sum", "_count", "_total", "_info", "_created")


@pytest.fixture(scope="module")
def families() -> dict[str, str]:
    """What is told, by name without suffix; the type of each."""
    import asyncio

    async def told() -> bytes:
        tables = state(rows.agent())
        stream = Stream(LiveView(lambda: tables), run=3, now=lambda: NOW)
        metrics = Metrics(stream=stream, probes=PROBES, now=lambda: NOW, version="9")
        return await metrics.text()

    found = text_string_to_metric_families(asyncio.run(told()).decode())
    return {family.name: family.type for family in found}


def base(name: str) -> str:
    return next((name.removesuffix(end) for end in SUFFIXES if name.endswith(end)), name)


def sample_names(families: dict[str, str]) -> set[str]:
    """As they can stand in a query."""
    ends = {
        "counter": ("_total",),
        "histogram": ("_bucket", "_sum", "_count"),
        "info": ("_info",),
        "gauge": ("",),
        "unknown": ("",),
    }
    return {name + end for name, kind in families.items() for end in ends[kind]}


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(RULES.read_text())["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DASHBOARD.read_text())
    return found


def queries() -> Iterator[str]:
    for rule in rules():
        yield rule["expr"]
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", ()):
            yield target["expr"]
    for variable in dashboard()["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["definition"]


def test_what_is_asked_for_is_told(families: dict[str, str]) -> None:
    asked = {name for query in queries() for name in NAME.findall(query)}
    assert asked
    assert asked - sample_names(families) == set()


def test_bounds_that_are_asked_for_are_there() -> None:
    """A bucket that is not there is no error for Prometheus: it is just empty."""
    asked = {bound for query in queries() for bound in re.findall(r'le="([^"]+)"', query)}
    assert asked <= {f"{float(bound)}" for bound in BOUNDS_S}
    assert asked


def test_the_manual_has_every_metric_and_no_other(families: dict[str, str]) -> None:
    told = {name for name in families if name.startswith("acd_")}
    ours = {name for name in told if not name.endswith("_created")}
    described = set(re.findall(r"^\| `(acd_[a-z_]+)", MANUAL.read_text(), re.MULTILINE))
    assert {base(name) for name in described} == {base(name) for name in ours}


def test_the_manual_has_every_alert() -> None:
    text = MANUAL.read_text()
    assert [rule["alert"] for rule in rules() if f"`{rule['alert']}`" not in text] == []


def test_each_alert_says_what_is_wrong_and_what_to_do() -> None:
    for rule in rules():
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
        assert set(rule["annotations"]) == {"summary", "remedy"}
        assert rule["labels"]["severity"] in ("page", "ticket")
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names))


def test_the_panels_of_the_dashboard_stand_side_by_side() -> None:
    panels = dashboard()["panels"]
    ids = [panel["id"] for panel in panels]
    assert len(ids) == len(set(ids))
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert at["x"] + at["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells


@pytest.mark.skipif(shutil.which("promtool") is None, reason="Debian's package prometheus has it")
def test_prometheus_can_read_the_rules() -> None:
    checked = subprocess.run(
        ["promtool", "check", "rules", RULES], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.skipif(shutil.which("promtool") is None, reason="Debian's package prometheus has it")
def test_prometheus_can_read_the_queries_of_the_dashboard(tmp_path: Path) -> None:
    expressions = [
        target["expr"].replace("$queue", ".*")
        for panel in dashboard()["panels"]
        for target in panel.get("targets", ())
    ]
    recorded = [{"record": f"x:{n}", "expr": expr} for n, expr in enumerate(expressions)]
    path = tmp_path / "queries.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "x", "rules": recorded}]}))
    checked = subprocess.run(
        ["promtool", "check", "rules", path], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_names_carry_no_ids(families: dict[str, str]) -> None:
    assert {*GAUGES, Waits.NAME} <= set(families)
    assert all(re.fullmatch(r"[a-z_]+", name) for name in families)
