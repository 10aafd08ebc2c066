"""An offer is known by its id, and open until it has an outcome."""

from datetime import UTC, datetime

from acd.ids import AgentId, EntryId, InteractionId, OfferId
from acd.queues.offer import Explanation, Offer, OfferOutcome


def test_a_new_offer_is_open_and_won_by_nobody() -> None:
    why = Explanation(
        strategy="longest_idle", key=(), runners_up=(), excluded=(), settings_version=1
    )
    offer = Offer(
        id=OfferId("1-1-1.2"),
        interaction=InteractionId("1-1"),
        entry=EntryId("1-1-1.1"),
        agent=AgentId("ayse"),
        offered_at=datetime(2026, 1, 5, 9, tzinfo=UTC),
        explanation=why,
    )
    assert offer.key == "1-1-1.2"
    assert (offer.outcome, offer.won_by, offer.due) == (None, None, None)


def test_the_outcomes_are_those_that_are_reported() -> None:
    assert [*OfferOutcome] == [
        "answered",
        "missed",
        "rejected",
        "busy",
        "unreachable",
        "caller_left",
        "withdrawn",
        "lost_race",
    ]
