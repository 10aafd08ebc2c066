"""Frames: what has changed, numbered, held for a while; and the messages made of them.

Who has missed some frames gets one message for all of them: the newest picture of each thing.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2s
from itertools import islice

from acd.http.view import Difference, Key, Kind, LiveView, Shown, encode

ALL = frozenset(Kind)
HELD_FRAMES = 600
"""A minute, at ten a second."""
HELD_PICTURES = 5_000
"""Of all frames together: a few megabytes, and little for the garbage collector to look through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """What somebody is shown; None is no limit.

    Agents are of the project they are logged in to, so that one of a limited audience comes and
    goes with that. queues limits queues and entries, agents limits agents, groups limits
    groups: who has chosen queues or projects sees only groups chosen by name, and no extensions,
    which belong to neither.
    """

    kinds: frozenset[Kind] = ALL
    projects: frozenset[str] | None = None
    queues: frozenset[str] | None = None
    agents: frozenset[str] | None = None
    groups: frozenset[str] | None = None

    @property
    def name(self) -> str:
        """The same for the same audience, in any run."""
        fields = (self.kinds, self.projects, self.queues, self.agents, self.groups)
        told = [None if field is None else sorted(field) for field in fields]
        return blake2s(encode(told).encode(), digest_size=6).hexdigest()

    def sees(self, kind: Kind, name: str, shown: Shown | None) -> bool:
        if shown is None or kind not in self.kinds:
            return False
        if kind is Kind.NODES:
            return True
        if kind is Kind.GROUPS:
            return self._sees_group(name)
        if kind is Kind.EXTENSIONS:
            return self.queues is None and self.projects is None
        if self.projects is not None and shown.project not in self.projects:
            return False
        if kind is Kind.AGENTS:
            return self.agents is None or name in self.agents
        return self.queues is None or shown.queue in self.queues

    def _sees_group(self, name: str) -> bool:
        if self.groups is None:
            return self.queues is None and self.projects is None
        return name in self.groups


EVERYTHING = Audience()


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What came out different at one moment. seq counts frames from 1 in each run."""

    seq: int
    changed: Mapping[Key, Difference]


class Held:
    """The last frames, so many and so large at most."""

    def __init__(self, *, frames: int = HELD_FRAMES, pictures: int = HELD_PICTURES) -> None:
        self._most_frames = frames
        self._most_pictures = pictures
        self._frames: deque[Frame] = deque()
        self._pictures = 0
        self.seq = 0
        """Of the newest frame; 0 before there is one."""

    def add(self, changed: Mapping[Key, Difference]) -> None:
        """The next frame."""
        self.seq += 1
        self._frames.append(Frame(seq=self.seq, changed=changed))
        self._pictures += len(changed)
        while len(self._frames) > self._most_frames or (
            self._pictures > self._most_pictures and len(self._frames) > 1
        ):
            self._pictures -= len(self._frames.popleft().changed)

    def holds(self, seq: int) -> bool:
        """Whether all that came after that frame is known."""
        return self.seq - len(self._frames) <= seq <= self.seq

    def since(self, seq: int) -> Mapping[Key, Difference]:
        """All that changed after that frame, which must be held."""
        first = len(self._frames) - (self.seq - seq)
        return merged(islice(self._frames, first, None))


def merged(frames: Iterable[Frame]) -> Mapping[Key, Difference]:
    """As if it were one: how each thing was shown before, and how it is after."""
    found: dict[Key, Difference] = {}
    for frame in frames:
        for key, (old, new) in frame.changed.items():
            found[key] = (found[key][0] if key in found else old, new)
    return found


# Messages: JSON, put together of pictures that are JSON already.


def delta(changed: Mapping[Key, Difference], audience: Audience, seq: int, at: str) -> bytes | None:
    """What of it the audience is to know; None if nothing."""
    lists: dict[Kind, list[str]] = {}
    gone: dict[Kind, list[str]] = {}
    for (kind, name), (old, new) in changed.items():
        if new is not None and audience.sees(kind, name, new):
            lists.setdefault(kind, []).append(new.text)
        elif audience.sees(kind, name, old):
            gone.setdefault(kind, []).append(name)
    if not lists and not gone:
        return None
    parts = [f'"type":"delta","seq":{seq},"at":"{at}"', *_lists(lists)]
    if gone:
        parts.append(f'"gone":{encode(gone)}')
    return _object(parts)


def beat(seq: int, at: str) -> bytes:
    """Nothing has changed, and all is well."""
    return _object([f'"type":"beat","seq":{seq},"at":"{at}"'])


def snapshot(view: LiveView, audience: Audience, *, run: int, seq: int, at: str) -> bytes:
    """All that the audience sees, as it is shown now; nothing may be stale."""
    tables = view.tables
    lists = {kind: _seen(view.shown[kind], kind, audience) for kind in Kind}
    lists[Kind.NODES] = _in_order(lists[Kind.NODES], tables.nodes)
    lists[Kind.QUEUES] = _in_order(lists[Kind.QUEUES], tables.settings.queues)
    lists[Kind.GROUPS] = _in_order(lists[Kind.GROUPS], tables.settings.queue_groups)
    lists[Kind.AGENTS] = _in_order(lists[Kind.AGENTS], tables.settings.agents)
    phones = tables.settings.extensions
    lists[Kind.EXTENSIONS] = _in_order(lists[Kind.EXTENSIONS], phones)
    entries = lists[Kind.ENTRIES].items()
    lists[Kind.ENTRIES] = dict(sorted(entries, key=lambda entry: entry[1].order or ()))
    head = f'"type":"snapshot","seq":{seq},"stream":"{run}.{audience.name}","at":"{at}"'
    about = f'"run":{run},"calls":{len(tables.interactions)}'
    texts = {kind: [shown.text for shown in found.values()] for kind, found in lists.items()}
    return _object([head, about, *_lists(texts)])


def _seen(shown: Mapping[str, Shown], kind: Kind, audience: Audience) -> dict[str, Shown]:
    if audience == EVERYTHING:
        return dict(shown)
    return {name: one for name, one in shown.items() if audience.sees(kind, name, one)}


def _in_order(shown: Mapping[str, Shown], names: Iterable[str]) -> dict[str, Shown]:
    """Those with these names first."""
    first = {name: shown[name] for name in names if name in shown}
    return first | {name: one for name, one in shown.items() if name not in first}


def _lists(texts: Mapping[Kind, list[str]]) -> list[str]:
    return [f'"{kind}":[{",".join(found)}]' for kind, found in texts.items()]


def _object(parts: Iterable[str]) -> bytes:
    return ("{" + ",".join(parts) + "}").encode()
