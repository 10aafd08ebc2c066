"""What is shown of the live state, as JSON.

Times are moments in UTC, as 2026-07-01T12:00:00.000+00:00, and never so many seconds ago: the
picture of what does not change stays the same.
"""

from typing import Literal

from typing_extensions import TypedDict


class TrunkPicture(TypedDict):
    """calls: in and out together, of max_calls; up: it answers when asked whether it is there."""

    trunk: str
    up: bool
    calls: int
    max_calls: int | None


class NodePicture(TypedDict):
    """One Asterisk; up: its events reach us. calls counts those that are there now."""

    node: str
    up: bool
    started: str
    calls: int
    trunks: list[TrunkPicture]


class OfferPicture(TypedDict):
    """An open offer; ringing: the devices that ring by now."""

    agent: str
    since: str
    ringing: list[str]


class EntryPicture(TypedDict):
    """Somebody who waits, since so long in this queue. connecting: an agent has answered.

    Of one queue the higher priority is served first, then the earlier order_since (which is exact
    to a microsecond), then the lesser entry.
    """

    entry: str
    interaction: str
    queue: str
    project: str | None
    kind: str
    caller: str
    priority: int
    order_since: str
    since: str
    connecting: bool
    offers: list[OfferPicture]


class QueuePicture(TypedDict):
    """waiting counts all who wait, the longest of them since oldest_since. configuration: the path
    at which it is read and, where the database owns it, changed."""

    queue: str
    project: str
    number: str
    strategy: str
    type: str
    call_mode: str
    priority: int
    auto_answer: bool
    service_level_s: int
    short_abandon_s: int
    configuration: str
    draining: bool
    members: int
    logged_in: int
    ready: int
    talking: int
    waiting: int
    oldest_since: str | None


class GroupPicture(TypedDict):
    """A group of queues, as if it were one: who is in several of them counts once."""

    group: str
    queues: list[str]
    members: int
    logged_in: int
    ready: int
    talking: int
    waiting: int
    oldest_since: str | None


class DevicePicture(TypedDict):
    """reachable: something is registered, or a route leads there; usable: it can ring now.

    trouble: why it is left alone until out_until; both are null where it is not.
    """

    kind: str
    reachable: bool
    usable: bool
    busy: bool
    out_until: str | None
    trouble: str | None
    contacts: list[str]


class CallPicture(TypedDict):
    """A call on a phone, since it is up, or else since it was asked for. role: what the phone is
    in it, as caller, agent or target; caller and number: who has called which number."""

    interaction: str
    role: str
    state: str
    since: str
    caller: str
    number: str


class ExtensionPicture(TypedDict):
    """A phone that may register; agent: whose it is, null: nobody's. reachable: something is
    registered, as contacts say."""

    extension: str
    node: str
    agent: str | None
    reachable: bool
    contacts: list[str]
    calls: list[CallPicture]


class AgentPicture(TypedDict):
    """not_ready says why the agent is offered nothing; null: ready. idle_since is what the
    strategy longest_idle goes by.

    because: why the status is what it is, where nobody has asked for it, as Not responding after
    missed offers; way_back: the status that ends it. Both are null otherwise.

    interaction, caller, queue and phase_since belong to phase, which is null without a call;
    phase_since is null where it is not known, acw_until outside of after-call work.

    chosen: the queues beside those to which the agent is assigned. override: the working hours do
    not count until midnight. hours_change_at: when they may begin or end next; null without any.
    """

    agent: str
    name: str
    extension: str | None
    project: str | None
    status: str | None
    category: str
    status_since: str
    because: str | None
    way_back: str | None
    idle_since: str
    pending: str | None
    leaving: bool
    chosen: list[str]
    override: bool
    hours_change_at: str | None
    not_ready: str | None
    phase: str | None
    phase_since: str | None
    acw_until: str | None
    interaction: str | None
    caller: str | None
    queue: str | None
    misses: int
    devices: list[DevicePicture]


class QueueOfAgent(TypedDict):
    """A queue of a project to which the agent may log in. assigned: the agent is in it from log-in
    without choosing it; chosen: the agent is in it now by choice."""

    queue: str
    project: str
    number: str
    assigned: bool
    chosen: bool


class HindrancePicture(TypedDict):
    """Something that keeps calls from the agent, and what helps."""

    cause: str
    says: str
    remedy: str


class AgentInFull(TypedDict):
    """hindrances: all reasons why the agent gets no calls; empty: they come when there are some."""

    agent: AgentPicture
    queues: list[QueueOfAgent]
    hindrances: list[HindrancePicture]


class ResultCodePicture(TypedDict):
    """extra_time_s takes the place of what is left of after-call work; 0 leaves it as it is."""

    name: str
    category: str
    extra_time_s: int
    note_required: bool


class ClosingPicture(TypedDict):
    """The call that the agent may close now; interaction is null where there is none. required:
    after-call work cannot be ended without. closed_with: null until it is closed."""

    interaction: str | None
    queue: str | None
    required: bool
    closed_with: str | None
    codes: list[ResultCodePicture]


class Picture(TypedDict):
    """Everything, at one moment; run is the number of this life of the process.

    Queues, agents and extensions are in the order of the configuration, entries in that in which
    those of one queue are served. seq and stream say where /stream goes on from here.
    """

    type: Literal["snapshot"]
    seq: int
    stream: str
    at: str
    run: int
    calls: int
    nodes: list[NodePicture]
    queues: list[QueuePicture]
    groups: list[GroupPicture]
    agents: list[AgentPicture]
    extensions: list[ExtensionPicture]
    entries: list[EntryPicture]


AnyPicture = (
    NodePicture | QueuePicture | GroupPicture | AgentPicture | ExtensionPicture | EntryPicture
)
