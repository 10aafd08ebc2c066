"""What is wrong, or odd, about where calls are sent: names that nothing has, targets that are
missing, and queues that send callers round in circles."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from acd.config.document import Wrong
from acd.config.file import File, Queue
from acd.config.mistakes import Location
from acd.config.usable import Usable
from acd.config.words import Guesses, short
from acd.targets import HangupHow, Target, TargetKind
from acd.waits import EMPTY

AT_ONCE = ("full_to", "no_agents_to")
"""By these who comes in is sent on without waiting."""
WAITED = ("timeout_to",)
TARGETS = ("exit_to", "timeout_to", "full_to", "no_agents_to")
LATER = ("flow", "voicemail")
Leads = Mapping[str, Mapping[str, str]]
"""For each queue: to which others its targets lead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One target of the file, with its place."""

    at: Location
    text: str

    @property
    def target(self) -> Target:
        return Target.of(self.text)


def wrongs(read: Usable) -> Iterator[Wrong]:
    """All of it."""
    found = list(sent(read.file))
    later = [one for one in found if one.text.partition(":")[0] in LATER]
    for one in later:
        kind = one.text.partition(":")[0]
        yield Wrong(at=one.at, says=f"there are no targets {kind}: yet")
    now = [one for one in found if one not in later]
    yield from _nowhere(read, now)
    yield from _no_line(read, now)
    yield from _missing(read.file)
    yield from _unused(read.file)
    yield from _circles(read.file, AT_ONCE, "without anybody waiting")


def warnings(file: File) -> Iterator[Wrong]:
    """What is odd about them."""
    yield from _circles(file, (*AT_ONCE, *WAITED), "again and again", but=AT_ONCE)


def sent(file: File) -> Iterator[Sent]:
    """All targets there are."""
    for place, route in enumerate(file.routes):
        yield Sent(at=("routes", place, "to"), text=route.to)
    for place, queue in enumerate(file.queues):
        for key in TARGETS:
            if text := getattr(queue, key):
                yield Sent(at=("queues", place, key), text=text)


def _nowhere(read: Usable, sent: list[Sent]) -> Iterator[Wrong]:
    """Names that nothing has."""
    queues, extensions = read.names("queues"), read.names("extensions")
    known: Mapping[TargetKind, tuple[str, frozenset[str] | None]] = {
        TargetKind.QUEUE: ("queue", queues),
        TargetKind.CALLBACK: ("queue", queues),
        TargetKind.EXTENSION: ("extension", extensions),
        TargetKind.GROUP: ("call group", read.names("call_groups")),
        TargetKind.HANGUP: ("way to hang up", frozenset(HangupHow)),
    }
    guesses = {kind: Guesses(names or ()) for kind, (_, names) in known.items()}
    for one in sent:
        what, names = known[one.target.kind]
        name = one.target.name
        if names is not None and name not in names:
            meant = guesses[one.target.kind].meant(name)
            yield Wrong(at=one.at, says=f"there is no {what} {short(name)}{meant}")


def _no_line(read: Usable, sent: list[Sent]) -> Iterator[Wrong]:
    """Callers who are to be called back, and by nothing."""
    if read.file.outbound_routes or "outbound_routes" in read.doubtful | set(read.kept):
        return
    for one in sent:
        if one.target.kind is TargetKind.CALLBACK:
            yield Wrong(at=one.at, says="needs outbound_routes, by which callers are called back")


def _missing(file: File) -> Iterator[Wrong]:
    """What leads somewhere, and where is not said."""
    for place, queue in enumerate(file.queues):
        wanted = {
            "announce": (queue.announce.exit and not queue.exit_to, "exit_to"),
            "timeout_s": (
                queue.timeout_s and not (queue.timeout_to or queue.exit_to),
                "timeout_to or exit_to",
            ),
            "max_waiting": (queue.max_waiting is not None and not queue.full_to, "full_to"),
            "max_wait_s": (queue.max_wait_s and not queue.full_to, "full_to"),
            "join_when_empty": (
                set(queue.join_when_empty) < set(EMPTY) and not queue.no_agents_to,
                "no_agents_to",
            ),
            "leave_when_empty": (queue.leave_when_empty and not queue.no_agents_to, "no_agents_to"),
        }
        for key, (misses, remedy) in wanted.items():
            if misses:
                says = f"needs {remedy}, where callers go then"
                yield Wrong(at=("queues", place, key), says=says)


def _unused(file: File) -> Iterator[Wrong]:
    """Targets that nothing leads to."""
    for place, queue in enumerate(file.queues):
        limited = queue.max_waiting is not None or queue.max_wait_s
        empty = queue.leave_when_empty or set(queue.join_when_empty) < set(EMPTY)
        leads = {
            "exit_to": (queue.announce.exit or queue.timeout_s, "announce: exit, or timeout_s"),
            "timeout_to": (queue.timeout_s, "timeout_s"),
            "full_to": (limited, "max_waiting or max_wait_s"),
            "no_agents_to": (empty, "leave_when_empty, or join_when_empty"),
        }
        for key, (used, remedy) in leads.items():
            if getattr(queue, key) and not used:
                says = f"nobody ever goes there: it needs {remedy}"
                yield Wrong(at=("queues", place, key), says=says)


def _circles(
    file: File, keys: tuple[str, ...], how: str, but: tuple[str, ...] = ()
) -> Iterator[Wrong]:
    """Queues from which callers come back by these targets; but: not by these alone."""
    leads: Leads = {queue.name: _leads(queue, keys) for queue in file.queues}
    alone: Leads = {queue.name: _leads(queue, but) for queue in file.queues}
    for place, queue in enumerate(file.queues):
        for key, to in leads[queue.name].items():
            way = _way(leads, to, queue.name)
            if way and not (key in but and _way(alone, to, queue.name)):
                round_ = " -> ".join((queue.name, *way))
                says = f"callers go round in circles {how}: {round_}"
                yield Wrong(at=("queues", place, key), says=says)


def _leads(queue: Queue, keys: tuple[str, ...]) -> dict[str, str]:
    """To which queue each of the targets leads."""
    texts = {key: getattr(queue, key) for key in keys}
    if "timeout_to" in keys and queue.timeout_s:
        texts["timeout_to"] = queue.timeout_to or queue.exit_to
    return {
        key: text.removeprefix("queue:")
        for key, text in texts.items()
        if text and text.startswith("queue:")
    }


def _way(leads: Leads, begin: str, end: str) -> tuple[str, ...]:
    """The queues on the shortest way from one to the other, both included; none if there is no
    way."""
    ways: dict[str, tuple[str, ...]] = {begin: (begin,)}
    look_at = [begin]
    for name in look_at:
        if name == end:
            return ways[name]
        for to in leads.get(name, {}).values():
            if to not in ways:
                ways[to] = (*ways[name], to)
                look_at.append(to)
    return ()
