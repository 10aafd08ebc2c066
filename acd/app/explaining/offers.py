"""One offer: why this agent was asked and no other, as a supervisor wants to hear it."""

from collections.abc import Iterator, Mapping
from typing import Any

from acd.app.explaining.calls import decided, runners_up
from acd.settings import Strategy

Values = dict[str, Any]
RULES: Mapping[str, str] = {
    Strategy.ROUND_ROBIN: "asks one after the other, going on after who was asked last",
    Strategy.LEAST_RECENT_ACTIVITY: "asks whoever has done nothing for longest",
    Strategy.LONGEST_IDLE: "asks whoever has been without a call of a queue for longest",
    Strategy.FEWEST_CALLS: "asks whoever has had the fewest of its calls since log-in",
    Strategy.LINEAR: "asks in the order in which its agents are written down",
    Strategy.RANDOM: "draws lots",
    Strategy.RING_ALL: "asks everybody at once",
}


def offer_lines(offer: Values, queue: str) -> list[str]:
    """offer: its row, of the reports; queue: whose call it was."""
    why = offer["explanation"]
    lines = [f"offer {offer['id']}: {offer['interaction']}, of queue {queue}, to {offer['agent']}"]
    lines += [f"  {line}" for line in (*_chosen(why, offer["agent"]), *_others(why))]
    return [*lines, f"  {_ended(offer)}", f"  configuration {why['settings_version']}"]


def _chosen(why: Values, agent: str) -> Iterator[str]:
    if why.get("lifted"):
        yield "the caller had waited for longer than the queue's bound, and came before all others"
    rule = RULES.get(why["strategy"])
    if rule is None:
        yield f"no strategy has decided: {decided(why)}"
        return
    yield f"the queue {rule} ({why['strategy']})"
    yield f"{agent}: {', '.join(why['key'])}"
    if why.get("asked"):
        skills = ", ".join(f"{skill} {level} or better" for skill, level in why["asked"])
        yield f"asked for at that moment: {skills}"


def _others(why: Values) -> Iterator[str]:
    yield from (f"next would have been {one}" for one in list(runners_up(why))[:1])
    if rest := list(runners_up(why))[1:]:
        yield f"after that: {', '.join(rest)}"
    if not why["runners_up"] and why["strategy"] in RULES:
        yield "nobody else could have been asked"
    for reason, count in why["excluded"]:
        yield f"not asked: {count} {reason}"


def _ended(offer: Values) -> str:
    if offer["ended_at"] is None:
        return f"offered at {offer['offered_at']:%H:%M:%S} UTC, and still open"
    took = (offer["ended_at"] - offer["offered_at"]).total_seconds()
    outcome = str(offer["outcome"]).replace("_", " ")
    return f"offered at {offer['offered_at']:%H:%M:%S} UTC, {outcome} after {took:.1f} s"
