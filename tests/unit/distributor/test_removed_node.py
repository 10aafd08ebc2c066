"""A node that is configured no more: its calls are lost to us, and nothing of it stays."""

from collections import Counter

from acd.facts import NodeLost, NodeRemoved
from acd.ids import NodeId
from acd.requests import RequestCallback
from tests.stories.acd import Acd
from tests.unit.distributor.scenes import AYSE, interaction, ringing, talking, tell, waiting
from tests.world.asterisk import NODE

OTHER = NodeId("b")


def removes_the_node(acd: Acd, node: NodeId = NODE) -> Counter[tuple[str, str]]:
    """What the rows have become that have ended by it."""
    changes = acd.world.core.handle(NodeRemoved(node=node), acd.world.now).changes
    ended = [change.row for change in changes if not change.live]
    return Counter((type(row).__name__, str(getattr(row, "outcome", None))) for row in ended)


def nothing_is_left(acd: Acd) -> bool:
    state = acd.world.core.state
    tables = (state.nodes, state.phones, state.interactions, state.legs, state.entries)
    return not any((*tables, state.offers, state.attempts))


def test_who_talks_and_who_waits_is_lost_and_the_agent_free() -> None:
    acd = talking("ayse")
    acd.calls("second")
    ended = removes_the_node(acd)
    assert nothing_is_left(acd)
    assert ended["Interaction", "lost"] == 2
    assert ended["Entry", "abandoned"] == 1
    acd.pass_time(60)
    agent = acd.world.core.state.agents[AYSE]
    assert agent.assignments == ()
    assert not any(device.legs for device in agent.devices)


def test_what_rings_is_withdrawn_and_not_missed() -> None:
    acd = ringing("ayse")
    ended = removes_the_node(acd)
    assert nothing_is_left(acd)
    assert ended["Offer", "withdrawn"] == 1
    assert acd.world.core.state.agents[AYSE].misses == 0


def test_a_callback_that_is_owed_there_is_not_owed_any_more() -> None:
    acd = waiting()
    acd.ask(RequestCallback(interaction=interaction(acd)))
    ended = removes_the_node(acd)
    assert nothing_is_left(acd)
    assert ended["Entry", "abandoned"] == 1


def test_another_nodes_calls_do_not_notice() -> None:
    acd = talking("ayse")
    tell(acd, NodeLost(node=OTHER))
    assert removes_the_node(acd, OTHER) == Counter({("Node", "None"): 1})
    assert acd.world.core.state.phones
    acd.expect(ayse="with first")


def test_a_node_that_nobody_knows_has_nothing_to_lose() -> None:
    acd = talking("ayse")
    assert removes_the_node(acd, OTHER) == Counter()
