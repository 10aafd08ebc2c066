"""What must be so: after every input, and when everything has come to rest."""

from collections import Counter
from datetime import datetime

from acd.agents.agent import Agent
from acd.agents.assignment import Assignment, Phase
from acd.calls.leg import Leg, LegState, Role
from acd.distributor import State
from acd.distributor.state import KINDS
from acd.ids import HOLDING, Channel
from acd.queues.kept_place import KeptPlace
from acd.queues.memory import Memory
from acd.queues.offer import Offer
from acd.queues.vacancy import Vacancy
from acd.settings import AgentSettings, QueueSettings
from tests.world import closings, oracle, queued
from tests.world.world import World


def always(world: World) -> None:
    """Nothing is looked at again in the same moment."""
    if world.judged.get("always") != world.moment:
        _always(world)
        world.judged["always"] = world.moment


def _always(world: World) -> None:
    state = world.core.state
    assert oracle.next_match(state) is None, "an entry waits beside an eligible idle agent"
    _offers(state)
    _entries(state)
    _legs(state)
    for agent in state.agents.values():
        _agent(state, agent)
        if agent.look_at is None or agent.look_at > world.now:
            off_hours = oracle.off_hours(state, agent, world.now)
            assert agent.off_hours == off_hours, f"the working hours of {agent.id}"
    due = state.next_deadline()
    if due is None or due > world.now:
        _waits(state, world.now)
    queued.always(state)
    closings.always(world)


def _offers(state: State) -> None:
    offered = Counter(offer.agent for offer in state.offers.values())
    assert not [agent for agent, n in offered.items() if n > 1], "an agent is offered two entries"
    for offer in state.offers.values():
        assert offer.id in state.entries[offer.entry].offers, "an offer without its entry"
        assignment = state.agents[offer.agent].assignment(offer.interaction)
        assert assignment, "an offer of an agent who is not reserved"
        assert assignment.offer == offer.id
        goes_on = offer.attempts or offer.won_by or (offer.again and offer.due)
        assert goes_on, "an offer that nothing will end"
        agent = state.agents[offer.agent]
        if offer.won_by:
            assert _goes_on(state, offer), "a win that nothing will end"
        else:
            assert not agent.pending, f"{agent.id} wants to do something else"
            assert not agent.leaving, f"{agent.id} wants to go"
            assert not agent.off_hours, f"{agent.id} is offered something in off hours"
    for attempt in state.attempts.values():
        assert attempt.channel in state.legs, "an attempt without its leg"
        assert attempt.channel in state.offers[attempt.offer].attempts


def _goes_on(state: State, offer: Offer) -> bool:
    """Whether the winner is there, and something will come of the win in bounded time."""
    entry = state.entries[offer.entry]
    assert offer.won_by in state.legs, "a winner who is gone"
    assert entry.winner == offer.id
    waits = state.legs.get(entry.channel) if entry.channel else None
    if waits and waits.up and offer.whisper is None and offer.silent_until is None:
        assert waits.bridge == entry.bridge, "nobody brings who waits to the winner"
    return bool(offer.due or (waits and waits.due))


def _entries(state: State) -> None:
    for entry in state.entries.values():
        assert set(entry.offers) <= set(state.offers), "an entry with an offer that has ended"
        assert entry.interaction in state.interactions
        assert entry.winner is None or entry.offers == (entry.winner,), "it rings after the win"
        assert len(entry.offers) < 2 or not oracle.asked_for(state, entry), "it rings elsewhere too"
        assert entry.queue in state.settings.queues, "an entry in a queue that is not there"
        held_back = any(exclusion.until is None for exclusion in entry.excluded)
        assert entry.offers or not held_back, "held back for others, and nobody is asked"
        if entry.channel:
            assert entry.channel in state.legs, "an entry of a channel that is gone"
    for interaction in state.interactions.values():
        lives = state.legs_of(interaction.id) or state.entries_of(interaction.id)
        assert lives, "an interaction without leg or entry"


def _waits(state: State, now: datetime) -> None:
    """Each wait has had its effect at its very moment."""
    for entry in state.entries.values():
        effect = oracle.effect_of_wait(state, entry, now)
        assert (entry.stage, entry.lifted) == effect, f"{entry.id} has waited in vain"


def _legs(state: State) -> None:
    for leg in state.legs.values():
        assert leg.interaction in state.interactions, "a leg of nobody"
        if leg.bridge not in (None, HOLDING):
            assert state.owns_bridge(leg.channel.node, leg.bridge), "a leg in a bridge of nobody"
        if leg.up and leg.role is Role.CALLER and leg.bridge == HOLDING:
            assert leg.due, "the dead man's switch is not armed again"
        kinds = [kind for kind, legs in _devices(state, leg) if leg.channel.id in legs]
        if kinds:
            assert (leg.extension is not None) == (kinds == ["extension"]), "on another phone"
        if leg.role is Role.TARGET and leg.state in (LegState.ASKED, LegState.RINGING):
            assert not _is_answered(state, leg), "it rings on, and another phone has the call"
        if leg.state is not LegState.UP and leg.made:
            assert leg.due or leg.channel in state.attempts, "a leg that nothing will end"


def _devices(state: State, leg: Leg) -> list[tuple[str, tuple[str, ...]]]:
    """The devices of the leg's agent, and the legs on each."""
    agent = state.agents.get(leg.agent) if leg.agent else None
    return [(device.kind, device.legs) for device in agent.devices] if agent else []


def _is_answered(state: State, rings: Leg) -> bool:
    others = [leg for leg in state.legs_of(rings.interaction) if leg.role is Role.TARGET]
    return any(leg.up for leg in others)


def _agent(state: State, agent: Agent) -> None:
    assert sum(a.units for a in agent.assignments) <= 100, f"{agent.id} beyond capacity"
    legs = {leg for device in agent.devices for leg in device.legs}
    assert legs == oracle.legs_on_devices(state, agent.id), f"a device of {agent.id} is wrong"
    projects = {state.settings.queues[queue].project for queue in agent.chosen}
    assert projects <= {agent.project}, f"{agent.id} has chosen a queue of another project"
    if not agent.assignments:
        assert not agent.pending, f"{agent.id} is free and does not get the status asked for"
        assert not agent.leaving, f"{agent.id} is free and not let go"
    wraps_up = any(a.phase is Phase.ACW for a in agent.assignments)
    assert wraps_up == (agent.acw_until is not None), f"the after-call work of {agent.id}"
    for assignment in agent.assignments:
        if assignment.phase is not Phase.ACW:
            assert _has_reason(state, agent, assignment), f"{agent.id} is busy with nothing"


def _has_reason(state: State, agent: Agent, assignment: Assignment) -> bool:
    if assignment.phase in (Phase.RESERVED, Phase.DIALLING) and assignment.offer:
        return assignment.offer in state.offers
    legs = state.legs_of(assignment.interaction)
    return any(leg.agent == agent.id and leg.role is not Role.SNOOP for leg in legs)


def indexes(world: World) -> None:
    """To compute them all anew takes long: they are not looked at again in the same moment."""
    if world.judged.get("indexes") != world.moment:
        indexed(world.core.state)
        world.judged["indexes"] = world.moment


def indexed(state: State) -> None:
    """Every index says what the rows say."""
    assert not state.dirty, "the pass has left something"
    assert set(state.lines) == set(state.pools) == set(state.settings.queues)
    for queue in state.settings.queues:
        assert [order[-1] for order in state.lines[queue]] == oracle.line(state, queue), (
            f"the line of {queue}"
        )
        assert sorted(r[-1] for r in state.pools[queue]) == oracle.pool(state, queue), (
            f"the pool of {queue}"
        )
        kept_out = +state.pools[queue].kept_out
        assert kept_out == oracle.kept_out(state, queue), f"who is kept out of {queue}"
    found = state.indexes
    for table, of in ((state.legs, found.legs_of), (state.entries, found.entries_of)):
        assert {k for keys in of.values() for k in keys} == set(table), "a row is not found"
        assert all(table[k].interaction == i for i, keys in of.items() for k in keys)  # type: ignore[index]
    on_phones = {leg.channel for leg in state.legs.values() if leg.extension}
    assert {k for keys in found.legs_on.values() for k in keys} == on_phones, "on no phone"
    agents, queues = state.settings.agents.values(), state.settings.queues.values()
    phones = {(a.node, a.extension): a.agent for a in agents if a.extension}
    assert found.agent_on == phones, "whose phone that is"
    members = Counter((agent, queue.queue) for queue in queues for agent in queue.agents)
    chosen = Counter((agent.id, q) for agent in state.agents.values() for q in agent.chosen)
    ways = {(agent, q): n for agent, of in found.queues_of.items() for q, n in of.items()}
    assert ways == members + chosen, "who is in which queue"
    choosers = {(agent, q): 1 for q, names in found.choosers.items() for agent in names}
    assert choosers == chosen, "who has chosen which queue"
    heap = set(state._deadlines)
    for n, kind in enumerate(KINDS):
        for row in state._tables[kind].values():
            assert row.due is None or (row.due, n, row.key) in heap, f"{row} will not come due"


def at_rest(world: World) -> None:
    """Nothing is on the way any more: belief and Asterisk agree, nothing is left over."""
    always(world)
    indexes(world)
    state, asterisk = world.core.state, world.asterisk
    owned = {leg.channel for leg in state.legs.values()}
    assert set(asterisk.channels) == owned, "a channel without an owner, or the other way round"
    bridges = {b for i in state.interactions.values() for b in i.bridges}
    assert asterisk.bridges - {HOLDING} <= bridges, "a bridge without an owner"
    for leg in state.legs.values():
        assert leg.state is not LegState.ENDING, "a leg that never ends"
        if leg.up:
            on = asterisk.channels[leg.channel]
            assert on.up
            assert on.bridge == leg.bridge, f"{leg.role} is in {on.bridge}, not in {leg.bridge}"
            assert bool(on.music) == (on.bridge == HOLDING), "music in a talk, or a silent wait"
            inbound = on.arrived is not None
            waits = leg.role is Role.CALLER and on.bridge == HOLDING
            assert not inbound or bool(on.dead_man) == waits, "the dead man's switch is wrong"
    for agent in state.agents.values():
        for assignment in agent.assignments:
            if assignment.phase is not Phase.ACW:
                mine = [leg for leg in state.legs_of(assignment.interaction)]
                offer = state.offers.get(assignment.offer) if assignment.offer else None
                rings = offer and offer.again
                has_leg = any(leg.agent == agent.id for leg in mine)
                assert has_leg or rings, f"{agent.id} busy with nothing"
            if assignment.phase is Phase.HELD:
                caller = state.interactions[assignment.interaction].caller_channel
                assert caller
                assert state.legs[caller].bridge == HOLDING, "held, and talking all the same"
    _listeners(state)
    queued.at_rest(world)
    _empty_chairs(world)
    conserved(world)


def _empty_chairs(world: World) -> None:
    """Nobody talks with a phone that has answered by itself and where nobody has been heard; where
    something has failed nobody knows."""
    if world.in_doubt or world.asterisk.crashed:
        return
    for on in world.asterisk.channels.values():
        if on.auto_answer and not on.speaks:
            talks = [c for c in world.asterisk.channels if world.hears(c, on.channel)]
            assert set(talks) <= {on.channel}, "a caller is alone with an empty chair"


def _listeners(state: State) -> None:
    """A supervisor hears through a snoop: neither is of use without the other."""
    snoops = {(leg.interaction, leg.agent) for leg in _up(state, Role.SNOOP)}
    supervisors = {(leg.interaction, leg.agent) for leg in _up(state, Role.SUPERVISOR)}
    assert snoops == supervisors, "one who listens to nobody, or a snoop for nobody"


def _up(state: State, role: Role) -> list[Leg]:
    return [leg for leg in state.legs.values() if leg.role is role and leg.up]


def _may_return(world: World, row: object) -> bool:
    """What is configured may be again, a caller's channel be announced again, and a phone that
    was given up be found with a caller."""
    if isinstance(row, Leg):
        return not row.made or row.channel in world.found_together
    return isinstance(row, Agent | AgentSettings | QueueSettings | Memory | Vacancy | KeptPlace)


def conserved(world: World) -> None:
    """Entered is the sum of the outcomes and of those who wait; each has one outcome."""
    ended = Counter(
        (type(row).__name__, row.key) for row in world.ended if not _may_return(world, row)
    )
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
