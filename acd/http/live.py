"""Drawing: the pictures of single nodes, entries and agents, from the live rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from acd.agents.agent import Agent
from acd.agents.assignment import Phase
from acd.agents.attempt import Attempt
from acd.agents.device import Device, Phone
from acd.agents.hindrances import hindrances
from acd.calls.interaction import Interaction
from acd.calls.leg import Leg
from acd.http.pictures import (
    AgentInFull,
    AgentPicture,
    CallPicture,
    DevicePicture,
    EntryPicture,
    ExtensionPicture,
    HindrancePicture,
    NodePicture,
    OfferPicture,
    QueueOfAgent,
    TrunkPicture,
)
from acd.ids import (
    AgentId,
    Channel,
    EntryId,
    ExtensionNumber,
    InteractionId,
    NodeId,
    OfferId,
    QueueName,
    TrunkName,
)
from acd.queues.entry import Entry
from acd.queues.offer import Offer
from acd.settings import AVAILABLE, Settings


class Node(Protocol):
    """One Asterisk."""

    @property
    def id(self) -> NodeId: ...
    @property
    def up(self) -> bool: ...
    @property
    def started(self) -> str: ...
    @property
    def trunks_down(self) -> tuple[TrunkName, ...]: ...


class Tables(Protocol):
    """The live rows a picture is made of."""

    @property
    def settings(self) -> Settings: ...
    @property
    def nodes(self) -> Mapping[NodeId, Node]: ...
    @property
    def interactions(self) -> Mapping[InteractionId, Interaction]: ...
    @property
    def legs(self) -> Mapping[Channel, Leg]: ...
    @property
    def entries(self) -> Mapping[EntryId, Entry]: ...
    @property
    def offers(self) -> Mapping[OfferId, Offer]: ...
    @property
    def attempts(self) -> Mapping[Channel, Attempt]: ...
    @property
    def agents(self) -> Mapping[AgentId, Agent]: ...
    @property
    def phones(self) -> Mapping[tuple[NodeId, ExtensionNumber], Phone]: ...
    def owner_of(self, node: NodeId, extension: ExtensionNumber) -> AgentId | None: ...
    def legs_on(self, node: NodeId, extension: ExtensionNumber) -> Sequence[Leg]: ...
    def queues_of(self, agent: AgentId) -> Sequence[QueueName]: ...
    def calls_on(self, trunk: TrunkName) -> int: ...
    def entries_of(self, interaction: InteractionId) -> Sequence[Entry]: ...


def moment(at: datetime) -> str:
    """As it is written in a picture."""
    return at.isoformat(timespec="milliseconds")


# Nodes.


def node(tables: Tables, row: Node, calls: int) -> NodePicture:
    return NodePicture(
        node=row.id,
        up=row.up,
        started=row.started,
        calls=calls,
        trunks=[
            TrunkPicture(
                trunk=trunk.trunk,
                up=trunk.trunk not in row.trunks_down,
                calls=tables.calls_on(trunk.trunk),
                max_calls=trunk.max_calls,
            )
            for trunk in tables.settings.trunks.values()
            if trunk.node == row.id
        ],
    )


# Entries.


def entry(tables: Tables, row: Entry) -> EntryPicture:
    interaction = tables.interactions.get(row.interaction)
    queue = tables.settings.queues.get(row.queue)
    return EntryPicture(
        entry=row.id,
        interaction=row.interaction,
        queue=row.queue,
        project=queue.project if queue else None,
        kind=row.kind,
        caller=interaction.caller if interaction else "",
        priority=row.priority,
        order_since=row.order_since.isoformat(timespec="microseconds"),
        since=moment(row.entered_at),
        connecting=row.winner is not None,
        offers=[_offer(tables, tables.offers[o]) for o in row.offers if o in tables.offers],
    )


def _offer(tables: Tables, row: Offer) -> OfferPicture:
    attempts = [tables.attempts[name] for name in row.attempts if name in tables.attempts]
    return OfferPicture(
        agent=row.agent,
        since=moment(row.offered_at),
        ringing=[attempt.device for attempt in attempts if attempt.rang_at],
    )


# Extensions.


def extension(tables: Tables, number: ExtensionNumber) -> ExtensionPicture:
    """A phone that may register. Raises KeyError if none may with that number."""
    node = tables.settings.extensions[number]
    phone = tables.phones.get((node, number))
    contacts = phone.contacts if phone else ()
    return ExtensionPicture(
        extension=number,
        node=node,
        agent=tables.owner_of(node, number),
        reachable=bool(contacts),
        contacts=list(contacts),
        calls=[_call(tables, leg) for leg in tables.legs_on(node, number)],
    )


def _call(tables: Tables, leg: Leg) -> CallPicture:
    interaction = tables.interactions.get(leg.interaction)
    return CallPicture(
        interaction=leg.interaction,
        role=leg.role,
        state=leg.state,
        since=moment(leg.up_at or leg.asked_at),
        caller=interaction.caller if interaction else "",
        number=interaction.number if interaction else "",
    )


# Agents.


def agent(tables: Tables, name: AgentId) -> AgentPicture:
    """One agent. Raises KeyError if there is none of that name."""
    row = tables.agents[name]
    settings = tables.settings.agents.get(name)
    interaction = interaction_of(tables, row)
    since = _phase_since(tables, row)
    return AgentPicture(
        agent=name,
        name=settings.name if settings else name,
        extension=settings.extension if settings else None,
        project=row.project,
        status=row.status,
        category=row.category,
        status_since=moment(row.since),
        because=row.because or None,
        way_back=AVAILABLE if row.because else None,
        idle_since=moment(row.idle_since),
        pending=row.pending,
        leaving=row.leaving,
        chosen=list(row.chosen),
        override=row.override is not None,
        hours_change_at=moment(row.look_at) if row.look_at else None,
        not_ready=row.not_ready,
        phase=row.phase,
        phase_since=moment(since) if since else None,
        acw_until=moment(row.acw_until) if row.acw_until else None,
        interaction=interaction.id if interaction else None,
        caller=interaction.caller if interaction else None,
        queue=interaction.queue if interaction else None,
        misses=row.misses,
        devices=[_device(device) for device in row.devices],
    )


def agent_in_full(tables: Tables, name: AgentId, *, permitted: bool) -> AgentInFull:
    """One agent with all that stands in the way of calls. Raises KeyError as above."""
    row, settings = tables.agents[name], tables.settings.agents.get(name)
    configured, inside = tables.settings.queues, tables.queues_of(name)
    there = [queue for queue in inside if configured[queue].project == row.project]
    found = hindrances(row, settings, there, permitted=permitted)
    return AgentInFull(
        agent=agent(tables, name),
        queues=[
            QueueOfAgent(
                queue=queue.queue,
                project=queue.project,
                number=queue.number,
                assigned=name in queue.agents,
                chosen=queue.queue in row.chosen,
            )
            for queue in configured.values()
            if settings is not None and queue.project in settings.projects and not queue.draining
        ],
        hindrances=[
            HindrancePicture(cause=one.cause, says=one.says, remedy=one.remedy) for one in found
        ],
    )


def interaction_of(tables: Tables, row: Agent) -> Interaction | None:
    """What the agent is at work on."""
    return tables.interactions.get(row.assignments[0].interaction) if row.assignments else None


def talks_for(tables: Tables, row: Agent) -> QueueName | None:
    """The queue whose caller the agent talks with."""
    if row.phase not in (Phase.TALKING, Phase.HELD):
        return None
    interaction = interaction_of(tables, row)
    return interaction.queue if interaction else None


def channels_of(tables: Tables, row: Agent) -> list[Channel]:
    """The channels to the agent's devices."""
    settings = tables.settings.agents.get(row.id)
    node = settings.node if settings else NodeId("")
    return [Channel(node, leg) for device in row.devices for leg in device.legs]


def _phase_since(tables: Tables, row: Agent) -> datetime | None:
    """When the agent was reserved or got through."""
    if not row.assignments:
        return None
    assignment = row.assignments[0]
    if assignment.phase is Phase.RESERVED:
        offer = tables.offers.get(assignment.offer) if assignment.offer else None
        return offer.offered_at if offer else None
    legs = [tables.legs[name] for name in channels_of(tables, row) if name in tables.legs]
    return next((leg.up_at for leg in legs if leg.up_at), None)


def _device(device: Device) -> DevicePicture:
    return DevicePicture(
        kind=device.kind,
        reachable=bool(device.endpoints),
        usable=device.usable,
        busy=bool(device.legs),
        out_until=moment(device.out_until) if device.out_until else None,
        trouble=device.trouble,
        contacts=list(device.endpoints),
    )
