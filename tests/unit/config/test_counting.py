"""What a queue is for reports, and groups of queues: as configured, and what cannot be."""

import pytest

from acd.ids import QueueGroupName, QueueName
from acd.settings import CallMode, QueueType
from tests.unit.config.texts import SMALL, compiled, told

SALES = QueueName("sales")


def queue(says: str) -> str:
    return SMALL.replace('number: "700"', f'number: "700", {says}')


@pytest.mark.key("queues.call_mode", "queues.service_level_s", "queues.short_abandon_s")
def test_it_is_as_configured() -> None:
    says = "call_mode: manual, service_level_s: 30, short_abandon_s: 4, type: voice"
    found = compiled(queue(says)).settings.queues[SALES]
    assert (found.call_mode, found.type) == (CallMode.MANUAL, QueueType.VOICE)
    assert (found.service_level_s, found.short_abandon_s) == (30, 4)
    plain = compiled(SMALL).settings.queues[SALES]
    assert (plain.call_mode, plain.service_level_s) == (CallMode.DISTRIBUTION, 20)
    assert plain.short_abandon_s == 0


@pytest.mark.key("queues.type")
@pytest.mark.parametrize("kind", ["text", "video"])
def test_a_type_that_there_is_not_is_refused(kind: str) -> None:
    [line] = told(queue(f"type: {kind}"))
    says = f"queues[0].type: this installation has no {kind} queues, only voice"
    assert line.partition(": ")[2] == says


@pytest.mark.key("queues.channel_weight")
def test_a_weight_that_would_do_nothing_is_refused() -> None:
    [line] = told(queue("channel_weight: 50"))
    assert line.partition(": ")[2] == (
        "queues[0].channel_weight: an agent of a voice queue has one caller at a time, whatever "
        "the weight: leave it out"
    )
    compiled(queue("channel_weight: 100"))


GROUPS = "queue_groups: [{name: centre, queues: [sales]}]\n"


@pytest.mark.key("queue_groups.name", "queue_groups.queues")
def test_groups_are_as_configured() -> None:
    assert compiled(SMALL + GROUPS).settings.queue_groups == {QueueGroupName("centre"): (SALES,)}


@pytest.mark.parametrize(
    ("groups", "says"),
    [
        (
            "[{name: a, queues: [salse]}]",
            "queue_groups[0].queues[0]: there is no queue salse; did you mean sales?",
        ),
        ("[{name: a, queues: [sales, sales]}]", "queue_groups[0].queues[1]: sales is there twice"),
        ("[{name: a, queues: []}, {name: a, queues: []}]", "queue_groups[1].name: there is"),
    ],
)
def test_groups_that_make_no_sense_are_refused(groups: str, says: str) -> None:
    [line] = told(SMALL + f"queue_groups: {groups}\n")
    assert line.partition(": ")[2].startswith(says)
