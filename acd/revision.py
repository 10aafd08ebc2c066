"""What makes another version of the settings out of one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from acd.ids import AgentId, QueueName
from acd.settings import AgentSettings, General, QueueSettings, Settings

Key = TypeVar("Key")
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What makes another version out of one: what is new or changed, and what is gone."""

    general: General
    queues: tuple[QueueSettings, ...] = ()
    agents: tuple[AgentSettings, ...] = ()
    gone_queues: tuple[QueueName, ...] = ()
    gone_agents: tuple[AgentId, ...] = ()


def revision(old: Settings, new: Settings) -> Revision:
    """What makes the new settings out of the old ones."""
    return Revision(
        general=new.general,
        queues=tuple(_changed(old.queues, new.queues)),
        agents=tuple(_changed(old.agents, new.agents)),
        gone_queues=tuple(queue for queue in old.queues if queue not in new.queues),
        gone_agents=tuple(agent for agent in old.agents if agent not in new.agents),
    )


def _changed(old: Mapping[Key, Row], new: Mapping[Key, Row]) -> Iterator[Row]:
    return (row for key, row in new.items() if old.get(key) != row)
