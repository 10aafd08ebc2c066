"""What a queue is called and counted by, and groups of queues, change no decision."""

from dataclasses import replace
from random import Random

import pytest

from acd.ids import QueueGroupName
from acd.settings import CallMode, Settings
from tests.stories.acd import SALES, SERVICE, Acd, queue_settings, settings

PLAIN = settings(
    queue_settings(SALES, "700", "ayse", "baris"),
    queue_settings(SERVICE, "701", "baris", "cem"),
)
LABELLED = replace(
    PLAIN,
    queues={
        **PLAIN.queues,
        # One of two: what changed both alike would not be seen.
        SALES: replace(
            PLAIN.queues[SALES], call_mode=CallMode.MANUAL, service_level_s=1, short_abandon_s=9
        ),
    },
    queue_groups={QueueGroupName("centre"): (SALES,)},
)
PEOPLE = ("ayse", "baris", "cem")


def decisions(of: Settings, seed: int) -> list[object]:
    """All that was done on a day on which people do this and that, by the seed."""
    acd, dice, callers = Acd(of), Random(seed), 0
    done: list[object] = []
    take = acd.world._take
    acd.world._take = lambda decision: (done.extend(decision.effects), take(decision))[1]  # type: ignore[method-assign]
    acd.at_work(*PEOPLE)
    for _ in range(40):
        match dice.randrange(5):
            case 0 | 1:
                callers += 1
                acd.calls(str(callers), dice.choice(("700", "701")))
            case 2:
                acd.takes(dice.choice(PEOPLE))
            case 3:
                acd.agent_hangs_up(dice.choice(PEOPLE))
            case _:
                acd.pass_time(dice.choice((1, 10, 25)))
    return done


@pytest.mark.parametrize("seed", range(5))
def test_labels_and_groups_change_no_decision(seed: int) -> None:
    plain = decisions(PLAIN, seed)
    assert len(plain) > 50
    assert decisions(LABELLED, seed) == plain


def test_what_is_no_label_would_be_noticed() -> None:
    others = {name: replace(queue, acw_s=11) for name, queue in PLAIN.queues.items()}
    other = replace(PLAIN, queues=others)
    assert any(decisions(other, seed) != decisions(PLAIN, seed) for seed in range(5))
