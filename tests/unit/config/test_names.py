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
