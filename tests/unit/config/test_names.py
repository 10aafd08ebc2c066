"""Whoever and whatever people speak of has a name."""

import pytest

from acd.config import BadConfiguration, check

NODE = {"ari_url": "http://a/ari", "ari_user": "a", "ari_password": "b", "media_address": "c"}


@pytest.mark.parametrize(
    ("section", "entry", "mistake"),
    [
        ("projects", {}, "projects[0].name: is missing"),
        ("projects", {"name": ""}, "projects[0].name: expected "),
        ("agents", {"username": "ayse", "projects": []}, "agents[0].name: is missing"),
        ("agents", {"username": "ayse", "name": "", "projects": []}, "agents[0].name: expected "),
    ],
)
def test_nothing_goes_without_a_name(section: str, entry: dict[str, object], mistake: str) -> None:
    with pytest.raises(BadConfiguration) as refused:
        check({"nodes": [NODE], section: [entry]}, "acd.yaml")
    assert f"acd.yaml: {mistake}" in str(refused.value)


def test_with_a_name_they_are_there() -> None:
    agent = {"username": "ayse", "name": "Ayşe Kaya", "extension": "1001", "projects": ["support"]}
    file = check(
        {
            "nodes": [NODE],
            "projects": [{"name": "support"}],
            "extensions": [{"number": "1001", "password": "p"}],
            "agents": [agent],
        },
        "acd.yaml",
    ).file
    assert file.projects[0].name == "support"
    assert file.agents[0].name == "Ayşe Kaya"


@pytest.mark.parametrize(
    ("project", "mistake"),
    [
        ({}, "queues[0].project: is missing"),
        ({"project": ["support", "training"]}, "queues[0].project: expected text"),
        ({"project": "suport"}, "queues[0].project: there is no project suport"),
    ],
)
def test_a_queue_is_of_one_project_that_exists(project: dict[str, object], mistake: str) -> None:
    projects = [{"name": "support"}, {"name": "training"}]
    queue = {"name": "sales", "number": "700", **project}
    with pytest.raises(BadConfiguration) as refused:
        check({"nodes": [NODE], "projects": projects, "queues": [queue]}, "acd.yaml")
    assert f"acd.yaml: {mistake}" in str(refused.value)


def test_two_queues_have_two_numbers() -> None:
    queues = [{"name": name, "project": "support", "number": "700"} for name in ("sales", "help")]
    with pytest.raises(BadConfiguration) as refused:
        check({"nodes": [NODE], "projects": [{"name": "support"}], "queues": queues}, "acd.yaml")
    assert "acd.yaml: queues[1].number: " in str(refused.value)
