"""What is deleted although something else needs it: every place that does is told."""

import pytest

from acd.config import File
from acd.config.dependants import NAMING, dependants
from acd.config.schema import keys
from tests.unit.config.texts import SMALL, compiled, told

ROUTE = 'routes: [{number: "900", to: "queue:sales"}]\n'


def test_a_project_that_is_gone_is_missed_by_its_queues_and_people() -> None:
    lines = told(SMALL.replace("projects: [{name: support}]", "projects: []"))
    assert [line.partition(": ")[2] for line in lines] == [
        "agents[0].projects[0]: there is no project support",
        "queues[0].project: there is no project support",
    ]


def test_a_queue_that_is_gone_is_missed_by_what_leads_there() -> None:
    text = SMALL + ROUTE
    gone = "\n".join(line for line in text.splitlines() if not line.startswith("queues:"))
    assert [line.partition(": ")[2] for line in told(gone)] == [
        "routes[0].to: there is no queue sales"
    ]


@pytest.mark.parametrize(
    ("section", "name", "needed_by"),
    [
        ("projects", "support", ["queue sales (project)", "agent ayse (projects)"]),
        ("queues", "sales", ["route 900 (to)", "agent ayse (agents)"]),
        ("agents", "ayse", ["queue sales (agents)"]),
        ("extensions", "1001", ["agent ayse (extension)"]),
        ("nodes", "asterisk", ["extension 1001 (node)"]),
        ("routes", "900", []),
    ],
)
def test_what_needs_an_entry_is_found(section: str, name: str, needed_by: list[str]) -> None:
    file = compiled(SMALL + ROUTE).file
    assert list(map(str, dependants(file, section, name))) == needed_by


def test_a_group_needs_its_queues() -> None:
    text = SMALL + "queue_groups: [{name: centre, queues: [sales]}]\n"
    needed_by = dependants(compiled(text).file, "queues", "sales")
    assert "queue group centre (queues)" in map(str, needed_by)


def test_every_key_that_names_entries_is_declared() -> None:
    declared = {key.path for key in keys()}
    assert {f"{section}.{key}" for section, key, _ in NAMING} <= declared
    assert {used for _, _, used in NAMING} <= set(File.model_fields)
