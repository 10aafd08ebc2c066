"""What every phase of the work needs: legs end once, a free agent gets the status asked for."""

from dataclasses import replace

import pytest

from acd.agents.assignment import Assignment, Move, Phase
from acd.distributor.turn import Turn, hang_up, make, move_agent
from acd.effects import HangUp, Reason
from acd.ids import AgentId, InteractionId
from acd.requests import FinishAcw
from tests.stories.acd import Acd
from tests.unit.distributor.scenes import AYSE, ZEKI, interaction, leg, picture, talking


def turn(acd: Acd) -> Turn:
    return Turn(state=acd.world.core.state, now=acd.world.now)


def test_what_is_made_for_an_interaction_is_numbered() -> None:
    acd = talking()
    now, owner = turn(acd), interaction(acd)
    made = acd.world.core.state.interactions[owner].made
    assert [make(now, owner), make(now, owner)] == [f"1-1-1.{made + 1}", f"1-1-1.{made + 2}"]


def test_a_leg_that_is_being_ended_is_not_ended_again() -> None:
    acd = talking()
    now = turn(acd)
    hang_up(now, leg(acd, "agent"), Reason.BUSY)
    ending = leg(acd, "agent")
    hang_up(now, ending)
    assert now.effects == [
        HangUp(lane=ending.channel.id, channel=ending.channel, reason=Reason.BUSY)  # type: ignore[arg-type]
    ]
    assert leg(acd, "agent") == ending


@pytest.mark.parametrize(
    ("agent", "call"), [(ZEKI, InteractionId("1-1")), (AYSE, InteractionId("1-9"))]
)
def test_who_has_nothing_to_do_with_a_call_is_not_moved_by_it(
    agent: AgentId, call: InteractionId
) -> None:
    acd = talking()
    before = picture(acd)
    move_agent(turn(acd), agent, call, Move.RELEASE)
    assert picture(acd) == before


def test_after_call_work_ends_without_touching_what_else_the_agent_does() -> None:
    """Text takes few units, and may go on beside it."""
    acd = talking()
    acd.caller_hangs_up("first")
    state = acd.world.core.state
    [acw] = state.agents[AYSE].assignments
    text = Assignment(interaction=InteractionId("1-7"), phase=Phase.TALKING, units=20)
    state.put(replace(state.agents[AYSE], assignments=(acw, text)))
    acd.world.core.request(FinishAcw(agent=AYSE), acd.world.now)
    assert state.agents[AYSE].assignments == (text,)
