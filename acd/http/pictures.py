"""What the live picture is made of, as JSON: seconds end in _s."""

from typing_extensions import TypedDict


class TrunkPicture(TypedDict):
    """calls: in and out together, of max_calls; up: it answers when asked whether it is there."""

    trunk: str
    up: bool
    calls: int
    max_calls: int | None


class NodePicture(TypedDict):
    node: str
    up: bool
    started: str
    trunks: list[TrunkPicture]


class OfferPicture(TypedDict):
    """An open offer; ringing: the devices that ring by now."""

    agent: str
    since_s: float
    ringing: list[str]


class EntryPicture(TypedDict):
    """Somebody who waits; position 1 is served next, connecting: an agent has answered."""

    entry: str
    interaction: str
    kind: str
    position: int
    caller: str
    waiting_s: float
    connecting: bool
    offers: list[OfferPicture]


class QueuePicture(TypedDict):
    """waiting_count counts all who wait, waiting shows the first of them."""

    queue: str
    project: str
    number: str
    strategy: str
    draining: bool
    members: int
    logged_in: int
    ready: int
    talking: int
    waiting_count: int
    longest_s: float
    waiting: list[EntryPicture]


class DevicePicture(TypedDict):
    kind: str
    reachable: bool
    busy: bool
    contacts: list[str]


class AgentPicture(TypedDict):
    """not_ready says why the agent is offered nothing; null: ready. idle_s is what the strategy
    longest_idle goes by.

    caller, queue and phase_s belong to phase, which is null without a call; phase_s is null where
    it is not known, acw_left_s outside of after-call work.
    """

    agent: str
    name: str
    extension: str | None
    project: str | None
    status: str | None
    category: str
    status_s: float
    idle_s: float
    pending: str | None
    leaving: bool
    not_ready: str | None
    phase: str | None
    phase_s: float | None
    acw_left_s: float | None
    caller: str | None
    queue: str | None
    misses: int
    devices: list[DevicePicture]


class Picture(TypedDict):
    """Everything, at one moment; run is the number of this life of the process."""

    at: str
    run: int
    calls: int
    nodes: list[NodePicture]
    queues: list[QueuePicture]
    agents: list[AgentPicture]
