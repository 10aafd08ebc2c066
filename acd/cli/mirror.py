"""The live picture as a subscriber keeps it: a snapshot, then what changes in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from acd.http.pictures import (
    AgentPicture,
    EntryPicture,
    ExtensionPicture,
    GroupPicture,
    NodePicture,
    QueuePicture,
)

NAMES = {
    "nodes": "node",
    "queues": "queue",
    "groups": "group",
    "agents": "agent",
    "extensions": "extension",
    "entries": "entry",
}
"""The lists of a message, and what names the pictures in each."""


@dataclass(slots=True, kw_only=True)
class Mirror:
    """Give it every message; what it shows is true to the last one."""

    at: datetime | None = None
    """When the last one was made, by the clock of the process; None before the first."""
    run: int = 0
    seq: int = 0
    stream: str = ""
    """Where to go on: `from` and `stream` of the next connection."""
    tables: dict[str, dict[str, Any]] = field(default_factory=lambda: {name: {} for name in NAMES})

    def apply(self, message: Mapping[str, Any]) -> None:
        """Take in a snapshot, a delta or a beat."""
        self.at, self.seq = datetime.fromisoformat(message["at"]), message["seq"]
        if message["type"] == "snapshot":
            self.run, self.stream = message["run"], message["stream"]
            self.tables = {name: {} for name in NAMES}
        for table, name in NAMES.items():
            self.tables[table].update((one[name], one) for one in message.get(table, ()))
        for table, names in message.get("gone", {}).items():
            for gone in names:
                self.tables[table].pop(gone, None)

    @property
    def nodes(self) -> list[NodePicture]:
        return list(self.tables["nodes"].values())

    @property
    def queues(self) -> list[QueuePicture]:
        return list(self.tables["queues"].values())

    @property
    def groups(self) -> list[GroupPicture]:
        return list(self.tables["groups"].values())

    @property
    def agents(self) -> list[AgentPicture]:
        return list(self.tables["agents"].values())

    @property
    def extensions(self) -> list[ExtensionPicture]:
        return list(self.tables["extensions"].values())

    @property
    def entries(self) -> list[EntryPicture]:
        """Those of one queue in the order in which they are served."""
        return sorted(
            self.tables["entries"].values(),
            key=lambda one: (-one["priority"], one["order_since"], one["entry"]),
        )
