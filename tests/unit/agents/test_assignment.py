"""Every row of the agent's table, and every pair that is no row."""

from dataclasses import replace
from itertools import product

import pytest

from acd.agents.assignment import Assignment, IllegalMove, Move, Phase
from acd.ids import AgentId, InteractionId, OfferId

OVER = None
MOVES = {
    ("reserved", "connect"): "talking",
    ("reserved", "dial"): "dialling",
    ("reserved", "release"): OVER,
    ("dialling", "connect"): "talking",
    ("dialling", "release"): OVER,
    ("talking", "hold"): "held",
    ("talking", "wrap_up"): "acw",
    ("talking", "release"): OVER,
    ("held", "resume"): "talking",
    ("held", "wrap_up"): "acw",
    ("held", "release"): OVER,
    ("acw", "release"): OVER,
}
PAIRS = list(product(Phase, Move))
AYSE = AgentId("ayse")


def assignment(phase: Phase = Phase.RESERVED) -> Assignment:
    return Assignment(
        interaction=InteractionId("1-1"), offer=OfferId("1-1-1.1"), phase=phase, acw_s=10
    )


@pytest.mark.parametrize(("phase", "move"), [pair for pair in PAIRS if pair in MOVES])
def test_a_legal_move(phase: Phase, move: Move) -> None:
    moved = assignment(phase).move(move, AYSE)
    to = MOVES[phase, move]
    assert moved == (OVER if to is OVER else assignment(Phase(to)))


@pytest.mark.parametrize(("phase", "move"), [pair for pair in PAIRS if pair not in MOVES])
def test_an_illegal_move_is_a_bug_that_says_whose(phase: Phase, move: Move) -> None:
    with pytest.raises(IllegalMove, match=f"^ayse: {move} in {phase}$"):
        assignment(phase).move(move, AYSE)


def test_a_voice_call_takes_all_of_an_agent_and_begins_with_a_reservation() -> None:
    new = Assignment(interaction=InteractionId("1-1"))
    assert (new.phase, new.units, new.acw_s) == (Phase.RESERVED, 100, 0)


def test_a_call_is_what_an_offer_has_led_to() -> None:
    offered = Assignment(interaction=InteractionId("1-1"), offer=OfferId("1-1-1.1"))
    begun = {phase for phase in Phase if replace(offered, phase=phase).is_call}
    assert begun == {Phase.TALKING, Phase.HELD, Phase.ACW}
    assert not replace(offered, offer=None, phase=Phase.TALKING).is_call
