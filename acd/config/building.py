"""The settings of the core, of a file that is right."""

from acd.config import distribution
from acd.config.calendars import shift
from acd.config.checking import country_of_routes, mobile_of, nodes_of_agents, ways_out
from acd.config.closing import result_codes
from acd.config.file import Agent, File, Queue, Status
from acd.config.groups import call_groups, pickup_groups
from acd.config.trunks import Trunk
from acd.config.waiting import announcing, leaving
from acd.config.zones import zone
from acd.ids import NodeId, QueueName
from acd.routing.number import normalised
from acd.settings import (
    SYSTEM_STATUSES,
    UTC_ZONE,
    AgentSettings,
    ProjectSettings,
    QueueSettings,
    QueueSkill,
    Route,
    Settings,
    SkillStep,
    StatusSettings,
    TrunkSettings,
)
from acd.targets import Target, TargetKind


def settings(file: File) -> Settings:
    """What the core needs of the file."""
    nodes = nodes_of_agents(file)
    projects = file.projects
    statuses = {s.name: _status(s) for s in file.statuses}
    return Settings(
        queues={q.name: _queue(q) for q in file.queues},
        agents={a.username: _agent(a, file, nodes[a.username]) for a in file.agents},
        statuses={**SYSTEM_STATUSES, **statuses},
        projects={p.name: ProjectSettings(project=p.name, time_zone=p.time_zone) for p in projects},
        zones={p.time_zone: zone(p.time_zone) for p in projects if p.time_zone != UTC_ZONE},
        routes=_routes(file),
        language=file.language,
        outbound_routes=tuple(ways_out(file)),
        extensions={e.number: e.node for e in file.extensions},
        trunks={t.name: _trunk(t) for t in file.trunks},
        country=file.country,
        result_codes=result_codes(file),
        queue_groups={group.name: tuple(group.queues) for group in file.queue_groups},
        call_groups=call_groups(file),
        pickup_groups=pickup_groups(file),
        pickup_code=file.pickup_code,
        misses_before_pause=file.misses_before_pause,
        dead_man_s=file.dead_man_s,
    )


def _status(s: Status) -> StatusSettings:
    return StatusSettings(name=s.name, category=s.category, transferable=s.transferable)


def _agent(a: Agent, file: File, node: NodeId) -> AgentSettings:
    return AgentSettings(
        agent=a.username,
        name=a.name,
        node=node,
        extension=a.extension,
        mobile=mobile_of(a, file),
        ring=a.ring,
        extension_ring_s=a.extension_ring_s,
        mobile_ring_s=a.mobile_ring_s,
        mobile_caller_id=a.mobile_caller_id,
        mobile_accept=a.mobile_accept,
        auto_answer=a.auto_answer,
        projects=tuple(a.projects),
        working_hours=tuple(map(shift, a.working_hours)),
        priority=a.priority,
        skills=dict(a.skills),
    )


def _queue(q: Queue) -> QueueSettings:
    return QueueSettings(
        queue=q.name,
        project=q.project,
        number=q.number,
        strategy=q.strategy,
        agents=tuple(q.agents),
        skills=tuple(map(_skill, q.skills)),
        priority=q.priority,
        starvation_s=q.starvation_s,
        agent_timeout_s=q.agent_timeout_s,
        acw_s=q.acw_s,
        music=q.music,
        announcing=announcing(q),
        leaving=leaving(q),
        auto_answer=q.auto_answer,
        name_sound=q.name_sound,
        whisper=q.whisper,
        result_codes=tuple(q.result_codes),
        disposition_required=q.disposition_required,
        default_result_code=q.default_result_code,
        type=q.type,
        call_mode=q.call_mode,
        service_level_s=q.service_level_s,
        short_abandon_s=q.short_abandon_s,
    )


def _trunk(t: Trunk) -> TrunkSettings:
    return TrunkSettings(
        trunk=t.name,
        node=t.node,
        max_calls=t.max_calls,
        country=t.country,
        number_format=t.number_format,
    )


def _skill(skill: distribution.QueueSkill) -> QueueSkill:
    relax = (SkillStep(after_s=step.after_s, level=step.level) for step in skill.relax)
    return QueueSkill(name=skill.name, level=skill.level, relax=tuple(relax))


def _routes(file: File) -> dict[str, Route | QueueName]:
    """In the form in which calls' numbers are looked up."""
    queue, group = TargetKind.QUEUE, TargetKind.GROUP
    queues = {q.number: Route(to=Target(kind=queue, name=q.name)) for q in file.queues}
    groups = {g.number: Route(to=Target(kind=group, name=g.name)) for g in file.call_groups}
    routes = {
        route.number: Route(to=Target.of(route.to), music=route.music, language=route.language)
        for route in file.routes
    }
    country, all_ = country_of_routes(file), queues | groups | routes
    return {normalised(number, country): route for number, route in all_.items()}
