"""A story is told again and again, each time with a crash one effect later."""

from collections.abc import Callable

from acd.settings import Settings
from tests.stories.acd import Acd


def survives_every_crash(
    story: Callable[[Acd], None], settings: Settings, *, second_call: bool
) -> None:
    """All ends well, wherever the process dies. Raises AssertionError."""
    whole = Acd(settings, second_call=second_call)
    story(whole)
    for n in range(1, whole.world.performed + 1):
        acd = Acd(settings, crash_at=n, second_call=second_call)
        story(acd)
        acd.all_go_home()
        assert acd.world.run == 2
