"""What of a configuration needs what: by which names entries of one section are tied to those of
another. What something else needs is not deleted."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from acd.config.file import File
from acd.config.targets import sent
from acd.config.usable import name
from acd.targets import TargetKind

NAMING = (
    ("queues", "project", "projects"),
    ("agents", "projects", "projects"),
    ("queues", "agents", "agents"),
    ("queue_groups", "queues", "queues"),
    ("call_groups", "extensions", "extensions"),
    ("pickup_groups", "extensions", "extensions"),
    ("agents", "extension", "extensions"),
    ("queues", "music", "music"),
    ("queues", "result_codes", "result_codes"),
    ("queues", "default_result_code", "result_codes"),
    ("routes", "music", "music"),
    ("extensions", "node", "nodes"),
    ("trunks", "node", "nodes"),
    ("outbound_routes", "trunk", "trunks"),
)
"""Which key of a section names entries of which other one."""
SENT_TO = {
    TargetKind.QUEUE: "queues",
    TargetKind.CALLBACK: "queues",
    TargetKind.EXTENSION: "extensions",
    TargetKind.GROUP: "call_groups",
}
"""Entries of which section the targets name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependant:
    """An entry that needs another one, and the key by which it does: queues.project."""

    section: str
    name: str
    key: str

    def __str__(self) -> str:
        """queue sales (project)"""
        return f"{one_of(self.section)} {self.name} ({self.key.partition('.')[2]})"


def one_of(section: str) -> str:
    """What an entry of the section is."""
    return section.removesuffix("s").replace("_", " ")


def dependants(file: File, section: str, called: str) -> list[Dependant]:
    """All that need that entry, in the order of the file. People assigned to a queue need it,
    though it is the queue that names them."""
    found = [
        *_naming(file, section, called),
        *_sending(file, section, called),
        *_assigned(file, section, called),
    ]
    itself = (section, called)
    return [one for one in dict.fromkeys(found) if (one.section, one.name) != itself]


def _naming(file: File, section: str, called: str) -> Iterator[Dependant]:
    for user, key, used in NAMING:
        if used != section:
            continue
        for entry in getattr(file, user):
            if called in _names(getattr(entry, key)):
                yield Dependant(section=user, name=name(entry), key=f"{user}.{key}")


def _names(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def _sending(file: File, section: str, called: str) -> Iterator[Dependant]:
    for one in sent(file):
        kind, _, to = one.text.partition(":")
        if to == called and SENT_TO.get(TargetKind(kind)) == section:
            user, place, key = str(one.at[0]), int(one.at[1]), one.at[2]
            entry = getattr(file, user)[place]
            yield Dependant(section=user, name=name(entry), key=f"{user}.{key}")


def _assigned(file: File, section: str, called: str) -> Iterator[Dependant]:
    if section != "queues":
        return
    for queue in file.queues:
        if queue.name == called:
            for agent in queue.agents:
                yield Dependant(section="agents", name=agent, key="queues.agents")
