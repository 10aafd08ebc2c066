"""What the admin has configured, as the core sees it: checked, frozen, complete.

Seconds are ints; a name that is referred to exists (acd/config sees to both).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from acd.ids import (
    AgentId,
    CallGroupName,
    ExtensionNumber,
    NodeId,
    PickupGroupName,
    ProjectName,
    QueueGroupName,
    QueueName,
    ResultCodeName,
    SkillName,
    StatusName,
    TrunkName,
)
from acd.targets import Target, TargetKind
from acd.waits import FOR_EVER, NOTHING, Announcing, Leaving


class Strategy(StrEnum):
    """Who of several eligible agents is offered the next entry."""

    ROUND_ROBIN = "round_robin"
    LEAST_RECENT_ACTIVITY = "least_recent_activity"
    LONGEST_IDLE = "longest_idle"
    FEWEST_CALLS = "fewest_calls"
    LINEAR = "linear"
    RANDOM = "random"
    RING_ALL = "ring_all"


class QueueType(StrEnum):
    """What the agents and callers of a queue do."""

    VOICE = "voice"
    TEXT = "text"
    VIDEO = "video"


SUPPORTED_TYPES = frozenset({QueueType.VOICE})
"""Of what type the queues of this installation may be."""


class CallMode(StrEnum):
    """A label for reports."""

    MANUAL = "manual"
    DISTRIBUTION = "distribution"


class RingMode(StrEnum):
    """Which of an agent's devices ring, and in which order."""

    EXTENSION = "extension"
    MOBILE = "mobile"
    SIMULTANEOUS = "simultaneous"
    EXTENSION_THEN_MOBILE = "extension_then_mobile"


class Language(StrEnum):
    """What is spoken to people on the line; the value is also Asterisk's folder of sounds."""

    ENGLISH = "en"
    TURKISH = "tr"


class MobileCallerId(StrEnum):
    """Which number a mobile shows that rings: our own, or the caller's."""

    OWN = "own"
    CALLER = "caller"


class NumberFormat(StrEnum):
    """How a carrier wants numbers written: +905551112233, the same without the plus, with 00
    before it, or as they are dialled within the trunk's country."""

    E164 = "e164"
    DIGITS = "digits"
    INTERNATIONAL = "international"
    NATIONAL = "national"


class Category(StrEnum):
    """What a status means to the distributor: only available takes calls."""

    AVAILABLE = "available"
    BREAK = "break"
    OFFLINE = "offline"


AVAILABLE = StatusName("Available")
NOT_RESPONDING = StatusName("Not responding")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusSettings:
    name: StatusName
    category: Category
    transferable: bool = False
    """Whether colleagues may transfer calls to who is in it; to who is available they may."""


SYSTEM_STATUSES: Mapping[StatusName, StatusSettings] = MappingProxyType(
    {
        AVAILABLE: StatusSettings(name=AVAILABLE, category=Category.AVAILABLE),
        NOT_RESPONDING: StatusSettings(name=NOT_RESPONDING, category=Category.BREAK),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A time zone: how far its clocks are ahead of UTC, in seconds, and from which moments on so
    far instead. The first field holds before the first change."""

    offset_s: int = 0
    changes: tuple[tuple[datetime, int], ...] = ()


UTC_ZONE = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSettings:
    project: ProjectName
    time_zone: str = UTC_ZONE
    """A key of General.zones. Where that has none of the name it is UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A piece of the working hours, as clocks show it; one that ends no later than it begins ends
    on the next day."""

    days: tuple[int, ...]
    """On which it begins; Monday is 0."""
    begins: int
    """In minutes since midnight."""
    ends: int
    """The same; 1440 is the midnight that follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings:
    agent: AgentId
    name: str
    node: NodeId
    extension: ExtensionNumber | None = None
    mobile: str | None = None
    ring: RingMode = RingMode.EXTENSION
    extension_ring_s: int = 25
    mobile_ring_s: int = 25
    mobile_caller_id: MobileCallerId = MobileCallerId.OWN
    mobile_accept: bool = True
    """Who answers the mobile must press a key: it may be the operator's voicemail."""
    auto_answer: bool = True
    """Whether the extension may be told to answer by itself, where the queue says so."""
    projects: tuple[ProjectName, ...] = ()
    working_hours: tuple[Shift, ...] = ()
    """In the time zone of the project worked for; none: at all times."""
    priority: int = 0
    """Who has a higher one is offered calls first."""
    skills: Mapping[SkillName, int] = field(default_factory=dict)
    """What the agent can, and how well: 1 to 10."""

    @property
    def key(self) -> AgentId:
        return self.agent

    @property
    def due(self) -> None:
        return None


class CodeCategory(StrEnum):
    """What closing with a result code means to reports."""

    SUCCESS = "success"
    FAIL = "fail"
    SCHEDULE = "schedule"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultCode:
    """With what agents close calls."""

    name: ResultCodeName
    category: CodeCategory
    extra_time_s: int = 0
    """Takes the place of what is left of after-call work; 0 leaves that as it is."""
    note_required: bool = False


NAME, NAME_AND_WAIT = "name", "name+wait"
"""What may be whispered besides a sound: the queue's name, and for how long the caller waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillStep:
    """After so long a wait so much is enough; level 0 asks for nothing."""

    after_s: int
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSkill:
    """What a queue asks of an agent, and how it asks for less while somebody waits."""

    name: SkillName
    level: int
    relax: tuple[SkillStep, ...] = ()
    """In the order of time, and ever less."""

    def level_after(self, seconds: int) -> int:
        steps = (step.level for step in self.relax if step.after_s <= seconds)
        return min(steps, default=self.level)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSettings:
    queue: QueueName
    project: ProjectName
    number: str
    strategy: Strategy = Strategy.ROUND_ROBIN
    agents: tuple[AgentId, ...] = ()
    skills: tuple[QueueSkill, ...] = ()
    priority: int = 0
    """Higher goes first, among the queues of one agent."""
    starvation_s: int | None = None
    """Who waits for so long goes before all others, of whatever queue; None is never."""
    agent_timeout_s: int = 20
    acw_s: int = 0
    music: str | None = None
    """None is that of the route, or the default."""
    announcing: Announcing = NOTHING
    leaving: Leaving = FOR_EVER
    auto_answer: bool = False
    """The agent's extension is told to answer by itself."""
    name_sound: str | None = None
    """How the queue's name is spoken: a sound of Asterisk."""
    whisper: str | None = None
    """What the agent hears before the caller: NAME, NAME_AND_WAIT, a sound, or nothing."""
    result_codes: tuple[ResultCodeName, ...] = ()
    """With which its calls are closed; none: with any."""
    disposition_required: bool = False
    default_result_code: ResultCodeName | None = None
    """What a call is closed with that must be and was not."""
    type: QueueType = QueueType.VOICE
    call_mode: CallMode = CallMode.DISTRIBUTION
    service_level_s: int = 20
    """Callers should be answered within."""
    short_abandon_s: int = 0
    """Who hangs up sooner is told apart; 0 is nobody."""
    draining: bool = False
    """Removed from the configuration: nobody enters any more, who is in is still served."""

    @property
    def key(self) -> QueueName:
        return self.queue

    @property
    def due(self) -> None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkSettings:
    trunk: TrunkName
    node: NodeId
    max_calls: int | None = None
    """In and out together; None is as many as come."""
    country: str | None = None
    """In whose sense its numbers are read."""
    number_format: NumberFormat = NumberFormat.E164


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundRoute:
    """By which trunk numbers of that pattern are called, and which number of ours is shown."""

    pattern: str
    trunk: TrunkName
    caller_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where a number leads, with what music who waits, and in which language spoken to."""

    to: Target
    music: str | None = None
    language: Language | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallGroup:
    """Extensions that ring together."""

    name: CallGroupName
    extensions: tuple[ExtensionNumber, ...]
    ring_s: int = 30


PICKUP_CODE = "*8"


@dataclass(frozen=True, slots=True, kw_only=True)
class General:
    """What holds for all queues and agents, and which version of the configuration that is."""

    version: int = 0
    statuses: Mapping[StatusName, StatusSettings] = field(default_factory=lambda: SYSTEM_STATUSES)
    projects: Mapping[ProjectName, ProjectSettings] = field(default_factory=dict)
    zones: Mapping[str, Zone] = field(default_factory=dict)
    """Those of the projects, by name."""
    routes: Mapping[str, Route | QueueName] = field(default_factory=dict)
    """Where a dialled number leads; a queue's name alone is how an earlier version wrote it."""
    language: Language = Language.ENGLISH
    """Of calls that come by no route which names one."""
    outbound_routes: tuple[OutboundRoute, ...] = ()
    """How mobiles and customers are called: by the one that fits the number best."""
    extensions: Mapping[ExtensionNumber, NodeId] = field(default_factory=dict)
    """All phones that may register, and where."""
    trunks: Mapping[TrunkName, TrunkSettings] = field(default_factory=dict)
    country: str | None = None
    """In whose sense all other numbers are read."""
    result_codes: Mapping[ResultCodeName, ResultCode] = field(default_factory=dict)
    queue_groups: Mapping[QueueGroupName, tuple[QueueName, ...]] = field(default_factory=dict)
    call_groups: Mapping[CallGroupName, CallGroup] = field(default_factory=dict)
    pickup_groups: Mapping[PickupGroupName, tuple[ExtensionNumber, ...]] = field(
        default_factory=dict
    )
    """Whose ringing calls may be taken by whom: by everybody else of the group."""
    pickup_code: str = PICKUP_CODE
    """What is dialled for that."""
    misses_before_pause: int = 3
    """After so many missed offers in a row an agent is set to Not responding; 0 is never."""
    dead_man_s: int = 60
    """So long after its process has died Asterisk gives a waiting caller to the fallback."""

    def route(self, number: str) -> Route | None:
        """Where the number leads, in the form in which numbers are looked up."""
        route = self.routes.get(number)
        if route is None or isinstance(route, Route):
            return route
        return Route(to=Target(kind=TargetKind.QUEUE, name=route))

    @property
    def key(self) -> str:
        return "general"

    @property
    def due(self) -> None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(General):
    """One version of the whole configuration."""

    queues: Mapping[QueueName, QueueSettings] = field(default_factory=dict)
    agents: Mapping[AgentId, AgentSettings] = field(default_factory=dict)

    @property
    def general(self) -> General:
        return General(**{each.name: getattr(self, each.name) for each in fields(General)})
