"""Why an offer was made, for a supervisor."""

from dataclasses import replace
from typing import Any

import pytest

from acd.app.explaining import offer_lines
from acd.app.explaining.offers import RULES
from acd.db.reports import offer_values
from acd.settings import Strategy
from tests.stories.acd import Acd, one_queue
from tests.unit.app.explaining.test_waits import english
from tests.unit.distributor.scenes import at_work, offer, ringing


def told(acd: Acd, **about: Any) -> list[str]:
    values = offer_values(offer(acd)) | about
    return [line.strip() for line in offer_lines(values, "sales")]


def test_the_rule_the_winner_and_who_came_next() -> None:
    acd = ringing("ayse", "baris", "cem")
    assert told(acd) == [
        "offer 1-1-1.2: 1-1, of queue sales, to ayse",
        "the queue asks whoever has been without a call of a queue for longest (longest_idle)",
        "ayse: idle since 2026-01-05 09:00:01.000 UTC",
        "next would have been baris (idle since 2026-01-05 09:00:02.000 UTC)",
        "after that: cem (idle since 2026-01-05 09:00:03.000 UTC)",
        "offered at 09:00:04 UTC, and still open",
        "configuration 1",
    ]


def test_who_was_kept_out_is_counted_by_reason() -> None:
    acd = at_work("ayse", of=one_queue("ayse", "baris", "cem"))
    acd.calls("first")
    assert told(acd)[3:5] == ["nobody else could have been asked", "not asked: 2 logged out"]


def test_skills_and_a_lift_are_told() -> None:
    of = english(2)
    sales = next(iter(of.queues.values()))
    acd = at_work(of=replace(of, queues={sales.queue: replace(sales, starvation_s=20)}))
    acd.calls("first")
    acd.pass_time(30)
    acd.at_work("ayse")
    lines = told(acd)
    assert lines[1].startswith("the caller had waited for longer than the queue's bound")
    assert "asked for at that moment: english 2 or better" in lines


def test_an_offer_that_is_over_says_how_long_it_took() -> None:
    acd = ringing("ayse")
    acd.pass_time(2)
    over = {"ended_at": acd.world.now, "outcome": "caller_left"}
    assert "offered at 09:00:02 UTC, caller left after 2.0 s" in told(acd, **over)


@pytest.mark.parametrize(
    ("strategy", "key", "says"),
    [("taken", ("baris",), "taken by baris"), ("found together", (), "found together")],
)
def test_what_no_strategy_has_decided_has_no_rule(
    strategy: str, key: tuple[str, ...], says: str
) -> None:
    acd = ringing("ayse")
    asked = replace(offer(acd).explanation, strategy=strategy, key=key)
    values = offer_values(replace(offer(acd), explanation=asked))
    lines = offer_lines(values, "sales")
    assert lines[1] == f"  no strategy has decided: {says}"
    assert lines[2].startswith("  offered at")


@pytest.mark.parametrize("strategy", Strategy)
def test_each_strategy_has_its_rule(strategy: Strategy) -> None:
    assert RULES[strategy]
