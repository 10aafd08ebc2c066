"""One turn of the core: an input is taken in, rows change, effects come out.

Here is also what every phase of the work needs: making ids, moving legs, ending them.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from acd.agents.agent import Activity, Agent
from acd.agents.assignment import Move
from acd.calls.interaction import Interaction
from acd.calls.leg import Leg, LegMove, Role
from acd.distributor.outgoing import as_written
from acd.distributor.state import State
from acd.effects import (
    ArmDeadMan,
    Effect,
    HangUp,
    Join,
    MakeBridge,
    NoLine,
    Reason,
    Ring,
    StartMusic,
    StopMusic,
)
from acd.ids import (
    HOLDING,
    AgentId,
    BridgeId,
    Channel,
    ChannelId,
    InteractionId,
    Lane,
    QueueName,
    lane_of,
    made_id,
)
from acd.routing.outbound import extension_of, trunk_of
from acd.settings import NOT_RESPONDING, Category

ASK_AGAIN = timedelta(seconds=5)
"""A hang-up that nothing came of is asked for again."""
DEFAULT_MUSIC = "default"
ASTERISKS_OWN_RING_S = 60
"""Asterisk gives up a ringing leg by itself after that, if we are gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    state: State
    now: datetime
    effects: list[Effect] = field(default_factory=list)

    def do(self, effect: Effect) -> None:
        self.effects.append(effect)


def lane(leg: Leg) -> Lane:
    """A leg that we made has its own lane for what concerns it alone."""
    return lane_of(leg.channel.id if leg.made else leg.interaction)


def make(turn: Turn, interaction_id: InteractionId) -> str:
    """A new id for something made for the interaction."""
    interaction = turn.state.interactions[interaction_id]
    turn.state.put(replace(interaction, made=interaction.made + 1))
    return _next_id(turn, interaction)


def _next_id(turn: Turn, interaction: Interaction) -> str:
    return made_id(interaction.id, turn.state.run, interaction.made + 1)


def make_bridge(turn: Turn, interaction_id: InteractionId) -> BridgeId:
    """A new bridge of the interaction, in which people talk."""
    interaction = turn.state.interactions[interaction_id]
    bridge = BridgeId(_next_id(turn, interaction))
    bridges = (*interaction.bridges, bridge)
    turn.state.put(replace(interaction, made=interaction.made + 1, bridges=bridges))
    turn.do(MakeBridge(lane=lane_of(interaction_id), node=interaction.node, bridge=bridge))
    return bridge


# Legs.


def ring(
    turn: Turn,
    interaction: Interaction,
    endpoint: str,
    role: Role,
    agent: AgentId | None,
    due: datetime | None = None,
    *,
    shows: str | None = None,
    name: str | None = None,
    auto_answer: bool = False,
) -> Leg:
    """Ring an endpoint with a new leg; due: when to give up, if nothing else says so; shows: a
    number of ours instead of the caller's; name: of the queue, if not that of the caller."""
    channel = Channel(interaction.node, ChannelId(make(turn, interaction.id)))
    over = trunk_of(endpoint)
    full = turn.state.is_full(over)
    leg = Leg(
        channel=channel,
        interaction=interaction.id,
        role=role,
        agent=agent,
        asked_at=turn.now,
        due=due,
        trunk=None if full else over,
        extension=extension_of(endpoint),
    )
    turn.state.put(leg)
    if full:
        turn.do(NoLine(lane=lane(leg), channel=channel))
        return leg
    shown = interaction.caller if shows is None else shows
    turn.do(
        Ring(
            lane=lane(leg),
            channel=channel,
            endpoint=endpoint,
            caller=as_written(turn.state, shown, over) if over else shown,
            caller_name=name or interaction.queue or "",
            timeout_s=ASTERISKS_OWN_RING_S,
            auto_answer=auto_answer,
        )
    )
    return leg


def hang_up(turn: Turn, leg: Leg, reason: Reason = Reason.NORMAL) -> None:
    """End the leg; it stays ours until Asterisk says that it is gone."""
    ending = leg.move(LegMove.HANG_UP)
    if ending is None:
        return
    turn.state.put(replace(ending, due=turn.now + ASK_AGAIN))
    turn.do(HangUp(lane=lane(leg), channel=leg.channel, reason=reason))


def join(turn: Turn, leg: Leg, bridge: BridgeId) -> None:
    """Move the leg into a bridge in which people talk: no music, and the dead man disarmed."""
    lane = lane_of(leg.interaction)
    if leg.bridge == HOLDING:
        turn.do(StopMusic(lane=lane, channel=leg.channel))
    if leg.bridge != bridge:
        turn.do(Join(lane=lane, channel=leg.channel, bridge=bridge))
    if leg.bridge in (None, HOLDING) and (leg.role is Role.CALLER or not leg.made):
        # Armed by us for one who waited, by the dialplan for one who has come straight here.
        turn.do(ArmDeadMan(lane=lane, channel=leg.channel, seconds=0))
    turn.state.put(replace(leg, bridge=bridge, due=None))


def park(turn: Turn, leg: Leg, queue: QueueName | None) -> None:
    """Let the leg wait, with the queue's music, or the route's where it has none. A caller has the
    dead-man's switch meanwhile."""
    lane = lane_of(leg.interaction)
    settings = turn.state.settings.queues.get(queue) if queue else None
    routes = turn.state.interactions[leg.interaction].music
    music = (settings and settings.music) or routes or DEFAULT_MUSIC
    turn.do(Join(lane=lane, channel=leg.channel, bridge=HOLDING))
    turn.do(StartMusic(lane=lane, channel=leg.channel, music=music))
    turn.state.put(replace(leg, bridge=HOLDING))
    if leg.role is Role.CALLER:
        arm(turn, turn.state.legs[leg.channel])


def arm(turn: Turn, leg: Leg) -> None:
    """Arm the dead-man's switch, and plan to do so again in good time."""
    seconds = turn.state.settings.dead_man_s
    turn.state.put(replace(leg, due=turn.now + timedelta(seconds=seconds) / 3))
    turn.do(ArmDeadMan(lane=lane_of(leg.interaction), channel=leg.channel, seconds=seconds))


def caller_leg(turn: Turn, interaction: Interaction) -> Leg | None:
    """The caller's leg while it lives and is not being ended."""
    if interaction.caller_channel is None:
        return None
    leg = turn.state.legs.get(interaction.caller_channel)
    return leg if leg and leg.move(LegMove.HANG_UP) else None


def parties(turn: Turn, interaction: InteractionId) -> list[Leg]:
    """The agents' legs that are up and placed: those who talk, hold or consult."""
    legs = turn.state.legs_of(interaction)
    return [leg for leg in legs if leg.role is Role.AGENT and leg.up and leg.bridge]


# Agents.


def move_agent(turn: Turn, agent_id: AgentId, interaction: InteractionId, move: Move) -> None:
    """Move the agent's assignment for the interaction, if there is one."""
    agent = turn.state.agents.get(agent_id)
    if agent is None or agent.assignment(interaction) is None:
        return
    agent = agent.move(interaction, move)
    turn.state.put(agent if agent.assignments else settle_status(turn, agent))


def settle_status(turn: Turn, agent: Agent) -> Agent:
    """Give a free agent the status asked for meanwhile, or let the agent go."""
    agent = replace(agent, acw_until=None)
    if agent.leaving:
        return logged_out(agent, turn.now)
    if agent.pending is None:
        return agent
    if agent.pending == agent.status:
        # It goes on: whoever asks for it once more has not begun it anew.
        return replace(agent, pending=None, misses=0)
    missed = agent.misses and agent.pending == NOT_RESPONDING
    agent = replace(
        agent,
        status=agent.pending,
        category=turn.state.settings.statuses[agent.pending].category,
        pending=None,
        since=turn.now,
        misses=0,
        because=f"missed {agent.misses} in a row" if missed else "",
    )
    return agent.did(Activity.STATUS, turn.now)


def logged_out(agent: Agent, now: datetime) -> Agent:
    return replace(
        agent,
        project=None,
        chosen=(),
        off_hours=False,
        override=None,
        look_at=None,
        status=None,
        category=Category.OFFLINE,
        since=now,
        pending=None,
        leaving=False,
        misses=0,
        because="",
    )
