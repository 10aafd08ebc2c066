"""Whatever has happened, its journal leads to the same decisions again, from any moment on."""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.property.journalled import JournalledWorld
from tests.property.machine import Machine
from tests.property.worlds import WORLDS

SEARCH = settings(
    max_examples=20,
    stateful_step_count=20,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow],
)


class Journalled(Machine):
    """All that may happen, but for a bug: it is not in the core that replays."""

    the_core_has_a_bug = None  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.world: JournalledWorld = JournalledWorld(WORLDS[0])

    def teardown(self) -> None:
        super().teardown()
        moments = sorted(self.world.snapshots)
        for seq in {0, *moments[:: 1 + len(moments) // 3]}:
            assert self.world.replay(seq) is None


@pytest.mark.timeout(600)
def test_any_life_is_decided_the_same_again_from_any_moment_on() -> None:
    run_state_machine_as_test(Journalled, settings=SEARCH)
