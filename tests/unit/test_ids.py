"""Ids are derived, and no two things ever have the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.ids import HOLDING, Channel, ChannelId, NodeId, interaction_id, lane_of, made_id, maker_of

numbers = st.integers(min_value=1, max_value=10**6)
calls = st.tuples(numbers, numbers)
things = st.tuples(numbers, numbers, numbers, numbers)


@given(calls, calls)
def test_two_interactions_never_have_one_id(one: tuple[int, int], other: tuple[int, int]) -> None:
    assert (interaction_id(*one) == interaction_id(*other)) == (one == other)


@given(things, things)
def test_two_things_never_have_one_id_in_any_run(
    one: tuple[int, int, int, int], other: tuple[int, int, int, int]
) -> None:
    ids = [
        made_id(interaction_id(run, call), later_run, n) for run, call, later_run, n in (one, other)
    ]
    assert (ids[0] == ids[1]) == (one == other)


@given(things)
def test_what_is_made_names_the_interaction_it_is_made_for(
    thing: tuple[int, int, int, int],
) -> None:
    run, call, later_run, n = thing
    interaction = interaction_id(run, call)
    assert maker_of(made_id(interaction, later_run, n)) == interaction


def test_an_id_carries_the_run_that_chose_it() -> None:
    assert interaction_id(7, 3) == "7-3"
    assert made_id(interaction_id(7, 3), 8, 12) == "7-3-8.12"


@pytest.mark.parametrize("foreign", [HOLDING, "1763766000.12", "PJSIP/1001-00000001", ""])
def test_what_others_have_made_is_no_interactions(foreign: str) -> None:
    assert maker_of(foreign) not in {interaction_id(run, n) for run in (1, 2) for n in (1, 2)}


def test_an_interaction_has_a_lane_and_each_leg_that_we_make_its_own() -> None:
    interaction = interaction_id(1, 1)
    leg = ChannelId(made_id(interaction, 1, 1))
    assert lane_of(interaction) == interaction
    assert lane_of(leg) == leg


def test_a_channel_is_known_by_its_node_too() -> None:
    assert Channel(NodeId("a"), ChannelId("x")) != Channel(NodeId("b"), ChannelId("x"))
