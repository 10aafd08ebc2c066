"""Every row of the leg's table, and every pair that is no row."""

from datetime import UTC, datetime
from itertools import product

import pytest

from acd.calls.leg import Leg, LegMove, LegState, Role
from acd.ids import Channel, ChannelId, InteractionId, NodeId

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
MOVES = {
    ("asked", "ring"): "ringing",
    ("asked", "answer"): "up",
    ("asked", "hang_up"): "ending",
    ("ringing", "answer"): "up",
    ("ringing", "hang_up"): "ending",
    ("up", "hang_up"): "ending",
}


def leg(state: LegState = LegState.ASKED) -> Leg:
    return Leg(
        channel=Channel(NodeId("a"), ChannelId("1-1-1.1")),
        interaction=InteractionId("1-1"),
        role=Role.AGENT,
        state=state,
        asked_at=NOW,
    )


@pytest.mark.parametrize(("state", "move"), list(product(LegState, LegMove)))
def test_a_move_means_something_or_comes_too_late(state: LegState, move: LegMove) -> None:
    moved = leg(state).move(move)
    assert (moved and moved.state) == MOVES.get((state, move))


def test_a_move_changes_nothing_but_the_state() -> None:
    assert leg().move(LegMove.RING) == leg(LegState.RINGING)


def test_only_an_answered_leg_is_up() -> None:
    assert [state for state in LegState if leg(state).up] == [LegState.UP]


def test_a_leg_is_known_by_its_channel() -> None:
    assert leg().key == Channel(NodeId("a"), ChannelId("1-1-1.1"))
