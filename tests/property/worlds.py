"""Small worlds: four agents, three queues, and what an admin may change of them."""

from dataclasses import replace
from datetime import UTC, datetime

from acd.ids import (
    AgentId,
    CallGroupName,
    ExtensionNumber,
    PickupGroupName,
    ProjectName,
    QueueGroupName,
    QueueName,
    ResultCodeName,
    SkillName,
    StatusName,
    TrunkName,
)
from acd.settings import (
    SYSTEM_STATUSES,
    AgentSettings,
    CallGroup,
    Category,
    CodeCategory,
    OutboundRoute,
    ProjectSettings,
    QueueSettings,
    QueueSkill,
    ResultCode,
    RingMode,
    Route,
    Settings,
    Shift,
    SkillStep,
    StatusSettings,
    Strategy,
    TrunkSettings,
    Zone,
)
from acd.targets import Target
from acd.waits import Announce, Announcing, Empty, Leaving
from tests.world.asterisk import NODE

SUPPORT, TRAINING = ProjectName("support"), ProjectName("training")
AYSE, BARIS, CEM, DEFNE = AGENTS = tuple(map(AgentId, ("ayse", "baris", "cem", "defne")))
SALES, SERVICE, VIP = QUEUES = tuple(map(QueueName, ("sales", "service", "vip")))
NOBODYS = ExtensionNumber("1009")
"""A phone of no agent."""
ALL = CallGroupName("all")
_PHONES = tuple(map(ExtensionNumber, ("1002", "1003", NOBODYS)))
EXTENSIONS = dict(zip(AGENTS, ("1001", "1002", "1003", "1004"), strict=True))
LUNCH = StatusName("Lunch")
CARRIER = TrunkName("carrier")
TURKISH = SkillName("turkish")
SALE, LATER = CODES = tuple(map(ResultCodeName, ("Sale", "Later")))
RESULT_CODES = {
    SALE: ResultCode(name=SALE, category=CodeCategory.SUCCESS),
    LATER: ResultCode(name=LATER, category=CodeCategory.SCHEDULE, extra_time_s=30),
}
MUST = {"disposition_required": True, "default_result_code": SALE}


def _agent(agent: AgentId, ring: RingMode, turkish: int = 0) -> AgentSettings:
    return AgentSettings(
        agent=agent,
        name=agent.title(),
        node=NODE,
        extension=ExtensionNumber(EXTENSIONS[agent]),
        mobile=f"+9055500{EXTENSIONS[agent]}",
        ring=ring,
        extension_ring_s=12,
        projects=(SUPPORT, TRAINING),
        skills={TURKISH: turkish} if turkish else {},
    )


def _queue(queue: QueueName, number: str, *agents: AgentId, **more: object) -> QueueSettings:
    return QueueSettings(
        queue=queue,
        project=SUPPORT,
        number=number,
        agents=agents,
        **more,  # type: ignore[arg-type]
    )


_TOLD = Announcing(
    announce=Announce.POSITION_EXIT, first_s=5, every_s=12, wait=True, comfort="standard"
)
_SALES = Leaving(
    exit_to=Target.of("callback:sales"),
    timeout_s=60,
    timeout_to=Target.of("queue:vip"),
    resume_s=30,
)
_SERVICE = Leaving(
    exit_to=Target.of("extension:1001"),
    timeout_s=31,
    timeout_to=Target.of("hangup:normal"),
    leave_when_empty=(Empty.NONE_LOGGED_IN, Empty.ALL_PAUSED),
    no_agents_to=Target.of("queue:sales"),
)
_ASKED = QueueSkill(
    name=TURKISH, level=5, relax=(SkillStep(after_s=5, level=3), SkillStep(after_s=12, level=0))
)
_VIP = Leaving(max_waiting=2, full_to=Target.of("queue:sales"))
_QUEUES = (
    _queue(
        SALES,
        "700",
        AYSE,
        BARIS,
        acw_s=10,
        whisper="sound:sales",
        auto_answer=True,
        starvation_s=31,
        announcing=_TOLD,
        leaving=_SALES,
        **MUST,
    ),
    _queue(
        SERVICE,
        "701",
        BARIS,
        CEM,
        DEFNE,
        strategy=Strategy.RING_ALL,
        acw_s=10,
        announcing=replace(_TOLD, announce=Announce.EXIT),
        leaving=_SERVICE,
    ),
    _queue(
        VIP,
        "702",
        AYSE,
        BARIS,
        CEM,
        priority=5,
        skills=(_ASKED,),
        leaving=_VIP,
        auto_answer=True,
        **MUST,
    ),
)
_AGENTS = (
    _agent(AYSE, RingMode.EXTENSION, 7),
    _agent(BARIS, RingMode.EXTENSION_THEN_MOBILE),
    _agent(CEM, RingMode.SIMULTANEOUS, 3),
    replace(_agent(DEFNE, RingMode.MOBILE), priority=1),
)
_LUNCH = StatusSettings(name=LUNCH, category=Category.BREAK, transferable=True)
BASE = Settings(
    version=1,
    queues={queue.queue: queue for queue in _QUEUES},
    agents={agent.agent: agent for agent in _AGENTS},
    statuses={**SYSTEM_STATUSES, LUNCH: _LUNCH},
    routes={
        **{queue.number: queue.queue for queue in _QUEUES},
        "600": Route(to=Target.of("group:all")),
    },
    extensions={ExtensionNumber(number): NODE for number in (*EXTENSIONS.values(), NOBODYS)},
    call_groups={ALL: CallGroup(name=ALL, extensions=_PHONES, ring_s=20)},
    pickup_groups={
        PickupGroupName("some"): (ExtensionNumber("1001"), *_PHONES),
        PickupGroupName("others"): tuple(map(ExtensionNumber, ("1001", "1004"))),
    },
    outbound_routes=(OutboundRoute(pattern="*", trunk=CARRIER, caller_id="+90212"),),
    trunks={CARRIER: TrunkSettings(trunk=CARRIER, node=NODE, max_calls=4)},
    queue_groups={QueueGroupName("all"): QUEUES, QueueGroupName("some"): (SALES, SERVICE)},
    misses_before_pause=2,
    result_codes=RESULT_CODES,
)


_HOURS = tuple(
    Shift(days=tuple(range(7)), begins=begins, ends=ends)
    for begins, ends in ((9 * 60, 9 * 60 + 1), (9 * 60 + 2, 9 * 60 + 20), (12 * 60, 24 * 60))
)
_ZONE = Zone(changes=((datetime(2026, 1, 5, 9, 10, tzinfo=UTC), 7200),))


def with_hours(settings: Settings) -> Settings:
    """Some have working hours, and the clock is set once, a while after the start."""
    hours = with_agent(with_agent(settings, AYSE, working_hours=_HOURS), CEM, working_hours=_HOURS)
    project = ProjectSettings(project=SUPPORT, time_zone="Here")
    return replace(hours, projects={SUPPORT: project}, zones={"Here": _ZONE})


def without_queue(settings: Settings, queue: QueueName) -> Settings:
    queues = {name: each for name, each in settings.queues.items() if name != queue}
    routes = {number: to for number, to in settings.routes.items() if to != queue}
    return replace(settings, queues=queues, routes=routes)


def without_agent(settings: Settings, agent: AgentId) -> Settings:
    agents = {name: each for name, each in settings.agents.items() if name != agent}
    queues = {
        name: replace(queue, agents=tuple(a for a in queue.agents if a != agent))
        for name, queue in settings.queues.items()
    }
    return replace(settings, agents=agents, queues=queues)


def with_queue(settings: Settings, queue: QueueName, **changes: object) -> Settings:
    changed = replace(settings.queues[queue], **changes)  # type: ignore[arg-type]
    return replace(settings, queues={**settings.queues, queue: changed})


def with_agent(settings: Settings, agent: AgentId, **changes: object) -> Settings:
    changed = replace(settings.agents[agent], **changes)  # type: ignore[arg-type]
    return replace(settings, agents={**settings.agents, agent: changed})


WORLDS = (
    BASE,
    without_queue(BASE, SALES),
    without_queue(BASE, SERVICE),
    with_queue(BASE, SALES, strategy=Strategy.RING_ALL),
    with_queue(BASE, SERVICE, strategy=Strategy.LONGEST_IDLE, priority=9),
    without_agent(BASE, BARIS),
    without_agent(BASE, CEM),
    with_agent(BASE, AYSE, ring=RingMode.SIMULTANEOUS),
    with_agent(BASE, CEM, ring=RingMode.EXTENSION, extension=None),
    with_agent(BASE, DEFNE, mobile=None),
    with_agent(BASE, BARIS, projects=(TRAINING,)),
    with_queue(BASE, VIP, project=TRAINING),
    replace(BASE, outbound_routes=()),
    replace(BASE, statuses=SYSTEM_STATUSES),
    with_hours(BASE),
    replace(with_hours(BASE), projects={}),
    with_queue(BASE, SALES, strategy=Strategy.LEAST_RECENT_ACTIVITY, agents=(BARIS, CEM, AYSE)),
    with_queue(BASE, SALES, strategy=Strategy.RANDOM, agents=(CEM, AYSE, BARIS), starvation_s=4),
    with_queue(BASE, VIP, strategy=Strategy.FEWEST_CALLS, skills=()),
    with_queue(BASE, VIP, strategy=Strategy.LINEAR, agents=(DEFNE, BARIS, CEM)),
    with_agent(BASE, BARIS, priority=5, skills={TURKISH: 9}),
    with_agent(BASE, AYSE, priority=-1, skills={}),
    with_queue(BASE, SERVICE, leaving=replace(_SERVICE, exit_to=Target.of("group:all"))),
    replace(BASE, call_groups={}),
    replace(BASE, queue_groups={QueueGroupName("some"): (VIP, SALES)}),
)
