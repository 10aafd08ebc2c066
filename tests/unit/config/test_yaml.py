"""What YAML is understood, and what is told of the rest."""

import tracemalloc
from pathlib import Path

import pytest
import yaml

from acd.config import BadConfiguration, load
from acd.config.tree import DEPTH, MOST_VALUES, Node, parse, plain
from tests.unit.config.texts import SMALL, compiled, source, told


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("off", "off"),
        ("12", 12),
        ("-3", -3),
        ("+905551112233", 905551112233),
        ("0700", 700),
        ("1.5", 1.5),
        (".5e3", 500.0),
        ("1:30", "1:30"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("1.2.3", "1.2.3"),
        ("2026-01-01", "2026-01-01"),
        ("-", "-"),
        ("9" * 301, float("9" * 301)),
    ],
)
def test_a_plain_word_is_what_yaml_1_2_says(word: str, value: object) -> None:
    assert plain(word) == value
    assert type(plain(word)) is type(value)


def test_a_key_may_come_from_an_alias_and_from_a_merge() -> None:
    text = SMALL + 'routes: [{number: &n "1", to: &t queue:sales}, {number: "2", to: *t}]\n'
    assert [route.to for route in compiled(text).file.routes] == ["queue:sales"] * 2
    text = SMALL.replace("[{name: sales", "[&q {name: sales, acw_s: 7")
    text += "  # below\n"
    text = text.replace("agents: [ayse]}]", 'agents: [ayse]}, {<<: *q, name: b, number: "2"}]')
    queues = compiled(text).file.queues
    assert [(queue.name, queue.number, queue.acw_s) for queue in queues] == [
        ("sales", "700", 7),
        ("b", "2", 7),
    ]


def test_of_several_merged_mappings_the_first_says_it() -> None:
    root = parse(source("a: &a {x: 1}\nb: &b {x: 2, y: 3}\nc: {<<: [*a, *b], z: 4}")).root
    c = root.child("c") if root else None
    assert c is not None
    assert {str(key): node.value for key, node in c.children} == {"z": 4, "x": 1, "y": 3}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: b: c", "acd.yaml:1:5: not YAML: mapping values are not allowed"),
        ("a: [1, 2", "acd.yaml:2:1: not YAML: did not find expected"),
        ("a:\n\t- b", "acd.yaml:2:1: not YAML: a tab cannot stand here: indent by spaces"),
        ("a: '\x07'", "acd.yaml:1:5: not YAML: "),
        ("a: 1\n---\nb: 1", "acd.yaml:2:1: a second document begins here"),
        ("a: !secret b", "acd.yaml:1:4: a: !secret: tags are not used here: leave it out"),
        ("a: !!python/object:os.system {}", "acd.yaml:1:4: a: tag:yaml.org,2002:python/object:os"),
        ("a: !!set {b}", "acd.yaml:1:4: a: tag:yaml.org,2002:set: tags are not used here"),
        ("a: *b", "acd.yaml:1:4: a: *b: there is no &b before it"),
        ("a: &a [1, *a]", "acd.yaml:1:11: a[1]: *a would contain itself"),
        ("? [a]\n: b", "acd.yaml:1:3: a key is a word, not a list or a mapping"),
        ("a: {<<: 1}", "acd.yaml:1:9: a.<<: << takes in a mapping or a list of mappings"),
        ("a: \ue041", "acd.yaml:1:4: no such character is used"),
        ('a: "\\uE041"', "acd.yaml:1:5: no such character is used"),
        ("[" * (DEPTH + 1), f"acd.yaml:1:41: lists and mappings nest more than {DEPTH} deep"),
        ("[1]", "acd.yaml:1:1: expected keys with values, got a list"),
        ("word", "acd.yaml:1:1: expected keys with values, got 'word'"),
        ("# nothing", "acd.yaml: expected keys with values, got nothing"),
        ("", "acd.yaml: expected keys with values, got nothing"),
    ],
)
def test_what_is_no_configuration_is_told_with_its_place(text: str, says: str) -> None:
    (line,) = told(text)
    assert line.startswith(says)


def test_every_key_that_is_there_twice_is_told() -> None:
    text = (
        SMALL.replace("{name: support}", "{name: support, name: support}")
        + "http: x\nhttp: y\nhttp: z\n"
    )
    assert told(text)[:3] == [
        "acd.yaml:3:28: projects[0].name: is there twice, the first time in line 3",
        "acd.yaml:8:1: http: is there twice, the first time in line 7",
        "acd.yaml:9:1: http: is there twice, the first time in line 7",
    ]


def test_a_merged_key_is_not_there_twice() -> None:
    assert parse(source("a: &a {x: 1}\nb: {<<: *a, x: 2}")).mistakes == ()


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"
    for before, name in zip("abcdefghijk", "bcdefghijkl", strict=True)
)
"""A hundred thousand million x."""
MERGES = "a: &a0 {x: 1}\n" + "".join(
    f"b{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 50)}], k{n}: 1}}\n" for n in range(1, 300)
)


@pytest.mark.parametrize("text", [LAUGHS, MERGES], ids=["aliases", "merges"])
def test_a_bomb_of_aliases_costs_no_more_than_its_text(text: str) -> None:
    tracemalloc.start()
    (line,) = told(text)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert f"there are more than {MOST_VALUES:,} values, with what aliases (*name) repeat" in line
    assert peak < 20_000_000


@pytest.mark.parametrize("text", ["[" * 200_000, "{a: " * 200_000, "- " * 200_000, "? " * 200_000])
def test_a_bomb_of_depth_is_not_followed(text: str) -> None:
    (line,) = told(text)
    assert line.endswith(f"lists and mappings nest more than {DEPTH} deep")


def test_too_many_values_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("acd.config.tree.MOST_VALUES", 1000)
    (line,) = told("a: [" + "x," * 1001 + "]")
    assert line == (
        "acd.yaml:1:4: a[1000]: there are more than 1,000 values, with what aliases (*name) repeat"
    )


def test_where_things_stand_is_known_behind_placeholders_and_signs_of_others() -> None:
    root = parse(source("a: {b: ${NAME}, ş: ğ${file:/x}ü, c: 1}")).root
    assert isinstance(root, Node)
    a = root.child("a")
    assert a is not None
    marks = {str(key): (node.mark, node.text) for key, node in a.children}
    assert marks == {
        "b": ((1, 8), "${NAME}"),
        "ş": ((1, 20), "ğ${file:/x}ü"),
        "c": ((1, 37), "1"),
    }


def test_without_libyaml_the_same_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("acd.config.tree.LOADER", yaml.SafeLoader)
    assert compiled(SMALL).settings.queues
    assert told("[" * 2000) == [f"acd.yaml:1:41: lists and mappings nest more than {DEPTH} deep"]
    assert told("a:\n\t- b") == [
        "acd.yaml:2:1: not YAML: a tab cannot stand here: indent by spaces"
    ]


# Files.


def test_a_folder_is_read_as_one_file(tmp_path: Path) -> None:
    head, tail = SMALL.split("queues:")
    (tmp_path / "b.yaml").write_text(f"queues:{tail}", encoding="utf-8")
    (tmp_path / "a.yaml").write_text(head, encoding="utf-8")
    (tmp_path / "c.yaml.old").write_text("nonsense", encoding="utf-8")
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "d.yaml").write_text("nonsense", encoding="utf-8")
    configuration = load(tmp_path, {"ARI": "x", "PHONE": "y"})
    assert [Path(one.name).name for one in configuration.sources] == ["a.yaml", "b.yaml"]
    assert list(configuration.settings.queues) == ["sales"]


def test_a_folder_without_a_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match=r"holds no \*\.yaml"):
        load(tmp_path)


def test_every_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"a: 1\nb: \xff\n")
    (tmp_path / "b.yaml").mkdir()
    (tmp_path / "c.yaml").write_text("# good")
    (tmp_path / "d.yaml").symlink_to(tmp_path / "nowhere")
    with pytest.raises(BadConfiguration) as bad:
        load(tmp_path)
    assert [line.replace(f"{tmp_path}/", "") for line in str(bad.value).splitlines()] == [
        "a.yaml: is not text in UTF-8 (line 2)",
        "b.yaml: is no file",
        "d.yaml: cannot be read: No such file or directory",
    ]


def test_a_file_that_is_too_large_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("acd.config.sources.MOST_BYTES", 1000)
    (tmp_path / "acd.yaml").write_text("#" * 1001)
    with pytest.raises(BadConfiguration, match="is larger than 1,000 bytes"):
        load(tmp_path / "acd.yaml")


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null"])
def test_a_device_is_no_file(path: str) -> None:
    with pytest.raises(BadConfiguration, match=f"^{path}: is no file$"):
        load(Path(path))


def test_a_mark_of_byte_order_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "acd.yaml").write_text("\ufeff" + SMALL, encoding="utf-8")
    assert load(tmp_path / "acd.yaml", {"ARI": "x", "PHONE": "y"}).file.queues
