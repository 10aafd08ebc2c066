"""How stories are told: as they are, with a second call that wants the same agent, and again and
again with a crash one effect later; also both."""

from collections.abc import Callable, Iterable
from functools import partial
from itertools import product

import pytest

from acd.settings import Settings
from tests.stories.acd import Acd

Story = Callable[[Acd], None]


def told(stories: Iterable[tuple[Story, Settings]]) -> pytest.MarkDecorator:
    """For a test that is given each story in each way, as a function to be called: `tell`."""
    ways = product((0, 1), repeat=2)
    cases = [_case(*story, *way) for story, way in product(stories, ways)]
    return pytest.mark.parametrize("tell", cases)


def _case(story: Story, settings: Settings, crashes: int, second_call: int) -> object:
    tell = partial(_with_crashes if crashes else _once, story, settings, bool(second_call))
    ways = ["with a crash after every effect"] * crashes + ["with a second call"] * second_call
    # A crash is looked at quickly beside one call, and in full where there is time.
    marks = [pytest.mark.slow] if crashes and second_call else []
    return pytest.param(tell, id=", ".join([story.__name__, *ways]), marks=marks)


def _once(story: Story, settings: Settings, second_call: bool) -> None:
    acd = Acd(settings, second_call=second_call)
    story(acd)
    acd.all_go_home()


def _with_crashes(story: Story, settings: Settings, second_call: bool) -> None:
    whole = Acd(settings, second_call=second_call)
    story(whole)
    for n in range(1, whole.world.performed + 1):
        acd = Acd(settings, crash_at=n, second_call=second_call)
        story(acd)
        acd.all_go_home()
        assert acd.world.run == 2
