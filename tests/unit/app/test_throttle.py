"""How often a password may be tried."""

from datetime import UTC, datetime, timedelta

import pytest

from acd.app import throttle
from acd.app.throttle import ADDRESS, PAIR, USER, Throttle

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
HOME, AWAY = "192.0.2.1", "198.51.100.7"


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_so_many_tries_are_free_and_then_one_after_the_other() -> None:
    tries = Throttle()
    assert [tries.try_("ayse", HOME, NOW) for _ in range(PAIR.tries)] == [0] * PAIR.tries
    assert tries.try_("ayse", HOME, NOW) == PAIR.every_s
    assert tries.try_("ayse", HOME, after(4)) == pytest.approx(PAIR.every_s - 4)
    assert tries.try_("ayse", HOME, after(PAIR.every_s)) == 0
    assert tries.try_("ayse", HOME, after(PAIR.every_s)) == PAIR.every_s


def test_another_user_at_the_address_is_not_kept_out() -> None:
    tries = Throttle()
    for _ in range(PAIR.tries + 1):
        tries.try_("ayse", HOME, NOW)
    assert tries.try_("baris", HOME, NOW) == 0


def test_right_passwords_never_count() -> None:
    tries = Throttle()
    for _ in range(3 * ADDRESS.tries):
        assert tries.try_("ayse", HOME, NOW) == 0
        tries.succeeded("ayse", HOME, NOW)


def test_a_shift_that_logs_in_from_one_address_is_not_kept_out() -> None:
    tries = Throttle()
    for number in range(3 * ADDRESS.tries):
        assert tries.try_(f"agent{number}", HOME, NOW) == 0
        tries.succeeded(f"agent{number}", HOME, NOW)


def test_a_user_cannot_be_tried_from_address_after_address() -> None:
    tries = Throttle()
    waits = [tries.try_("ayse", f"192.0.2.{number}", NOW) for number in range(USER.tries + 1)]
    assert waits == [0] * USER.tries + [USER.every_s]


def test_an_address_cannot_try_user_after_user() -> None:
    tries = Throttle()
    waits = [tries.try_(f"agent{number}", AWAY, NOW) for number in range(ADDRESS.tries + 1)]
    assert waits == [0] * ADDRESS.tries + [ADDRESS.every_s]


def test_what_others_try_elsewhere_keeps_nobody_out_where_one_has_been() -> None:
    tries = Throttle()
    tries.try_("ayse", HOME, NOW)
    tries.succeeded("ayse", HOME, NOW)
    for number in range(2 * USER.tries):
        tries.try_("ayse", f"198.51.100.{number}", NOW)
    for number in range(2 * ADDRESS.tries):
        tries.try_(f"agent{number}", HOME, NOW)
    assert tries.try_("ayse", HOME, NOW) == 0
    assert tries.try_("ayse", AWAY, NOW) > 0


def test_what_is_remembered_is_bounded_and_the_latest_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(throttle, "KEPT", 20)
    tries = Throttle()
    for number in range(30):
        tries.try_(f"agent{number}", f"a{number}", NOW)
        tries.succeeded(f"agent{number}", f"a{number}", NOW)
    assert tries.size == 2 * throttle.KEPT
    assert tries.knows("agent29", "a29")
    assert not tries.knows("agent0", "a0")
