"""What several files and the database say together; and that all mistakes are told at once."""

from typing import Any

import pytest

from acd.config import compile
from acd.config.file import Queue
from tests.unit.config.texts import ENVIRONMENT, SMALL, compiled, named, told

HEAD, TAIL = SMALL.split("agents:", 1)
TAIL = f"agents:{TAIL}"


def test_a_section_may_be_spread_over_files() -> None:
    more = 'queues: [{name: service, project: support, number: "701", agents: [ayse]}]'
    configuration = compiled(HEAD, TAIL, more)
    assert list(configuration.settings.queues) == ["sales", "service"]
    assert [one.name for one in configuration.sources] == ["a.yaml", "b.yaml", "c.yaml"]


def test_a_mistake_is_in_the_file_and_at_the_place_that_file_counts() -> None:
    more = '# more\nqueues: [{name: service, project: supprt, number: "701"}]'
    assert told(HEAD, TAIL, more) == [
        "c.yaml:2:35: queues[0].project: there is no project supprt; did you mean support?"
    ]


def test_what_two_files_say_names_both() -> None:
    more = 'queues: [{name: sales, project: support, number: "700"}]\nhttp: 127.0.0.1:1\n'
    assert told(SMALL + "http: 127.0.0.1:2\n", more) == [
        "b.yaml:1:17: queues[0].name: there is another queue sales at a.yaml:6:17",
        "b.yaml:1:50: queues[0].number: there is another number 700 at a.yaml:6:50",
        "b.yaml:2:1: http: is also at a.yaml:7:7",
    ]


def test_what_the_database_owns_is_a_part() -> None:
    queue = {"name": "service", "project": "support", "number": "701", "agents": ["ayse"]}
    stored = {"queues": [queue], "agents": []}
    configuration = compile(named([SMALL]), ENVIRONMENT, stored)
    assert list(configuration.settings.queues) == ["sales", "service"]
    assert configuration.stored == stored


@pytest.mark.parametrize(
    ("section", "body", "says"),
    [
        (
            "queues",
            {"name": "b", "project": "support", "number": "1", "acw_s": "soon"},
            "database: queues[b].acw_s: expected a whole number, got 'soon'",
        ),
        (
            "queues",
            {"name": "b", "project": "suport", "number": "1"},
            "database: queues[b].project: there is no project suport; did you mean support?",
        ),
        (
            "queues",
            {"name": "sales", "project": "support", "number": "1"},
            "database: queues[sales].name: there is another queue sales at acd.yaml:6:17",
        ),
        ("queues", {"number": "1", "name": "b"}, "database: queues[b].project: is missing"),
        (
            "queues",
            {"nam": "b"},
            "database: queues[1].nam: there is no such key; did you mean name?",
        ),
        ("extensions", {"number": "1002", "password": "${NO}"}, "database: extensions[1002].passw"),
        ("colours", {"name": "red"}, "database: colours: there is no such key; there are database"),
    ],
)
def test_a_mistake_of_the_database_has_the_entrys_name(
    section: str, body: dict[str, Any], says: str
) -> None:
    lines = told(SMALL, stored={section: [body]})
    assert any(line.startswith(says) for line in lines), lines


def test_what_the_database_owns_cannot_be_bottomless() -> None:
    body: dict[str, Any] = {}
    for _ in range(500):
        body = {"a": body}
    says = "database: lists and mappings nest more than 40 deep"
    assert told(SMALL, stored={"queues": [body]}) == [says]


@pytest.mark.parametrize("body", [None, 1, "x", [], [1], {"name": None}, {1: 2}, {"name": 1.5}])
def test_what_the_database_owns_may_be_nonsense(body: Any) -> None:
    assert all(
        line.startswith("database: queues[") for line in told(SMALL, stored={"queues": [body]})
    )


def test_files_and_database_name_each_other() -> None:
    body = {"username": "ayse", "name": "A", "projects": ["support"], "extension": "1001"}
    lines = told(SMALL, stored={"agents": [body, {**body, "username": "x"}, body]})
    assert "database: agents[ayse].username: there is another agent ayse at acd.yaml:5:21" in lines
    same = "another agent with extension 1001 at acd.yaml:5:50"
    assert f"database: agents[x].extension: there is {same}" in lines


# All at once.


def test_mistakes_between_entries_are_told_beside_those_in_them() -> None:
    text = SMALL.replace("agents: [ayse]", "agents: [ayse, bar], acw_s: soon, zebra: red")
    text = text.replace("name: support", "name: supprt")
    assert told(text) == [
        "acd.yaml:5:69: agents[0].projects[0]: there is no project support; did you mean supprt?",
        "acd.yaml:6:33: queues[0].project: there is no project support; did you mean supprt?",
        "acd.yaml:6:72: queues[0].agents[1]: there is no agent bar",
        "acd.yaml:6:85: queues[0].acw_s: expected a whole number, got 'soon'",
        "acd.yaml:6:91: queues[0].zebra: there is no such key; there are "
        + ", ".join(Queue.model_fields),
    ]


@pytest.mark.parametrize(
    ("old", "new", "places"),
    [
        ('"1001", password', '"1001", passwrd: x, password', ["extensions[0].passwrd"]),
        ("username: ayse, name: Ayşe", "username: ayse, name: 1", ["agents[0].name"]),
        ('extension: "1001"', "extension: [1]", ["agents[0].extension"]),
        ("projects: [support]}", "projects: support}", ["agents[0].projects"]),
        ("media_address: a", "media_address: 1", ["nodes[0].media_address"]),
        ("{name: support}", "{nam: support}", ["projects[0].name", "projects[0].nam"]),
        ('"${PHONE}"', '"${NOT_SET}"', ["extensions[0].password"]),
        ('{number: "1001"', '{number: "${NOT_SET}"', ["extensions[0].number"]),
        ("{name: sales", "{name: '${NOT_SET}'", ["queues[0].name"]),
    ],
)
def test_of_what_cannot_be_read_nothing_else_is_said(old: str, new: str, places: list[str]) -> None:
    assert old in SMALL
    text = SMALL.replace(old, new) + 'routes: [{number: "1", to: queue:sales}]\n'
    assert [line.split(": ")[1] for line in told(text)] == places


def test_the_places_are_right_behind_an_entry_that_cannot_be_read() -> None:
    queues = (
        '[1, {name: b, project: suport, number: "1"}, {name: c, project: support, number: "1"}]'
    )
    assert told(SMALL.partition("queues")[0] + f"queues: {queues}\n") == [
        "acd.yaml:6:10: queues[0]: expected keys with values, got 1",
        "acd.yaml:6:32: queues[1].project: there is no project suport; did you mean support?",
        "acd.yaml:6:90: queues[2].number: there is another number 1 at acd.yaml:6:48",
    ]


def test_with_broken_outbound_routes_nobody_is_told_to_have_one() -> None:
    text = SMALL.replace("username: ayse", 'username: ayse, ring: mobile, mobile: "1"')
    assert told(text + "outbound_routes: [a]\n") == [
        "acd.yaml:7:19: outbound_routes[0]: expected keys with values, got 'a'"
    ]


def test_beside_a_broken_file_the_others_are_not_told_what_is_missing() -> None:
    lines = told(HEAD.replace("name: support", "nam: support"), "agents: [", TAIL)
    assert [line.split(": ")[0] for line in lines] == ["a.yaml:3:13", "b.yaml:2:1"]
    assert told(HEAD, "- a list", TAIL.replace("ayse]", "who]")) == [
        "b.yaml:1:1: expected keys with values, got a list"
    ]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("agents: [ayse]", "acw_s: true", "acw_s: expected a whole number, got true"),
        ("agents: [ayse]", "acw_s: 1.5", "acw_s: expected a whole number, got 1.5"),
        ("agents: [ayse]", "acw_s: 86401", "acw_s: expected a number up to 86400, got 86401"),
        ("agents: [ayse]", "acw_s: 9" + "9" * 99, "acw_s: expected a number up to 86400, got 999"),
        ("agents: [ayse]", "acw_s: ~", "acw_s: expected a whole number, got nothing"),
        ("name: sales", "name: {a: b}", "name: expected text in quotes, got keys with values"),
        ("name: sales", "name: ''", "name: expected some text, got ''"),
        ("name: sales", "name: no", "name: there is"),
        ("name: sales", "name: " + "x" * 101, "name: expected at most 100 characters, got 'xxx"),
        ("name: sales", "name: 2026", "name: expected text in quotes, got 2026"),
        ("name: sales", 'name: "a\\nb"', "name: holds the character U+000A: a value is one line"),
        ("name: sales", 'name: "a\\u202eb"', "name: holds the character U+202E"),
        ("agents: [ayse]", "agents: [ayse, ayse]", "agents[1]: ayse is there twice"),
        (
            "agents: [ayse]",
            "whisper: name+wait",
            "whisper: name+wait needs a name_sound, in which the queue's name is spoken",
        ),
        (
            "agents: [ayse]",
            "whisper: beep",
            "whisper: expected name, name+wait or sound:NAME, got 'beep'",
        ),
    ],
)
def test_a_value_that_cannot_be_is_told(old: str, new: str, says: str) -> None:
    if new == "name: no":
        assert compiled(SMALL.replace(old, new)).file.queues[0].name == "no"
        return
    (line,) = told(SMALL.replace(old, new))
    assert line.split(": ", 1)[1].startswith(f"queues[0].{says}")


def test_of_very_many_mistakes_some_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("acd.config.words.MOST", 10)
    monkeypatch.setattr("acd.config.words.MOST_ITEMS", 20)
    queues = ", ".join(["{nam: x}"] * 50)
    lines = told(SMALL.partition("queues")[0] + f"queues: [{queues}]\n")
    assert lines[0] == (
        "acd.yaml:1:1: there are 200 mistakes: told are those in the first 2 items of each list"
    )
    assert {line.split(": ")[1].partition(".")[0] for line in lines[1:]} == {
        "queues[0]",
        "queues[1]",
    }
    assert len(lines) == 9
    journal = SMALL.partition("queues")[0] + f"journal: {{x: 1}}\nqueues: [{queues}]\n"
    assert told(journal)[0].startswith("acd.yaml:1:1: there are 201 mistakes")


def test_a_mapping_has_not_so_many_keys() -> None:
    (line,) = told("".join(f"k{number}: x\n" for number in range(2000)))
    assert line == "acd.yaml:1001:1: k1000: there are more than 1,000 keys in one mapping"


def test_what_is_very_long_is_told_in_short() -> None:
    lines = told(SMALL.replace("project: support", f"project: {'x' * 1_000_000}"))
    assert lines == [
        f"acd.yaml:6:33: queues[0].project: there is no project {'x' * 77}...",
        "acd.yaml:6:1000059: queues[0].agents[0]: ayse does not belong to the queue's project "
        f"{'x' * 77}...",
    ]
