"""What is written is read as the same, and written again as the same bytes."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from acd.config import Configuration, check, compile, written
from acd.config.writing import line
from acd.settings import Strategy
from tests.unit.config.texts import ENVIRONMENT, SMALL, compiled, named, source


def again(text: str) -> Configuration:
    return compile([source(text)], ENVIRONMENT)


def test_the_whole_is_written_in_one_way() -> None:
    text = SMALL.replace("name: sales,", "acw_s: 0, priority: -1, name: 'on',  # comment\n   ")
    assert (
        written(compiled(f"http: ${{HTTP}}\n{text}", environment={"HTTP": "127.0.0.1:8080"}))
        == """\
http: "${HTTP}"
nodes:
  - ari_url: "http://127.0.0.1:8088/ari"
    ari_user: acd
    ari_password: "${ARI}"
    media_address: a
projects:
  - name: support
extensions:
  - number: "1001"
    password: "${PHONE}"
agents:
  - username: ayse
    name: "Ayşe"
    extension: "1001"
    projects: [support]
queues:
  - name: "on"
    project: support
    number: "700"
    agents: [ayse]
    priority: -1
"""
    )


def test_what_the_database_owns_is_written_as_well() -> None:
    queue = {"name": "service", "project": "support", "number": "701", "agents": ["ayse"]}
    configuration = compile(named([SMALL]), ENVIRONMENT, {"queues": [queue]})
    assert again(written(configuration)).settings == configuration.settings


def test_an_alias_is_written_out() -> None:
    text = SMALL.replace(
        "agents: [ayse]}]",
        'agents: &a [ayse]}, {name: b, project: support, number: "2", agents: *a}]',
    )
    assert written(compiled(text)).count("agents: [ayse]") == 2


NAMES = some.text(
    some.characters(codec="utf-8", exclude_categories=["C", "Z"]) | some.just(" "),
    min_size=1,
    max_size=12,
) | some.sampled_from(
    [
        "${",
        "$${X}",
        "${}",
        "a: b",
        "- a",
        "#x",
        "null",
        "~",
        "yes",
        "1.5",
        "1e3",
        "'",
        '"',
        "\\",
        "x ",
        " x",
        "\u00a0",
        "\U0001f600",
        "a\u0301",
        "{a}",
        "[",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "`a",
        "<<",
        "=",
        "?",
    ]
)
SKILLS = some.sampled_from(["turkish", "on", "null", "x-1"])
NUMBERS = some.text("0123456789+*#", min_size=1, max_size=9)


def skills(name: str, relaxes: bool) -> list[dict[str, Any]]:
    steps = [{"after_s": 30, "level": 3}, {"after_s": 60, "level": 0}]
    return [{"name": name, "level": 5, **({"relax": steps} if relaxes else {})}]


@some.composite
def configurations(draw: some.DrawFn) -> dict[str, Any]:
    """A configuration that is right, as data; of text as a person would mean it."""
    projects = draw(some.lists(NAMES, min_size=1, max_size=3, unique=True))
    extensions = draw(
        some.lists(some.from_regex(r"[0-9]{2,6}", fullmatch=True), max_size=3, unique=True)
    )
    agents = [
        {
            "username": f"agent{place}",
            "name": draw(NAMES),
            "extension": extension,
            "projects": draw(some.permutations(projects)),
            **draw(
                some.fixed_dictionaries(
                    {},
                    optional={
                        "extension_ring_s": some.integers(1, 600),
                        "skills": some.dictionaries(SKILLS, some.integers(1, 10)),
                    },
                )
            ),
        }
        for place, extension in enumerate(extensions)
    ]
    numbers = draw(some.lists(NUMBERS, max_size=4, unique=True))
    names = draw(some.lists(NAMES, min_size=len(numbers), max_size=len(numbers), unique=True))
    queues = [
        {
            "name": name,
            "number": number,
            "project": draw(some.sampled_from(projects)),
            "agents": draw(some.permutations([agent["username"] for agent in agents])),
            **draw(
                some.fixed_dictionaries(
                    {},
                    optional={
                        "acw_s": some.integers(0, 86_400),
                        "priority": some.integers(-3, 3),
                        "strategy": some.sampled_from(Strategy).map(str),
                        "skills": some.builds(skills, SKILLS, some.booleans()),
                    },
                )
            ),
        }
        for name, number in zip(names, numbers, strict=True)
    ]
    node = {"ari_url": "http://x/ari", "ari_user": draw(NAMES), "ari_password": draw(NAMES)}
    return {
        "nodes": [{**node, "media_address": "127.0.0.1"}],
        "projects": [{"name": name} for name in projects],
        "extensions": [{"number": one, "password": draw(NAMES)} for one in extensions],
        "agents": agents,
        "queues": queues,
        "misses_before_pause": draw(some.integers(0, 5)),
    }


def escaped(said: Any) -> Any:
    """The same, as it must be written for ${ to mean nothing."""
    match said:
        case dict():
            return {key: escaped(value) for key, value in said.items()}
        case list():
            return [escaped(value) for value in said]
        case str():
            return said.replace("${", "$${")
    return said


@given(said=configurations())
@settings(max_examples=40, deadline=None)
def test_what_is_written_is_read_as_the_same_and_written_as_the_same(said: dict[str, Any]) -> None:
    first = check(escaped(said), "x")
    text = written(first)
    second = again(text)
    assert second.file == first.file
    assert second.settings == first.settings
    assert written(second) == text
    assert [queue.name for queue in second.file.queues] == [one["name"] for one in said["queues"]]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("sales", "sales"),
        ("sales 2", "sales 2"),
        ("no", '"no"'),
        ("On", '"On"'),
        ("null", '"null"'),
        ("1001", '"1001"'),
        ("1e3", '"1e3"'),
        ("a: b", '"a: b"'),
        ("a #b", '"a #b"'),
        ("Ayşe", '"Ayşe"'),
        ("a\u2028b\u00a0", '"a\\u2028b\\u00a0"'),
        (True, "true"),
        (None, "null"),
        (-3, "-3"),
        (["a", "1"], '[a, "1"]'),
        ({"a": 1}, "{a: 1}"),
        ([], "[]"),
    ],
)
def test_a_value_in_one_line(value: Any, text: str) -> None:
    assert line(value) == text
