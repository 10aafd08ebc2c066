"""Live rows for tests of what is shown: one queue, two agents, as `State` would have them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from acd.agents.agent import Agent
from acd.agents.assignment import Assignment, Phase
from acd.agents.attempt import Attempt
from acd.agents.device import Device, DeviceKind
from acd.calls.interaction import Interaction
from acd.calls.leg import Leg, LegState, Role
from acd.distributor.state import Node, State
from acd.ids import (
    AgentId,
    Channel,
    ChannelId,
    EntryId,
    ExtensionNumber,
    InteractionId,
    NodeId,
    OfferId,
    ProjectName,
    QueueName,
)
from acd.queues.entry import Entry, EntryKind
from acd.queues.offer import Explanation, Offer
from acd.settings import AVAILABLE, AgentSettings, Category, QueueSettings, RingMode, Settings

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
NODE = NodeId("asterisk")
SALES = QueueName("sales")
SUPPORT = ProjectName("support")
AYSE, BARIS = AgentId("ayse"), AgentId("baris")


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def settings() -> Settings:
    agents = {
        name: AgentSettings(
            agent=name,
            name=name.title(),
            node=NODE,
            extension=ExtensionNumber(number),
            projects=(SUPPORT,),
        )
        for name, number in ((AYSE, "1001"), (BARIS, "1002"))
    }
    queue = QueueSettings(queue=SALES, project=SUPPORT, number="700", agents=(AYSE, BARIS))
    phones = {ExtensionNumber(number): NODE for number in ("1001", "1002", "1009")}
    queues = {SALES: queue}
    return Settings(agents=agents, queues=queues, routes={"700": SALES}, extensions=phones)


def agent(name: AgentId = AYSE, **changes: Any) -> Agent:
    """Logged in, available for a minute, with a registered phone."""
    device = Device(kind=DeviceKind.EXTENSION, endpoints=(f"PJSIP/{name}",))
    row = Agent(
        id=name,
        ring=RingMode.EXTENSION,
        project=SUPPORT,
        status=AVAILABLE,
        category=Category.AVAILABLE,
        since=ago(60),
        idle_since=ago(30),
        devices=(device,),
    )
    return replace(row, **changes)


def logged_out(name: AgentId = AYSE) -> Agent:
    return agent(name, project=None, status=None, category=Category.OFFLINE)


def interaction(number: int = 1, **changes: Any) -> Interaction:
    row = Interaction(
        id=InteractionId(f"1-{number}"),
        node=NODE,
        caller=f"+4930{number}",
        number="700",
        started_at=ago(20),
        queue=SALES,
    )
    return replace(row, **changes)


def entry(number: int = 1, waits: float = 20, **changes: Any) -> Entry:
    row = Entry(
        id=EntryId(f"1-{number}-1.1"),
        interaction=InteractionId(f"1-{number}"),
        queue=SALES,
        kind=EntryKind.CALLER,
        channel=channel(f"c{number}"),
        order_since=ago(waits),
        entered_at=ago(waits),
    )
    return replace(row, **changes)


def offer(number: int = 1, to: AgentId = AYSE, *attempts: Channel) -> Offer:
    explanation = Explanation(
        strategy="longest_idle", key=(), runners_up=(), excluded=(), settings_version=0
    )
    return Offer(
        id=OfferId(f"1-{number}-1.2"),
        interaction=InteractionId(f"1-{number}"),
        entry=EntryId(f"1-{number}-1.1"),
        agent=to,
        offered_at=ago(4),
        explanation=explanation,
        attempts=attempts,
    )


def attempt(number: int = 1, *, rang: bool = True) -> Attempt:
    return Attempt(
        channel=channel(f"a{number}"),
        interaction=InteractionId(f"1-{number}"),
        offer=OfferId(f"1-{number}-1.2"),
        agent=AYSE,
        device=DeviceKind.EXTENSION,
        ring_for=timedelta(seconds=20),
        asked_at=ago(4),
        rang_at=ago(3) if rang else None,
        due=None,
    )


def leg(number: int = 1, **changes: Any) -> Leg:
    row = Leg(
        channel=channel(f"a{number}"),
        interaction=InteractionId(f"1-{number}"),
        role=Role.AGENT,
        agent=AYSE,
        state=LegState.UP,
        asked_at=ago(10),
        up_at=ago(7),
    )
    return replace(row, **changes)


def channel(name: str) -> Channel:
    return Channel(NODE, ChannelId(name))


def talking(number: int = 1, phase: Phase = Phase.TALKING, **changes: Any) -> Agent:
    """On that call."""
    device = Device(kind=DeviceKind.EXTENSION, endpoints=("PJSIP/ayse",), legs=(ChannelId("a1"),))
    assignment = Assignment(interaction=InteractionId(f"1-{number}"), phase=phase)
    return agent(**{"assignments": (assignment,), "devices": (device,), **changes})


def state(*rows: Any, of: Settings | None = None) -> State:
    """The state with these rows, and a node that is up."""
    made = State(run=3)
    configured = of or settings()
    node = Node(id=NODE, up=True, started="then")
    for row in (configured.general, *configured.queues.values(), *configured.agents.values()):
        made.put(row)
    for row in (node, *rows):
        made.put(row)
    return made
