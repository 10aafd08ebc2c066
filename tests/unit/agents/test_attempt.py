"""How the end of a ringing is read: the table of outcomes, row by row."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from acd.agents.attempt import (
    NO_RINGING,
    WEIGHT,
    Attempt,
    AttemptOutcome,
    out_for,
    outcome_of_deadline,
    outcome_of_end,
    trouble_of,
)
from acd.agents.device import DeviceKind, Trouble
from acd.ids import AgentId, Channel, ChannelId, InteractionId, NodeId, OfferId

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
NOT_RUNG = None
JUST_RUNG = timedelta(milliseconds=999)
RUNG = timedelta(seconds=1)
AT_ONCE = None
ASKED = Attempt(
    channel=Channel(NodeId("a"), ChannelId("1-1-1.2")),
    interaction=InteractionId("1-1"),
    offer=OfferId("1-1-1.1"),
    agent=AgentId("ayse"),
    device=DeviceKind.EXTENSION,
    ring_for=timedelta(seconds=20),
    asked_at=NOW,
    due=NOW + NO_RINGING[DeviceKind.EXTENSION],
)


@pytest.mark.parametrize(
    ("sip_status", "rang_for", "outcome", "out_s"),
    [
        # Nobody there.
        (404, NOT_RUNG, "unreachable", 30),
        (408, NOT_RUNG, "unreachable", 30),
        (410, NOT_RUNG, "unreachable", 30),
        (500, NOT_RUNG, "unreachable", 30),
        (503, RUNG, "unreachable", 30),
        (None, NOT_RUNG, "unreachable", 30),
        # A person said no.
        (603, NOT_RUNG, "rejected", AT_ONCE),
        (603, RUNG, "rejected", AT_ONCE),
        (486, RUNG, "rejected", AT_ONCE),
        (600, RUNG, "rejected", AT_ONCE),
        # The phone said no.
        (486, NOT_RUNG, "busy", 5),
        (600, NOT_RUNG, "busy", 5),
        (486, JUST_RUNG, "busy", 5),
        # Do not disturb, forwarding on.
        (480, NOT_RUNG, "busy", 30),
        (480, RUNG, "busy", 30),
        (300, NOT_RUNG, "busy", 30),
        (302, NOT_RUNG, "busy", 30),
        (399, NOT_RUNG, "busy", 30),
        # A mistake in the configuration.
        (488, NOT_RUNG, "unreachable", 30),
    ],
)
def test_a_leg_that_ended_by_itself(
    sip_status: int | None, rang_for: timedelta | None, outcome: str, out_s: int | None
) -> None:
    read = outcome_of_end(DeviceKind.EXTENSION, sip_status, rang_for, answered=False)
    assert read == outcome
    assert out_for(read, sip_status) == (None if out_s is None else timedelta(seconds=out_s))


@pytest.mark.parametrize("sip_status", [None, 486, 603])
def test_a_mobile_that_was_answered_but_not_accepted_is_missed(sip_status: int | None) -> None:
    assert (
        outcome_of_end(DeviceKind.MOBILE, sip_status, RUNG, answered=True) is AttemptOutcome.MISSED
    )


def test_the_device_that_missed_may_ring_again_at_once() -> None:
    assert out_for(AttemptOutcome.MISSED, None) is None


@pytest.mark.parametrize(
    ("attempt", "outcome"),
    [
        (ASKED, "unreachable"),
        (replace(ASKED, rang_at=NOW), "missed"),
        (replace(ASKED, up_at=NOW), "missed"),
    ],
    ids=["never rang", "rang out", "never accepted"],
)
def test_our_own_deadline(attempt: Attempt, outcome: str) -> None:
    assert outcome_of_deadline(attempt) == outcome


def test_a_phone_must_ring_within_4_s_and_a_mobile_within_12() -> None:
    assert {kind: wait.total_seconds() for kind, wait in NO_RINGING.items()} == {
        DeviceKind.EXTENSION: 4,
        DeviceKind.MOBILE: 12,
    }


def test_what_a_person_did_weighs_more_than_what_a_device_did() -> None:
    assert WEIGHT == ("rejected", "missed", "busy", "unreachable")


def test_an_attempt_is_known_by_its_channel() -> None:
    assert ASKED.key == ASKED.channel


def test_a_mobile_that_is_switched_off_wants_nobody_undisturbed() -> None:
    """480 is the carrier's word, not the phone's."""
    read = outcome_of_end(DeviceKind.MOBILE, 480, None, answered=False)
    assert (read, trouble_of(read, 480)) == ("unreachable", Trouble.DEAD)


@pytest.mark.parametrize(
    ("sip_status", "trouble"),
    [
        (404, Trouble.DEAD),
        (None, Trouble.DEAD),
        (486, Trouble.BUSY),
        (600, Trouble.BUSY),
        (480, Trouble.DO_NOT_DISTURB),
        (302, Trouble.FORWARDING),
        (488, Trouble.NO_CODEC),
    ],
)
def test_the_agent_is_told_what_the_phone_has(sip_status: int | None, trouble: Trouble) -> None:
    read = outcome_of_end(DeviceKind.EXTENSION, sip_status, None, answered=False)
    assert trouble_of(read, sip_status) is trouble
