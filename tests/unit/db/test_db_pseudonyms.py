"""Putting a pseudonym in a person's place: everywhere, nowhere else, and in the same order."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acd.db.pseudonyms import Person, digest, for_agent, for_caller

SALT = b"salt"
CALLER = Person(kind="caller", id="+4989700", pseudonym="erased+x", numbers=frozenset({"+4989700"}))
AGENT = Person(kind="agent", id="sales", pseudonym="s+x", numbers=frozenset({"+90555"}))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            {"number": "700", "caller": "+4989700", "caller_name": "Ada"},
            {"number": "700", "caller": "erased+x", "caller_name": "erased+x"},
        ),
        (
            {"lane": "1-1", "caller": "+4989700", "caller_name": "sales"},
            {"lane": "1-1", "caller": "erased+x", "caller_name": "sales"},
        ),
        ({"endpoint": "PJSIP/+4989700@carrier"}, {"endpoint": "PJSIP/erased+x@carrier"}),
        ({"endpoint": "PJSIP/+49897001@carrier"}, None),
        ({"endpoint": "PJSIP/+4989700", "channel": ["a", "4989700.1"], "timeout_s": 60}, None),
        ({"caller": "+49897001", "caller_name": "Bob"}, None),
        ({"reason": "no route to +4989700."}, {"reason": "no route to erased+x."}),
        ({"reason": "no route to 1+4989700 or +49897001"}, None),
        ([["Ring", {"caller": "+4989700"}]], [["Ring", {"caller": "erased+x"}]]),
    ],
)
def test_a_caller_is_replaced_where_the_number_is_the_callers(before: Any, after: Any) -> None:
    assert CALLER.value(before) == (before if after is None else after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"agent": "sales", "queue": "sales"}, {"agent": "s+x", "queue": "sales"}),
        ({"supervisor": "sales", "agent": "b"}, {"supervisor": "s+x", "agent": "b"}),
        ({"runners_up": ["a", "sales"]}, {"runners_up": ["a", "s+x"]}),
        ({"excluded": [{"agent": "sales"}]}, {"excluded": [{"agent": "s+x"}]}),
        ({"key": ["1 place after sales, last"]}, {"key": ["1 place after s+x, last"]}),
        ({"runners_up_keys": [["sales"], ["b"]]}, {"runners_up_keys": [["s+x"], ["b"]]}),
        ({"last": [[0, "sales"], [1, "b"]]}, {"last": [[0, "s+x"], [1, "b"]]}),
        ({"detail": "sales.b and sales. sales"}, {"detail": "sales.b and s+x. s+x"}),
        (
            {"agent": "sales", "name": "S. Ales", "mobile": "+90555", "projects": []},
            {"agent": "s+x", "name": "s+x", "mobile": "s+x", "projects": []},
        ),
        ({"endpoint": "PJSIP/+90555@carrier"}, {"endpoint": "PJSIP/s+x@carrier"}),
        (
            {"detail": "sales is on a call, sales-2 is not"},
            {"detail": "s+x is on a call, sales-2 is not"},
        ),
    ],
)
def test_an_agent_is_replaced_but_not_what_has_the_same_name(before: Any, after: Any) -> None:
    assert AGENT.value(before) == after


def test_the_row_of_an_agent_has_its_own_id_for_a_name() -> None:
    assert AGENT.row("Agent", {"id": "sales"}) == {"id": "s+x"}
    assert AGENT.row("Interaction", {"id": "sales"}) == {"id": "sales"}
    assert CALLER.row("Agent", {"id": "ayse"}) == {"id": "ayse"}


NAMES = st.from_regex(r"[a-c][ab.-]{0,3}", fullmatch=True)


@settings(max_examples=40, deadline=None)
@given(st.sets(NAMES, min_size=1), st.data())
def test_an_agents_pseudonym_has_the_place_of_the_name(names: set[str], data: Any) -> None:
    """Also if others have got theirs before."""
    others = sorted(names)
    for _ in range(3):
        name = data.draw(st.sampled_from(others))
        made = for_agent(SALT + str(len(others)).encode(), name, others)
        renamed = [made if other == name else other for other in others]
        assert renamed == sorted(renamed)
        assert len(set(renamed)) == len(others)
        assert not made.startswith(f"{name}+")
        others = renamed


def test_an_agents_pseudonym_tells_no_more_of_the_name_than_it_must() -> None:
    end = f"+{digest(SALT, 'baris')}"
    assert for_agent(SALT, "baris", ["ayse", "baris", "cem"]) == f"b{end}"
    assert for_agent(SALT, "baris", ["baris"]) == end
    assert for_agent(SALT, "ab", ["aa", "ab", "ac"]) == f"aa+{digest(SALT, 'ab')}"


def test_a_pseudonym_is_the_same_for_the_same_salt_only() -> None:
    assert for_caller(SALT, "+49") == for_caller(SALT, "+49") != for_caller(b"other", "+49")
    assert "49" not in for_caller(SALT, "+49897000001").partition("+")[0]


def test_a_quick_look_misses_nobody() -> None:
    assert AGENT.is_in(json.dumps({"mobile": "+90555"}))
    assert not AGENT.is_in(json.dumps({"mobile": "+90556"}))
