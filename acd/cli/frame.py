"""One frame of `acd top`: queues, agents and who waits, within a given height."""

from collections.abc import Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from acd.cli.mirror import Mirror
from acd.cli.words import clock, doing, phone_does, seconds, since
from acd.http.pictures import (
    AgentPicture,
    EntryPicture,
    ExtensionPicture,
    GroupPicture,
    OfferPicture,
    QueuePicture,
)

STYLES = {
    "ready": "green",
    "ringing": "bold yellow",
    "talking": "cyan",
    "caller on hold": "cyan",
    "in a call": "cyan",
    "after-call work": "magenta",
    "no phone": "red",
    "logged out": "dim",
}
Waiting = tuple[int, EntryPicture]
"""With the place in the queue, 1 being next."""
FIXED = 8
"""The first line, the last, three empty ones and three of headings."""


def frame(mirror: Mirror, now: datetime, height: int) -> RenderableType:
    """The frame. What does not fit in is counted in the last line; queues and agents go first."""
    queues, people, waiting = mirror.queues, mirror.agents, _places(mirror.entries)
    groups, height = _shown_groups(mirror.groups, now, height)
    room = max(3, height - FIXED)
    shown_queues = queues[: max(1, room // 3)]
    room -= len(shown_queues)
    shown_people = _chosen(people, max(1, room - min(len(waiting), room // 3)))
    shown_waiting = _longest(waiting, max(0, room - len(shown_people)))
    parts: list[RenderableType] = [_head(mirror, now), Text(), *groups]
    parts += [_queues(shown_queues, now), Text()]
    parts.append(agents(shown_people, now))
    if shown_waiting:
        parts += [Text(), _waiting(shown_waiting, now)]
    more = {
        "queues": len(queues) - len(shown_queues),
        "agents": len(people) - len(shown_people),
        "waiting": len(waiting) - len(shown_waiting),
    }
    if told := _more(more):
        parts.append(Text(told, "dim", no_wrap=True))
    return Group(*parts)


def phones(mirror: Mirror, now: datetime, height: int) -> RenderableType:
    """The frame of the extensions; those with a call, then those with a phone, have a place."""
    found, room = mirror.extensions, max(1, height - 4)
    ranked = sorted(found, key=lambda one: (not one["calls"], not one["reachable"]))
    chosen = {one["extension"] for one in ranked[:room]}
    shown = [one for one in found if one["extension"] in chosen]
    parts: list[RenderableType] = [_head(mirror, now), Text(), _extensions(shown, now)]
    if told := _more({"extensions": len(found) - len(shown)}):
        parts.append(Text(told, "dim", no_wrap=True))
    return Group(*parts)


def _extensions(found: Sequence[ExtensionPicture], now: datetime) -> Table:
    """A line for each, and one more for each further leg on it."""
    table = _table("EXTENSION", "AGENT", "PHONES>", "DOING", "FOR>", "WITH")
    for one in found:
        about = (one["extension"], one["agent"] or "-", str(len(one["contacts"])))
        if not one["calls"]:
            doing = "ready" if one["reachable"] else "no phone"
            table.add_row(*about, Text(doing, STYLES[doing]))
        for call in one["calls"]:
            doing = phone_does(call)
            long = clock(seconds(call["since"], now))
            other = call["number" if call["role"] == "caller" else "caller"]
            table.add_row(*about, Text(doing, STYLES.get(doing, "yellow")), long, other)
            about = ("", "", "")
    return table


def agents(people: Sequence[AgentPicture], now: datetime) -> Table:
    """All of them, in this order."""
    table = _table("AGENT", "PHONE", "PROJECT", "DOING", "FOR>", "WITH", "QUEUE")
    for agent in people:
        what = doing(agent)
        table.add_row(
            agent["agent"],
            agent["extension"] or "",
            agent["project"] or "",
            Text(what, STYLES.get(what, "yellow")),
            since(agent, now),
            agent["caller"] or "",
            agent["queue"] or "",
        )
    return table


def _places(entries: Sequence[EntryPicture]) -> list[Waiting]:
    """Queue by queue, each in its order."""
    by_queue: dict[str, list[EntryPicture]] = {}
    for entry in entries:
        by_queue.setdefault(entry["queue"], []).append(entry)
    return [place for found in by_queue.values() for place in enumerate(found, start=1)]


def _chosen(people: Sequence[AgentPicture], room: int) -> list[AgentPicture]:
    """Who of them is shown, in the order they came in, so that nobody jumps about."""
    chosen = {agent["agent"] for agent in sorted(people, key=_rank)[:room]}
    return [agent for agent in people if agent["agent"] in chosen]


def _longest(waiting: Sequence[Waiting], room: int) -> list[Waiting]:
    """Who waits longest, in the order they came in."""
    chosen = sorted(range(len(waiting)), key=lambda at: waiting[at][1]["since"])[:room]
    return [waiting[at] for at in sorted(chosen)]


def _rank(agent: AgentPicture) -> int:
    """Where not all have a place: who works, then who is ready, then who is not there."""
    if agent["phase"]:
        return 0
    return 2 if agent["project"] is None else 1


def _head(mirror: Mirror, now: datetime) -> Text:
    head = Text(no_wrap=True, overflow="ellipsis")
    head.append("acd", "bold")
    head.append(f"  {now:%H:%M:%S} UTC  run {mirror.run}  ", "dim")
    for node in mirror.nodes:
        head.append(f"{node['node']} {'up' if node['up'] else 'DOWN'}  ", _up(node["up"]))
    calls = sum(node["calls"] for node in mirror.nodes)
    head.append(f"{calls} call{'' if calls == 1 else 's'}")
    return head


def _up(up: bool) -> str:
    return "green" if up else "bold red"


def _queues(queues: Sequence[QueuePicture], now: datetime) -> Table:
    table = _table("QUEUE", "NUMBER", "WAITING>", "LONGEST>", "READY>", "TALKING>", "LOGGED IN>")
    for queue in queues:
        longest = seconds(queue["oldest_since"], now) if queue["oldest_since"] else None
        late = "bold red" if (longest or 0) > queue["service_level_s"] else ""
        table.add_row(
            queue["queue"],
            queue["number"],
            Text(str(queue["waiting"]), late),
            Text("-" if longest is None else clock(longest), late),
            str(queue["ready"]),
            str(queue["talking"]),
            f"{queue['logged_in']} of {queue['members']}",
        )
    return table


def _shown_groups(
    groups: Sequence[GroupPicture], now: datetime, height: int
) -> tuple[list[RenderableType], int]:
    """The groups, as many as a quarter of the height has room for, and the height that is left."""
    shown = groups[: max(1, height // 4 - 2)]
    if not shown:
        return [], height
    return [_groups(shown, now), Text()], height - len(shown) - 2


def _groups(groups: Sequence[GroupPicture], now: datetime) -> Table:
    table = _table("GROUP", "QUEUES>", "WAITING>", "LONGEST>", "READY>", "TALKING>", "LOGGED IN>")
    for group in groups:
        oldest = group["oldest_since"]
        table.add_row(
            group["group"],
            str(len(group["queues"])),
            str(group["waiting"]),
            clock(seconds(oldest, now)) if oldest else "-",
            str(group["ready"]),
            str(group["talking"]),
            f"{group['logged_in']} of {group['members']}",
        )
    return table


def _waiting(found: Sequence[Waiting], now: datetime) -> Table:
    table = _table("WAITING", "#>", "CALL", "CALLER", "FOR>", "OFFERED TO")
    for place, entry in found:
        offers = "connecting" if entry["connecting"] else ", ".join(map(_offer, entry["offers"]))
        caller, long = entry["caller"] or "unknown", clock(seconds(entry["since"], now))
        call = entry["interaction"]
        table.add_row(entry["queue"], str(place), call, caller, long, Text(offers, "yellow"))
    return table


def _offer(offer: OfferPicture) -> str:
    return f"{offer['agent']} (rings)" if offer["ringing"] else offer["agent"]


def _more(counts: dict[str, int]) -> str:
    told = [f"{count} {what}" for what, count in counts.items() if count > 0]
    return f"not shown: {', '.join(told)}" if told else ""


def _table(*columns: str) -> Table:
    """A table without lines; > is a column of numbers."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(
            column.rstrip(">"),
            justify="right" if column.endswith(">") else "left",
            no_wrap=True,
            overflow="ellipsis",
        )
    return table
