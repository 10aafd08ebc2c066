"""The live picture: nodes, queues and agents as they are now, as JSON for people and programs."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from heapq import nsmallest
from typing import Protocol

from acd.agents.agent import Agent
from acd.agents.assignment import Phase
from acd.agents.attempt import Attempt
from acd.agents.device import Device
from acd.calls.interaction import Interaction
from acd.calls.leg import Leg
from acd.http.pictures import (
    AgentPicture,
    DevicePicture,
    EntryPicture,
    NodePicture,
    OfferPicture,
    Picture,
    QueuePicture,
    TrunkPicture,
)
from acd.ids import (
    AgentId,
    Channel,
    EntryId,
    InteractionId,
    NodeId,
    OfferId,
    QueueName,
    TrunkName,
)
from acd.queues.entry import Entry
from acd.queues.line import entry_order
from acd.queues.offer import Offer
from acd.settings import QueueSettings, Settings

SHOWN = 50
"""So many waiting entries of a queue are shown; all of them are counted."""


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
    def calls_on(self, trunk: TrunkName) -> int: ...


def picture(tables: Tables, run: int, now: datetime) -> Picture:
    """The whole picture. Agents and queues are in the order of the configuration."""
    waiting = _by_queue(tables.entries.values())
    queues = tables.settings.queues.values()
    names = dict.fromkeys([*tables.settings.agents, *tables.agents])
    return Picture(
        at=now.isoformat(timespec="milliseconds"),
        run=run,
        calls=len(tables.interactions),
        nodes=[_node(tables, node) for node in tables.nodes.values()],
        queues=[_queue(tables, queue, waiting.get(queue.queue, []), now) for queue in queues],
        agents=[agent(tables, name, now) for name in names if name in tables.agents],
    )


# Nodes.


def _node(tables: Tables, node: Node) -> NodePicture:
    return NodePicture(
        node=node.id,
        up=node.up,
        started=node.started,
        trunks=[
            TrunkPicture(
                trunk=trunk.trunk,
                up=trunk.trunk not in node.trunks_down,
                calls=tables.calls_on(trunk.trunk),
                max_calls=trunk.max_calls,
            )
            for trunk in tables.settings.trunks.values()
            if trunk.node == node.id
        ],
    )


# Queues.


def _by_queue(entries: Iterable[Entry]) -> dict[QueueName, list[Entry]]:
    found: dict[QueueName, list[Entry]] = {}
    for entry in entries:
        if entry.outcome is None:
            found.setdefault(entry.queue, []).append(entry)
    return found


def _queue(
    tables: Tables, queue: QueueSettings, waiting: list[Entry], now: datetime
) -> QueuePicture:
    members = [tables.agents[name] for name in queue.agents if name in tables.agents]
    staff = [member for member in members if member.project == queue.project]
    first = nsmallest(SHOWN, waiting, key=entry_order)
    return QueuePicture(
        queue=queue.queue,
        project=queue.project,
        number=queue.number,
        strategy=queue.strategy,
        draining=queue.draining,
        members=len(members),
        logged_in=len(staff),
        ready=sum(member.not_ready is None for member in staff),
        talking=sum(_talks_for(tables, member, queue.queue) for member in staff),
        waiting_count=len(waiting),
        longest_s=max((_seconds(entry.entered_at, now) for entry in waiting), default=0.0),
        waiting=[_entry(tables, entry, at, now) for at, entry in enumerate(first, start=1)],
    )


def _talks_for(tables: Tables, member: Agent, queue: QueueName) -> bool:
    if member.phase not in (Phase.TALKING, Phase.HELD):
        return False
    interaction = tables.interactions.get(member.assignments[0].interaction)
    return interaction is not None and interaction.queue == queue


def _entry(tables: Tables, entry: Entry, position: int, now: datetime) -> EntryPicture:
    interaction = tables.interactions.get(entry.interaction)
    offers = [tables.offers[offer] for offer in entry.offers if offer in tables.offers]
    return EntryPicture(
        entry=entry.id,
        interaction=entry.interaction,
        kind=entry.kind,
        position=position,
        caller=interaction.caller if interaction else "",
        waiting_s=_seconds(entry.entered_at, now),
        connecting=entry.winner is not None,
        offers=[_offer(tables, offer, now) for offer in offers],
    )


def _offer(tables: Tables, offer: Offer, now: datetime) -> OfferPicture:
    attempts = [tables.attempts[name] for name in offer.attempts if name in tables.attempts]
    return OfferPicture(
        agent=offer.agent,
        since_s=_seconds(offer.offered_at, now),
        ringing=[attempt.device for attempt in attempts if attempt.rang_at],
    )


# Agents.


def agent(tables: Tables, name: AgentId, now: datetime) -> AgentPicture:
    """One agent. Raises KeyError if there is none of that name."""
    row = tables.agents[name]
    settings = tables.settings.agents.get(name)
    assignment = row.assignments[0] if row.assignments else None
    interaction = tables.interactions.get(assignment.interaction) if assignment else None
    since = _phase_since(tables, row)
    return AgentPicture(
        agent=name,
        name=settings.name if settings else name,
        extension=settings.extension if settings else None,
        project=row.project,
        status=row.status,
        category=row.category,
        status_s=_seconds(row.since, now),
        idle_s=_seconds(row.idle_since, now),
        pending=row.pending,
        leaving=row.leaving,
        not_ready=row.not_ready,
        phase=row.phase,
        phase_s=_seconds(since, now) if since else None,
        acw_left_s=-_seconds(row.acw_until, now) if row.acw_until else None,
        caller=interaction.caller if interaction else None,
        queue=interaction.queue if interaction else None,
        misses=row.misses,
        devices=[_device(device) for device in row.devices],
    )


def _phase_since(tables: Tables, row: Agent) -> datetime | None:
    """When the agent was reserved or got through."""
    if not row.assignments:
        return None
    assignment = row.assignments[0]
    if assignment.phase is Phase.RESERVED:
        offer = tables.offers.get(assignment.offer) if assignment.offer else None
        return offer.offered_at if offer else None
    settings = tables.settings.agents.get(row.id)
    node = settings.node if settings else NodeId("")
    channels = [Channel(node, leg) for device in row.devices for leg in device.legs]
    legs = [tables.legs[channel] for channel in channels if channel in tables.legs]
    return next((leg.up_at for leg in legs if leg.up_at), None)


def _device(device: Device) -> DevicePicture:
    return DevicePicture(
        kind=device.kind,
        reachable=bool(device.endpoints),
        busy=bool(device.legs),
        contacts=list(device.endpoints),
    )


def _seconds(since: datetime, now: datetime) -> float:
    return round((now - since).total_seconds(), 1)
