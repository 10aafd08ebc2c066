"""Skills and priorities: what may stand there, and what of it makes no sense together."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from acd.config.document import Wrong
from acd.config.mistakes import Location
from acd.config.strict import LONGEST, NAME, Strict
from acd.ids import AgentId, QueueName, SkillName

if TYPE_CHECKING:
    from acd.config.file import File, Queue

Skill = Annotated[SkillName, Field(pattern=NAME, max_length=LONGEST)]
Level = Annotated[int, Field(ge=1, le=10)]


class Relaxing(Strict):
    """A moment from which on less of a skill is enough."""

    after_s: Annotated[
        int,
        Field(
            ge=1,
            le=86_400,
            description="Seconds of waiting, to the moment; who comes back into the queue has "
            "waited before.",
            examples=[30],
        ),
    ]
    level: Annotated[
        int,
        Field(
            ge=0, le=10, description="The level that is enough then; 0 is anybody.", examples=[3]
        ),
    ]


class QueueSkill(Strict):
    """What an agent must be able to do to be offered the queue's calls."""

    name: Annotated[Skill, Field(description="What the skill is called.", examples=["turkish"])]
    level: Annotated[Level, Field(description="How well, from 1 to 10.", examples=[5])]
    relax: Annotated[
        list[Relaxing],
        Field(description="How less is enough the longer somebody waits: in the order of time."),
    ] = []


def wrongs(file: "File") -> Iterator[Wrong]:
    """What contradicts itself."""
    for place, queue in enumerate(file.queues):
        seen = set()
        for n, skill in enumerate(queue.skills):
            at: Location = ("queues", place, "skills", n)
            if skill.name in seen:
                yield Wrong(at=(*at, "name"), says=f"{skill.name} is there twice")
            seen.add(skill.name)
            yield from _not_relaxing(at, skill)


def _not_relaxing(at: Location, skill: QueueSkill) -> Iterator[Wrong]:
    level, after_s = skill.level, 0
    for n, step in enumerate(skill.relax):
        if step.after_s <= after_s:
            says = f"expected more than the {after_s} s before it, got {step.after_s}"
            yield Wrong(at=(*at, "relax", n, "after_s"), says=says)
        if step.level >= level:
            says = f"expected a level below the {level} before it, got {step.level}"
            yield Wrong(at=(*at, "relax", n, "level"), says=says)
        level, after_s = step.level, step.after_s


def warnings(file: "File") -> Iterator[Wrong]:
    """What is hardly meant."""
    skills = {agent.username: agent.skills for agent in file.agents}
    for place, queue in enumerate(file.queues):
        yield from _too_much(place, queue, skills)
        yield from _starving(place, queue, file)


def _too_much(
    place: int, queue: "Queue", skills: Mapping[AgentId, Mapping[SkillName, int]]
) -> Iterator[Wrong]:
    """Skills that nobody has who is in the queue, however long somebody waits."""
    for n, skill in enumerate(queue.skills):
        least = min([skill.level, *(step.level for step in skill.relax)])
        able = [a for a in queue.agents if skills.get(a, {}).get(skill.name, 0) >= least]
        if queue.agents and not able:
            says = (
                f"no agent of {queue.name} has {skill.name} at level {least}: its callers wait in "
                "vain; lower the level, or relax it to 0"
            )
            yield Wrong(at=("queues", place, "skills", n), says=says)


def _starving(place: int, queue: "Queue", file: "File") -> Iterator[Wrong]:
    """A queue of which each agent serves another of a higher priority first."""
    if queue.starvation_s is not None or not queue.agents:
        return
    before: dict[AgentId, QueueName] = {}
    for other in file.queues:
        if other.priority > queue.priority:
            before |= dict.fromkeys(other.agents, other.name)
    if all(agent in before for agent in queue.agents):
        others = ", ".join(dict.fromkeys(before[agent] for agent in queue.agents))
        says = (
            f"{queue.name} gets no agents while {others} is busy, for its priority is lower: set "
            "starvation_s, after which a caller goes before all others"
        )
        yield Wrong(at=("queues", place, "priority"), says=says)
