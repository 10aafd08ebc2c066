"""Whatever happens, in whatever order: what must be so is so after every input."""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.property.apart import APART
from tests.property.late_world import witness
from tests.property.machine import Machine

SEARCH = settings(
    max_examples=40,
    stateful_step_count=25,
    deadline=None,
    backend=APART,
    # Explaining traces every line, which is slow before Python 3.12.
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
LONG_SEARCH = settings(SEARCH, max_examples=150)


@pytest.mark.timeout(600)
def test_whatever_happens_nobody_is_forgotten_and_nobody_is_asked_for_twice() -> None:
    with witness():
        run_state_machine_as_test(Machine, settings=SEARCH)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_neither_in_many_more_lives() -> None:
    with witness():
        run_state_machine_as_test(Machine, settings=LONG_SEARCH)
