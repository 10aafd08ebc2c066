"""A plan in lines, and as JSON."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from acd.app.proposing import Proposal
from acd.cli.apply import listed
from acd.cli.changes import about, as_json, lines, who
from acd.config.difference import Change
from acd.config.entities import Entity, text_of
from acd.db.versions import Version

NOBODY: dict[str, Any] = {
    "waiting": {},
    "on_call": [],
    "logged_in": [],
    "registered": [],
    "calls": {},
}


def piece(section: str, name: str = "", /, **body: Any) -> Entity:
    return Entity(section=section, name=name, body=text_of(body))


def change(old: Entity | None, new: Entity | None) -> Change:
    return Change(before=old, after=new)


def proposal(*changes: Change, **more: Any) -> Proposal:
    return Proposal(**{"base": 3, "changes": changes, "result": "r", "sources": "s"} | more)


SALES = piece("queues", "sales", acw_s=5, agents=["ayse", "cem"])


def told(*changes: Change, **more: Any) -> list[str]:
    """All lines but the first and the last."""
    return list(lines(proposal(*changes, **more), NOBODY))[1:-1]


def test_what_is_added_removed_and_changed_is_told_with_the_keys() -> None:
    new = piece("queues", "sales", acw_s=9, agents=["ayse"])
    assert told(
        change(None, piece("agents", "nur")), change(piece("routes", "9"), None), change(SALES, new)
    ) == [
        "+ agents nur",
        "- routes 9",
        "~ queues sales",
        "    acw_s: 5 -> 9",
        "    agents: [ayse, cem] -> [ayse]",
    ]


def test_a_key_without_name_is_told_with_its_values() -> None:
    new = Entity(section="dead_man_s", body="30")
    old = Entity(section="dead_man_s", body="60")
    assert told(change(old, new)) == ["~ dead_man_s", "    dead_man_s: 60 -> 30"]


def test_a_secret_is_not_told_but_that_it_is_another_one() -> None:
    old = piece("extensions", "1001", password="secret one", number="1001")
    new = piece("extensions", "1001", password="secret two", number="1001")
    assert told(change(old, new)) == [
        "~ extensions 1001",
        "    password: *** -> *** (another one)",
    ]
    assert "secret" not in str(as_json(proposal(change(old, new)), None))


def test_what_waits_for_the_next_start_is_named() -> None:
    http = change(None, Entity(section="http", body='"127.0.0.1:9"'))
    assert told(http) == ["+ http", "from the next start on: http"]
    assert told(http, base=0) == ["+ http"], "there it is the first one"


def test_the_plan_has_a_name_by_which_it_is_applied() -> None:
    some = proposal(change(None, SALES))
    assert list(lines(some, None))[-1] == f"plan {some.digest}: acd apply --plan {some.digest}"
    assert list(lines(proposal(), None)) == ["version 3 is in force", "nothing is to be changed"]
    [_, last] = lines(proposal(texts=b"x"), None)
    assert last.startswith("only comments or the form have changed; plan ")


def test_who_would_notice_is_told() -> None:
    assert list(
        who(
            {
                "waiting": {"sales": 1, "help": 2},
                "on_call": ["ayse"],
                "logged_in": ["baris"],
                "registered": ["1001"],
                "calls": {"carrier": 1},
            }
        )
    ) == [
        "! 1 caller waits in queue sales, which goes: served there until it is empty",
        "! 2 callers wait in queue help, which goes: served there until it is empty",
        "! ayse is on a call, which goes on",
        "! baris is logged in",
        "! a phone is registered as 1001, which goes or changes",
        "! 1 call on trunk carrier, which goes: they go on",
    ]
    assert list(who(None)) == []


def test_the_process_is_asked_about_what_goes_and_who_is_hurt() -> None:
    agent = piece("agents", "ayse", name="A")
    assert about(
        [
            change(SALES, None),
            change(piece("queues", "help", a=1), piece("queues", "help", a=2)),
            change(agent, piece("agents", "ayse", name="B")),
            change(None, piece("extensions", "1002")),
            change(piece("trunks", "carrier"), None),
            change(piece("projects", "x"), None),
        ]
    ) == {"queues": ["sales"], "agents": ["ayse"], "extensions": [], "trunks": ["carrier"]}


def test_as_json_it_is_all_there() -> None:
    some = proposal(change(SALES, None), warnings=("odd",))
    assert as_json(some, NOBODY) == {
        "base": 3,
        "plan": some.digest,
        "changes": [
            {
                "kind": "removed",
                "section": "queues",
                "name": "sales",
                "owner": "files",
                "keys": {"acw_s": [5, None], "agents": [["ayse", "cem"], None]},
            }
        ],
        "at_start": (),
        "affected": NOBODY,
        "warnings": ("odd",),
    }


@pytest.fixture
def in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("in_tokyo")
def test_a_version_is_listed_with_its_time_in_utc_wherever_one_looks() -> None:
    at = datetime(2026, 7, 1, 12, tzinfo=UTC)
    version = Version(version=7, at=at, author="ayse", note="", digest="d", sources="s")
    assert listed(version) == "    7  2026-07-01 12:00:00 UTC  ayse"
