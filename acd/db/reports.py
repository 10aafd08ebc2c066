"""Rows as the reports see them: one table per noun, one column per fact about it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy import Table

from acd.agents.attempt import Attempt
from acd.calls.interaction import Interaction
from acd.calls.leg import Leg
from acd.db import tables
from acd.db.intervals import Interval
from acd.dispositions.disposition import Disposition
from acd.queues.entry import Entry
from acd.queues.offer import Offer

Values = dict[str, Any]


def interaction_values(row: Interaction) -> Values:
    return {
        "id": row.id,
        "node": row.node,
        "caller": row.caller,
        "number": row.number,
        "project": row.project,
        "queue": row.queue,
        "started_at": row.started_at,
        "ended_at": row.ended_at,
        "outcome": row.outcome,
    }


def leg_values(row: Leg) -> Values:
    return {
        "node": row.channel.node,
        "channel": row.channel.id,
        "interaction": row.interaction,
        "role": row.role,
        "agent": row.agent,
        "listens_to": row.listens_to and row.listens_to.id,
        "made": row.made,
        "asked_at": row.asked_at,
        "up_at": row.up_at,
        "ended_at": row.ended_at,
        "cause": row.cause,
        "sip_status": row.sip_status,
    }


def entry_values(row: Entry) -> Values:
    return {
        "id": row.id,
        "interaction": row.interaction,
        "queue": row.queue,
        "kind": row.kind,
        "priority": row.priority,
        "order_since": row.order_since,
        "entered_at": row.entered_at,
        "ended_at": row.ended_at,
        "outcome": row.outcome,
        "winner": row.winner,
        "tries": row.tries,
    }


def offer_values(row: Offer) -> Values:
    return {
        "id": row.id,
        "interaction": row.interaction,
        "entry": row.entry,
        "agent": row.agent,
        "offered_at": row.offered_at,
        "ended_at": row.ended_at,
        "outcome": row.outcome,
        "explanation": to_jsonable_python(row.explanation),
    }


def attempt_values(row: Attempt) -> Values:
    return {
        "node": row.channel.node,
        "channel": row.channel.id,
        "interaction": row.interaction,
        "offer": row.offer,
        "agent": row.agent,
        "device": row.device,
        "ring_for_ms": row.ring_for // timedelta(milliseconds=1),
        "asked_at": row.asked_at,
        "rang_at": row.rang_at,
        "up_at": row.up_at,
        "ended_at": row.ended_at,
        "outcome": row.outcome,
    }


def disposition_values(row: Disposition) -> Values:
    return {
        "offer": row.offer,
        "interaction": row.interaction,
        "agent": row.agent,
        "project": row.project,
        "queue": row.queue,
        "code": row.code,
        "category": row.category,
        "note": row.note,
        "tags": list(row.tags),
        "automatic": row.automatic,
        "at": row.at,
    }


def interval_values(row: Interval) -> Values:
    return {
        "agent": row.agent,
        "started_at": row.started_at,
        "ended_at": row.ended_at,
        "project": row.project,
        "status": row.status,
        "category": row.category,
        "phase": row.phase,
        "interaction": row.interaction,
    }


REPORTED: dict[type, tuple[Table, Callable[[Any], Values]]] = {
    Interaction: (tables.interactions, interaction_values),
    Leg: (tables.legs, leg_values),
    Entry: (tables.entries, entry_values),
    Offer: (tables.offers, offer_values),
    Attempt: (tables.attempts, attempt_values),
    Disposition: (tables.dispositions, disposition_values),
    Interval: (tables.agent_intervals, interval_values),
}
"""The rows that reports see, in the order in which they are written."""
