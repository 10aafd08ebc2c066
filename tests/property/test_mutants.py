"""The machine bites: it catches every one of the bugs that are put into the core."""

import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext, suppress
from multiprocessing import get_context

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.property.apart import APART
from tests.property.late_world import witness
from tests.property.machine import Machine
from tests.property.mutants import MUTANTS
from tests.property.mutating import Mutant, changed_by, mutated

SEARCH = settings(
    max_examples=250,
    stateful_step_count=25,
    deadline=None,
    database=None,
    backend=APART,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
SEEDS = (1, 2, 3)
"""Almost every bug is caught by the first; a change of the core may take one out of its way."""
UNHARMED = None


def hunt(mutant: Mutant | None) -> tuple[str, float]:
    """How the search fails that is always the same, or '', and after how many seconds."""
    begun = time.monotonic()
    if mutant and not _fits(mutant):
        return "", 0
    with mutated(mutant) if mutant else nullcontext(), witness():
        how = next(filter(None, map(_search, SEEDS if mutant else SEEDS[:1])), "")
    return how, time.monotonic() - begun


def _fits(mutant: Mutant) -> bool:
    """Whether it is still a change of the core: one that is not spoils no other hunt."""
    with suppress(AssertionError):
        return bool(changed_by(mutant))
    return False


def _search(number: int) -> str:
    try:
        run_state_machine_as_test(seed(number)(Machine), settings=SEARCH)
    except Exception as error:
        cause = error.__cause__ or error
        return f"{type(cause).__name__}: {cause}"
    return ""


@pytest.fixture(scope="module")
def caught() -> Iterator[dict[str, tuple[str, float]]]:
    """What became of each bug, and of the core without one: searched side by side."""
    hunted = (UNHARMED, *MUTANTS)
    with ProcessPoolExecutor(max_workers=2, mp_context=get_context("spawn")) as processes:
        names = [mutant.name if mutant else "unharmed" for mutant in hunted]
        yield dict(zip(names, processes.map(hunt, hunted), strict=True))


@pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.name for mutant in MUTANTS])
def test_a_bug_is_a_change_of_the_core_as_it_stands(mutant: Mutant) -> None:
    assert changed_by(mutant)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_core_passes_the_search(caught: dict[str, tuple[str, float]]) -> None:
    assert caught["unharmed"][0] == ""


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.name for mutant in MUTANTS])
def test_a_bug_is_caught(mutant: Mutant, caught: dict[str, tuple[str, float]]) -> None:
    how, _ = caught[mutant.name]
    assert how, f"nobody noticed that {mutant.name}"
