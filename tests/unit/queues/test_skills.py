"""What a queue asks for, and how it asks for less while somebody waits."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from acd.ids import EntryId, InteractionId, ProjectName, QueueName, SkillName
from acd.queues.entry import Entry, EntryKind
from acd.queues.skills import asked, first_stage, moments, stage_at, stages
from acd.settings import QueueSettings, QueueSkill, SkillStep

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
TURKISH, BILLING = SkillName("turkish"), SkillName("billing")
QUEUE = QueueSettings(
    queue=QueueName("sales"),
    project=ProjectName("support"),
    number="700",
    skills=(
        QueueSkill(
            name=TURKISH,
            level=5,
            relax=(SkillStep(after_s=30, level=3), SkillStep(after_s=60, level=0)),
        ),
        QueueSkill(name=BILLING, level=2, relax=(SkillStep(after_s=45, level=1),)),
    ),
    starvation_s=50,
)
ENTRY = Entry(
    id=EntryId("1-1-1.1"),
    interaction=InteractionId("1-1"),
    queue=QUEUE.queue,
    kind=EntryKind.CALLER,
    channel=None,
    order_since=NOW,
    entered_at=NOW,
)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_each_relaxing_begins_a_stage() -> None:
    assert moments(QUEUE) == (30, 45, 60)
    assert [dict(one) for one in stages(QUEUE)] == [
        {TURKISH: 5, BILLING: 2},
        {TURKISH: 3, BILLING: 2},
        {TURKISH: 3, BILLING: 1},
        {BILLING: 1},
    ]
    assert asked(QUEUE, 3) == ((BILLING, 1),)


def test_a_stage_begins_at_its_very_moment() -> None:
    found = [stage_at(QUEUE, NOW, after(s)) for s in (0, 29.999, 30, 44.9, 45, 60, 9999)]
    assert found == [0, 0, 1, 1, 2, 3, 3]


def test_who_can_all_that_is_asked_may_be_asked() -> None:
    levels = stages(QUEUE)
    assert first_stage(levels, {TURKISH: 7, BILLING: 2}) == 0
    assert first_stage(levels, {TURKISH: 9, BILLING: 1}) == 2
    assert first_stage(levels, {BILLING: 10}) == 3
    assert first_stage(levels, {TURKISH: 10}) == 4
    assert stages(replace(QUEUE, skills=())) == ((),)


def test_a_wait_has_its_effects_at_their_moments() -> None:
    new = ENTRY.aged(QUEUE, NOW)
    assert (new.stage, new.lifted, new.ages_at, new.due) == (0, False, after(30), after(30))
    seen = []
    while new.ages_at:
        new = new.aged(QUEUE, new.ages_at)
        seen.append((new.stage, new.lifted, new.ages_at))
    assert seen == [
        (1, False, after(45)),
        (2, False, after(50)),
        (2, True, after(60)),
        (3, True, None),
    ]
    assert new.due is None


def test_who_comes_back_has_waited_before() -> None:
    back = replace(ENTRY, entered_at=after(55)).aged(QUEUE, after(55))
    assert (back.stage, back.lifted) == (2, True)


def test_without_skills_and_bound_a_wait_has_no_effect() -> None:
    plain = replace(QUEUE, skills=(), starvation_s=None)
    assert ENTRY.aged(plain, after(9999)) == ENTRY
    assert ENTRY.aged(QUEUE, after(9999)).aged(plain, after(9999)) == ENTRY
