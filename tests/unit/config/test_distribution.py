"""Skills, priorities and the bound of starvation: as configured, contradicting, hardly meant."""

import pytest

from acd.ids import AgentId, QueueName
from acd.settings import QueueSkill, SkillStep, Strategy
from tests.unit.config.texts import SMALL, compiled, told

SKILLS = (
    "skills: [{name: turkish, level: 5, relax: [{after_s: 30, level: 3}, {after_s: 60, level: 0}]}]"
)
TWO = SMALL + '  - {name: service, project: support, number: "701", agents: [ayse]}\n'
TWO = TWO.replace("queues: [{", "queues:\n  - {").replace("[ayse]}]", "[ayse]}")


def queue(says: str, of: str = SMALL) -> str:
    return of.replace('number: "700"', f'number: "700", {says}')


def agent(says: str, of: str = SMALL) -> str:
    return of.replace("name: Ayşe", f"name: Ayşe, {says}")


def warned(text: str) -> list[str]:
    return [warning.partition(": ")[2] for warning in compiled(text).warnings]


@pytest.mark.key(
    "queues.skills.name",
    "queues.skills.level",
    "queues.skills.relax.after_s",
    "queues.skills.relax.level",
)
def test_what_a_queue_asks_is_as_configured() -> None:
    settings = compiled(queue(SKILLS, agent("skills: {turkish: 5}"))).settings
    steps = (SkillStep(after_s=30, level=3), SkillStep(after_s=60, level=0))
    asked = settings.queues[QueueName("sales")].skills
    assert [(skill.name, skill.level, skill.relax) for skill in asked] == [("turkish", 5, steps)]


def test_sequential_is_what_a_queue_does_that_names_no_strategy() -> None:
    strategies = [
        compiled(text).settings.queues[QueueName("sales")].strategy
        for text in (SMALL, queue("strategy: linear"))
    ]
    assert strategies == [Strategy.ROUND_ROBIN, Strategy.LINEAR]


@pytest.mark.key("agents.skills", "agents.priority", "queues.starvation_s")
def test_what_an_agent_can_and_when_a_caller_is_lifted_is_as_configured() -> None:
    settings = compiled(queue("starvation_s: 90", agent("skills: {turkish: 7}, priority: -2")))
    ayse = settings.settings.agents[AgentId("ayse")]
    assert (dict(ayse.skills), ayse.priority) == ({"turkish": 7}, -2)
    assert settings.settings.queues[QueueName("sales")].starvation_s == 90
    plain = compiled(SMALL).settings
    assert plain.agents[AgentId("ayse")].priority == 0
    assert dict(plain.agents[AgentId("ayse")].skills) == {}
    assert plain.queues[QueueName("sales")].skills == tuple[QueueSkill, ...]()
    assert plain.queues[QueueName("sales")].starvation_s is None


@pytest.mark.parametrize(
    ("skills", "says"),
    [
        (
            "[{name: a, level: 5}, {name: a, level: 3}]",
            "queues[0].skills[1].name: a is there twice",
        ),
        (
            "[{name: a, level: 5, relax: [{after_s: 9, level: 5}]}]",
            "queues[0].skills[0].relax[0].level: expected a level below the 5 before it, got 5",
        ),
        (
            "[{name: a, level: 5, relax: [{after_s: 9, level: 3}, {after_s: 9, level: 2}]}]",
            "queues[0].skills[0].relax[1].after_s: expected more than the 9 s before it, got 9",
        ),
        (
            "[{name: a, level: 11}]",
            "queues[0].skills[0].level: expected a number up to 10, got 11",
        ),
        (
            "[{name: A b, level: 1}]",
            "queues[0].skills[0].name: expected small letters, digits and . _ -, a letter first, "
            "got 'A b'",
        ),
    ],
)
def test_what_a_queue_asks_must_make_sense(skills: str, says: str) -> None:
    text = queue(f"skills: {skills}", agent("skills: {a: 9}"))
    assert [line.partition(": ")[2] for line in told(text)] == [says]


@pytest.mark.parametrize(
    "skills", ["{turkish: 0}", "{turkish: 11}", "{Turkish one: 3}", "[turkish]"]
)
def test_what_an_agent_can_must_make_sense(skills: str) -> None:
    [mistake] = told(agent(f"skills: {skills}"))
    assert "agents[0].skills" in mistake


def test_a_skill_that_nobody_ever_has_is_told() -> None:
    [says] = warned(queue("skills: [{name: turkish, level: 5}]"))
    assert says == (
        "queues[0].skills[0]: no agent of sales has turkish at level 5: its callers wait in vain; "
        "lower the level, or relax it to 0"
    )
    assert warned(queue(SKILLS)) == []
    assert warned(queue("skills: [{name: turkish, level: 5}]", agent("skills: {turkish: 5}"))) == []


def test_a_queue_that_may_wait_for_ever_behind_another_is_told() -> None:
    [says] = warned(queue("priority: -1", TWO))
    assert says == (
        "queues[0].priority: sales gets no agents while service is busy, for its priority is "
        "lower: set starvation_s, after which a caller goes before all others"
    )
    assert warned(queue("priority: -1, starvation_s: 60", TWO)) == []
    assert warned(queue("priority: 0", TWO)) == []
