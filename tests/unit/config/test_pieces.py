"""A configuration taken to pieces, compared by them, and put together again."""

import json
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from acd.config import BadConfiguration, Configuration, Source, check, compile
from acd.config.concealing import concealed, concealed_body
from acd.config.difference import (
    Change,
    changes_of,
    changes_text,
    difference,
    keys,
    plan_digest,
    undone,
)
from acd.config.entities import (
    Entity,
    Place,
    digest,
    digest_after,
    document_of,
    entities,
    in_order,
    places,
    text_of,
)
from acd.config.revising import revised
from acd.config.texts import Texts, packed, texts_digest, unpacked
from tests.unit.config.texts import ENVIRONMENT, SMALL, compiled

OWNED = {"name": "service", "project": "support", "number": "701", "agents": ["ayse"]}
TEXT = f"http: 127.0.0.1:9\ndatabase: sqlite:///${{DB}}\n{SMALL}"


def small() -> Configuration:
    return compile([Source(name="acd.yaml", text=SMALL)], ENVIRONMENT, {"queues": [OWNED]})


def piece(section: str, name: str = "", /, **body: Any) -> Entity:
    return Entity(section=section, name=name, body=text_of(body))


SALES = entities(small())["queues", "sales"]


def with_keys(entity: Entity, **more: Any) -> Entity:
    return replace(entity, body=text_of(entity.value | more))


# Pieces.


def test_each_thing_with_a_name_is_a_piece_and_each_other_key() -> None:
    environment = {"DB": "x.db"}
    found = entities(compiled(TEXT, environment=environment))
    assert list(found) == [
        ("http", ""),
        ("nodes", "asterisk"),
        ("projects", "support"),
        ("extensions", "1001"),
        ("agents", "ayse"),
        ("queues", "sales"),
    ]
    assert found["http", ""].value == "127.0.0.1:9"


def test_a_piece_holds_what_stands_for_a_secret() -> None:
    assert entities(small())["extensions", "1001"].value["password"] == "${PHONE}"


def test_what_the_database_owns_is_its_own() -> None:
    owners = {key: piece.owner for key, piece in entities(small()).items()}
    assert owners["queues", "service"] == "database"
    assert owners["queues", "sales"] == "files"


def test_the_place_of_each_piece_of_the_files_is_known() -> None:
    configuration = small()
    found = places(configuration, entities(configuration))
    assert ("queues", "service") not in [(place.section, place.name) for place in found]
    assert found[-1] == Place(section="queues", name="sales", where="acd.yaml:6:10")


def test_pieces_put_together_are_the_same_configuration() -> None:
    configuration = small()
    raw = document_of(entities(configuration).values())
    assert check(raw, "version 1", ENVIRONMENT).settings == configuration.settings


def test_pieces_are_in_the_order_of_the_files_and_then_by_name() -> None:
    new = [piece("queues", "b"), piece("queues", "a"), SALES]
    order = [Place(section="queues", name="sales", where="")]
    assert [one.name for one in in_order(new, order)] == ["sales", "a", "b"]


# Digests.


def test_the_digest_is_the_same_in_any_order_and_another_for_anything_else() -> None:
    several = [piece("queues", "a"), piece("queues", "b"), piece("agents", "a")]
    assert len({digest(order) for order in permutations(several)}) == 1
    others = [
        several[:2],
        [*several[:2], piece("agents", "a", x=1)],
        [*several[:2], replace(several[2], owner="database")],
        [*several[:2], piece("agents", "b")],
    ]
    assert len({digest(one) for one in [several, *others]}) == 5


pieces = some.dictionaries(
    some.tuples(some.sampled_from(["queues", "agents"]), some.text(max_size=3)), some.integers()
).map(
    lambda found: {
        key: Entity(section=key[0], name=key[1], body=str(n)) for key, n in found.items()
    }
)


@given(pieces, pieces)
def test_changes_lead_from_one_to_the_other_and_back(
    old: dict[Any, Entity], new: dict[Any, Entity]
) -> None:
    changes = difference(old, new)
    assert undone(new, changes) == old
    assert undone(old, [change.back for change in changes]) == new
    pairs = [(change.before, change.after) for change in changes]
    assert digest_after(digest(old.values()), pairs) == digest(new.values())
    assert all(change.before != change.after for change in changes)


@given(pieces, pieces)
def test_changes_are_read_as_they_were_written(
    old: dict[Any, Entity], new: dict[Any, Entity]
) -> None:
    changes = difference(old, new)
    assert changes_of(json.loads(changes_text(changes))) == changes


def test_a_plan_has_another_name_for_another_base_change_or_file() -> None:
    change = Change(before=SALES, after=with_keys(SALES, acw_s=1))
    other = Change(before=SALES, after=with_keys(SALES, acw_s=2))
    names = {
        plan_digest(1, [change], "a"),
        plan_digest(2, [change], "a"),
        plan_digest(1, [change], "b"),
        plan_digest(1, [other], "a"),
    }
    assert len(names) == 4
    assert plan_digest(1, [change], "a") in names


# What has changed.


def test_of_a_changed_piece_the_keys_are_told_old_and_new() -> None:
    change = Change(before=SALES, after=with_keys(SALES, acw_s=5, agents=[]))
    assert change.kind == "changed"
    assert list(keys(change)) == [("agents", ["ayse"], []), ("acw_s", None, 5)]


def test_of_a_new_and_of_a_removed_piece_all_keys_are_told() -> None:
    new, gone = Change(before=None, after=SALES), Change(before=SALES, after=None)
    assert (new.kind, gone.kind) == ("added", "removed")
    assert ("number", None, "700") in list(keys(new))
    assert ("number", "700", None) in list(keys(gone))


def test_of_a_key_without_name_its_value_is_told() -> None:
    before, after = Entity(section="dead_man_s", body="60"), Entity(section="dead_man_s", body="30")
    assert list(keys(Change(before=before, after=after))) == [("dead_man_s", 60, 30)]


def test_nobody_is_shown_a_secret() -> None:
    assert concealed("extensions", "password", "geheim") == "***"
    assert concealed("extensions", "password", "${PHONE}") == "${PHONE}"
    assert concealed("extensions", "password", None) is None
    assert concealed("extensions", "number", "1001") == "1001"
    assert concealed("dead_man_s", "dead_man_s", 30) == 30
    assert concealed_body("nodes", {"ari_password": "x", "ari_user": "y"}) == {
        "ari_password": "***",
        "ari_user": "y",
    }


# Texts.


def test_texts_are_unpacked_as_they_were_packed() -> None:
    files = (Source(name="a.yaml", text="agents: []  # Ayşe\n"),)
    texts = Texts(files=files, places=(Place(section="queues", name="ş", where="a.yaml:1:1"),))
    again = unpacked(packed(texts))
    assert again == texts
    assert again.where("queues", "ş") == "a.yaml:1:1"
    assert again.where("queues", "x") is None


@pytest.mark.parametrize("body", [b"", b"no", packed(Texts())[:-3]])
def test_texts_that_cannot_be_read_are_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        unpacked(body)


def test_the_digest_of_files_hangs_on_their_names_and_texts_not_on_their_folder() -> None:
    one = [Source(name="config/a.yaml", text="x")]
    assert texts_digest(one) == texts_digest([Source(name="/etc/a.yaml", text="x")])
    assert texts_digest(one) != texts_digest([Source(name="b.yaml", text="x")])
    assert texts_digest(one) != texts_digest([Source(name="a.yaml", text="y")])


# Some pieces changed in a configuration that is in force.


def changed(*changes: Change) -> Configuration:
    return revised(small(), changes, ENVIRONMENT, 7)


def refused(*changes: Change) -> str:
    with pytest.raises(BadConfiguration) as bad:
        changed(*changes)
    return str(bad.value)


def test_a_changed_piece_takes_the_place_of_the_old_one() -> None:
    now = changed(Change(before=SALES, after=with_keys(SALES, acw_s=9)))
    assert [queue.name for queue in now.file.queues] == ["sales", "service"]
    assert [queue.acw_s for queue in now.settings.queues.values()] == [9, 0]
    assert now.settings.version == 7


def test_a_new_piece_comes_last_and_a_removed_one_goes() -> None:
    new = piece("queues", "new", name="new", project="support", number="702")
    now = changed(Change(before=SALES, after=None), Change(before=None, after=new))
    assert [queue.name for queue in now.file.queues] == ["service", "new"]
    assert "700" not in now.settings.routes


def test_a_key_without_name_is_changed_and_goes_back_to_what_holds_anyway() -> None:
    now = changed(Change(before=None, after=Entity(section="misses_before_pause", body="0")))
    assert now.settings.misses_before_pause == 0
    back = Change(before=Entity(section="misses_before_pause", body="0"), after=None)
    assert revised(now, [back], ENVIRONMENT, 8).settings.misses_before_pause == 3


def test_what_stands_for_a_secret_is_filled_in() -> None:
    phone = piece("extensions", "1002", number="1002", password="${PHONE}")
    now = changed(Change(before=None, after=phone))
    assert now.file.extensions[-1].password.get_secret_value() == ENVIRONMENT["PHONE"]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"acw_s": -1}, "database: queues[sales].acw_s: expected a number from 0 on, got -1"),
        ({"odd": 1}, "database: queues[sales].odd: there is no such key"),
        ({"agents": ["ayşe"]}, "database: queues[sales].agents[0]: there is no agent ayşe"),
        ({"number": "701"}, "queues[service].number: there is another number 701"),
        ({"music": "${NOPE}"}, "queues[sales].music: the environment variable NOPE is not set"),
    ],
)
def test_a_mistake_in_a_piece_is_told_by_its_name(more: dict[str, Any], says: str) -> None:
    assert says in refused(Change(before=SALES, after=with_keys(SALES, **more)))


def test_who_is_still_named_cannot_go() -> None:
    ayse = entities(small())["agents", "ayse"]
    told = refused(Change(before=ayse, after=None))
    assert "database: queues[sales].agents[0]: there is no agent ayse" in told
    assert len(told.splitlines()) == 2


@pytest.mark.parametrize("section", ["nonsense", "database"])
def test_no_other_section_can_be_changed(section: str) -> None:
    told = refused(Change(before=None, after=Entity(section=section, body='"x"')))
    assert told == f"there is no section {section}"


@pytest.mark.parametrize(
    "wrong",
    [
        replace(SALES, name="other"),
        replace(SALES, name=""),
        Entity(section="http", name="x", body='"127.0.0.1:9"'),
    ],
)
def test_a_piece_has_the_name_that_it_says(wrong: Entity) -> None:
    assert wrong.section in refused(Change(before=None, after=wrong))
    if wrong.name != "other":
        assert "is no name there" in refused(Change(before=wrong, after=None))


def test_some_pieces_of_a_section_may_come_while_others_go() -> None:
    new = piece("queues", "new", name="new", project="support", number="702")
    night = piece("queues", "night", name="night", project="support", number="703")
    changes = [Change(before=None, after=new), Change(before=SALES, after=None)]
    now = changed(*changes, Change(before=None, after=night))
    assert [queue.name for queue in now.file.queues] == ["service", "new", "night"]


@pytest.mark.parametrize(
    "told",
    [
        [[None, None]],
        [[["queues", "a", "nobody", "{}"], None]],
        [[[1, "a", "files", "{}"], None]],
        [[["queues", "a", "files", "no JSON"], None]],
        [[["queues"], None]],
    ],
)
def test_what_says_no_change_is_refused(told: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        changes_of(told)
