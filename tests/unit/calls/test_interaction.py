"""An interaction would be abandoned until something better is reached."""

from datetime import UTC, datetime

from acd.calls.interaction import Interaction, InteractionOutcome
from acd.ids import InteractionId, NodeId


def test_a_new_interaction_would_end_abandoned_and_has_no_deadline_of_its_own() -> None:
    interaction = Interaction(
        id=InteractionId("1-1"),
        node=NodeId("a"),
        caller="+902120000001",
        number="700",
        started_at=datetime(2026, 1, 5, 9, tzinfo=UTC),
    )
    assert interaction.key == "1-1"
    assert interaction.due is None
    assert interaction.outcome is None
    assert interaction.reached is InteractionOutcome.ABANDONED
