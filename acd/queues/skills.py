"""Skills: what a queue asks of an agent, and how it asks for less the longer somebody waits.

A wait has stages. At stage 0 the whole is asked; each moment at which a skill relaxes begins the
next stage. Nothing is ever asked again, so whoever may take an entry at a stage may at all later.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from acd.ids import SkillName
from acd.settings import QueueSettings

Asked = tuple[tuple[SkillName, int], ...]


def moments(queue: QueueSettings) -> tuple[int, ...]:
    """After how many seconds of a wait each stage but the first begins."""
    return tuple(sorted({step.after_s for skill in queue.skills for step in skill.relax}))


def asked(queue: QueueSettings, stage: int) -> Asked:
    """The skills and the levels that are asked at the stage."""
    after_s = (0, *moments(queue))[stage]
    levels = ((skill.name, skill.level_after(after_s)) for skill in queue.skills)
    return tuple((name, level) for name, level in levels if level)


def stages(queue: QueueSettings) -> tuple[Asked, ...]:
    """What is asked at each stage."""
    return tuple(asked(queue, stage) for stage in range(1 + len(moments(queue))))


def stage_at(queue: QueueSettings, since: datetime, now: datetime) -> int:
    """The stage of a wait that began then."""
    return sum(since + timedelta(seconds=after_s) <= now for after_s in moments(queue))


def first_stage(asked_at: tuple[Asked, ...], skills: Mapping[SkillName, int]) -> int:
    """From which stage on somebody with these skills will do; behind the last one if never."""
    for stage, asked in enumerate(asked_at):
        if all(skills.get(name, 0) >= level for name, level in asked):
            return stage
    return len(asked_at)
