"""A device may ring when it can be reached, is on hook, has rested and has not just failed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from acd.agents.device import Device, DeviceKind
from acd.ids import ChannelId

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
LATER = NOW + timedelta(seconds=1)
FREE = Device(kind=DeviceKind.EXTENSION, endpoints=("PJSIP/1001",))


def test_a_registered_phone_on_hook_is_usable() -> None:
    assert FREE.usable


@pytest.mark.parametrize(
    "device",
    [
        replace(FREE, endpoints=()),
        replace(FREE, legs=(ChannelId("1-1-1.1"),)),
        replace(FREE, rest_until=LATER),
        replace(FREE, out_until=LATER),
    ],
    ids=["not registered", "off hook", "rests", "has failed"],
)
def test_what_keeps_a_device_from_ringing(device: Device) -> None:
    assert not device.usable


@pytest.mark.parametrize("wait", ["rest_until", "out_until"])
def test_a_wait_is_over_at_its_very_end_and_not_before(wait: str) -> None:
    waiting = replace(FREE, **{wait: LATER})  # type: ignore[arg-type]
    assert waiting.at(NOW) == waiting
    assert waiting.at(LATER) == FREE


def test_one_wait_may_be_over_while_the_other_lasts() -> None:
    both = replace(FREE, rest_until=NOW, out_until=LATER)
    assert both.at(NOW) == replace(FREE, out_until=LATER)
