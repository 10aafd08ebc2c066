"""Facts, requests, effects and views are frozen, keyword-only data, and each is in its union."""

from dataclasses import fields, is_dataclass
from inspect import getmembers, isclass
from types import ModuleType
from typing import get_args

import pytest

from acd import effects, facts, requests, views
from acd.effects import Effect
from acd.facts import Fact
from acd.requests import Refused, Request

MESSAGES = [
    message
    for module in (facts, requests, effects, views)
    for _, message in getmembers(module, isclass)
    if is_dataclass(message) and message.__module__ == module.__name__
]


def of(module: ModuleType) -> set[type]:
    return {message for message in MESSAGES if message.__module__ == module.__name__}


def test_no_message_is_left_out_of_its_union() -> None:
    assert of(facts) == set(get_args(Fact))
    assert of(requests) == set(get_args(Request))
    assert of(effects) == set(get_args(Effect))


@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_is_frozen_and_says_what_each_part_is(message: type) -> None:
    assert message.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert all(field.kw_only for field in fields(message))
    assert "__slots__" in vars(message)


def test_every_effect_names_its_lane() -> None:
    assert all("lane" in {field.name for field in fields(effect)} for effect in get_args(Effect))


def test_a_refusal_says_why() -> None:
    assert str(Refused("ayse is on a call")) == "ayse is on a call"
