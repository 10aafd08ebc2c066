"""A call from its beginning to its end, in lines."""

from collections.abc import Iterator
from datetime import datetime
from itertools import zip_longest
from typing import Any

from acd.app.explaining.causes import ending
from acd.db.history import History

Values = dict[str, Any]
Line = tuple[datetime, str]


def call_lines(history: History) -> list[Line]:
    """What happened, each with its moment, in order."""
    lines = [*_interaction(history.interaction)]
    for parts, tell in (
        (history.legs, _leg),
        (history.entries, _entry),
        (history.offers, _offer),
        (history.attempts, _attempt),
    ):
        for values in parts:
            lines += tell(values)
    return sorted(lines, key=lambda line: line[0])


def _interaction(values: Values) -> Iterator[Line]:
    says = f"{values['caller']} calls {values['number']} on node {values['node']}"
    yield values["started_at"], says
    if values["ended_at"]:
        yield values["ended_at"], f"the call is over: {values['outcome']}"


def _entry(values: Values) -> Iterator[Line]:
    yield values["entered_at"], f"waits in {values['queue']} ({values['kind']})"
    if values["ended_at"]:
        waited = _seconds(values["entered_at"], values["ended_at"])
        yield (
            values["ended_at"],
            f"no longer waits in {values['queue']}: {_outcome(values)}{waited}",
        )


def _offer(values: Values) -> Iterator[Line]:
    reason = f"{why(values['explanation'])}; offer {values['id']}"
    yield values["offered_at"], f"is offered to {values['agent']}: {reason}"
    if values["ended_at"]:
        took = _seconds(values["offered_at"], values["ended_at"])
        yield values["ended_at"], f"the offer to {values['agent']} ends: {_outcome(values)}{took}"


def why(explanation: Values) -> str:
    """An offer's explanation in words."""
    words = decided(explanation)
    if explanation.get("lifted"):
        words = f"lifted to the top after too long a wait; {words}"
    if explanation.get("asked"):
        words += "; asked for " + ", ".join(f"{s} {level}" for s, level in explanation["asked"])
    if explanation["runners_up"]:
        words += f"; next were {', '.join(runners_up(explanation))}"
    if explanation["excluded"]:
        out = ", ".join(f"{count} {reason}" for reason, count in explanation["excluded"])
        words += f"; kept out: {out}"
    return f"{words}; configuration {explanation['settings_version']}"


def decided(explanation: Values) -> str:
    """What has decided, and by what: of two who were found together after a crash nobody knows."""
    key = ", ".join(explanation["key"])
    return f"{explanation['strategy']} by {key}" if key else str(explanation["strategy"])


def runners_up(explanation: Values) -> Iterator[str]:
    """Older offers do not say what each was ranked by."""
    keys = explanation.get("runners_up_keys") or ()
    for agent, key in zip_longest(explanation["runners_up"], keys):
        yield f"{agent} ({', '.join(key)})" if key else agent


def _attempt(values: Values) -> Iterator[Line]:
    what = f"{values['agent']}'s {values['device']}"
    yield values["asked_at"], f"{what} is called"
    if values["rang_at"]:
        yield values["rang_at"], f"{what} rings"
    if values["ended_at"]:
        yield values["ended_at"], f"{what}: {_outcome(values)}"


def _leg(values: Values) -> Iterator[Line]:
    whose = f"{values['agent']}'s leg" if values["agent"] else f"the {values['role']}'s leg"
    if values["up_at"]:
        yield values["up_at"], f"{whose} is up"
    if values["ended_at"]:
        yield values["ended_at"], f"{whose} ends: {ending(values['cause'], values['sip_status'])}"


def _outcome(values: Values) -> str:
    return str(values["outcome"]).replace("_", " ")


def _seconds(start: datetime, end: datetime) -> str:
    return f" after {(end - start).total_seconds():.1f} s"
