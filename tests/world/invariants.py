"""What must be so: after every input, and when everything has come to rest."""

from collections import Counter

from acd.agents.assignment import Phase
from acd.calls.leg import Leg, LegState
from acd.distributor.matching import idle_beside_waiting
from acd.ids import HOLDING, Channel
from tests.world.world import World


def always(world: World) -> None:
    state = world.core.state
    assert not list(idle_beside_waiting(state)), "an entry waits beside an eligible idle agent"
    for agent in state.agents.values():
        assert sum(a.units for a in agent.assignments) <= 100, f"{agent.id} beyond capacity"
    offered = Counter(offer.agent for offer in state.offers.values())
    assert not [agent for agent, n in offered.items() if n > 1], "an agent is offered two entries"
    for offer in state.offers.values():
        assert offer.id in state.entries[offer.entry].offers, "an offer without its entry"
        assignment = state.agents[offer.agent].assignment(offer.interaction)
        assert assignment, "an offer of an agent who is not reserved"
        assert assignment.offer == offer.id
    for entry in state.entries.values():
        assert set(entry.offers) <= set(state.offers), "an entry with an offer that has ended"
        assert entry.interaction in state.interactions
    for agent in state.agents.values():
        for assignment in agent.assignments:
            if assignment.phase in (Phase.RESERVED, Phase.DIALLING) and assignment.offer:
                assert assignment.offer in state.offers, f"{agent.id} reserved for nothing"


def at_rest(world: World) -> None:
    """Nothing is on the way any more: belief and Asterisk agree, nothing is left over."""
    always(world)
    state, asterisk = world.core.state, world.asterisk
    owned = {leg.channel for leg in state.legs.values()}
    assert set(asterisk.channels) == owned, "a channel without an owner, or the other way round"
    bridges = {b for i in state.interactions.values() for b in i.bridges}
    assert asterisk.bridges - {HOLDING} <= bridges, "a bridge without an owner"
    for leg in state.legs.values():
        assert leg.state is not LegState.ENDING, "a leg that never ends"
        if leg.up:
            on = asterisk.channels[leg.channel]
            assert on.bridge == leg.bridge, f"{leg.role} is in {on.bridge}, not in {leg.bridge}"
            assert bool(on.music) == (on.bridge == HOLDING), "music in a talk, or a silent wait"
            inbound = on.arrived is not None
            waits = inbound and on.bridge == HOLDING
            assert not inbound or bool(on.dead_man) == waits, "the dead man's switch is wrong"
    for agent in state.agents.values():
        legs = [leg for device in agent.devices for leg in device.legs]
        assert set(legs) <= {channel.id for channel in owned}, f"a stuck device of {agent.id}"
        for assignment in agent.assignments:
            if assignment.phase is not Phase.ACW:
                mine = [leg for leg in state.legs_of(assignment.interaction)]
                assert any(leg.agent == agent.id for leg in mine), f"{agent.id} busy with nothing"
    conserved(world)


def conserved(world: World) -> None:
    """Entered is the sum of the outcomes and of those who wait; each has one outcome."""
    ended = Counter((type(row).__name__, row.key) for row in world.ended)
    assert not [key for key, n in ended.items() if n > 1], "a row has ended twice"
    live = set(world.kept)
    assert not live & set(ended), "a row has ended and lives"
    for row in world.ended:
        if hasattr(row, "outcome"):
            assert row.outcome is not None, f"{row} has ended without an outcome"


# What no crash may touch.


def waiting_callers(world: World) -> set[Channel]:
    """The callers who wait, or have just arrived, and are still on the line."""
    legs = world.core.state.legs
    ending = {leg.channel for leg in legs.values() if leg.state is LegState.ENDING}
    waiting = {e.channel for e in world.core.state.entries.values() if e.channel and not e.winner}
    known = {c.channel for c in world.asterisk.channels.values() if c.arrived}
    unknown = known - set(legs)
    return (unknown | (known & waiting)) - ending


def kept_talks(world: World) -> set[frozenset[Channel]]:
    """Who hears whom, of the legs whose beginning was kept."""
    kept = [row for row in world.kept.values() if isinstance(row, Leg)]
    talkers = [leg.channel for leg in kept if leg.state is not LegState.ENDING]
    return {
        frozenset((one, other))
        for one in talkers
        for other in talkers
        if one < other and world.hears(one, other) and one in world.core.state.legs
    }
