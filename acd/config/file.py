"""What may stand in the file: its keys, and what each value may be.

The docstrings of keys and the words for patterns are what people read in error messages.
"""

from typing import Annotated

from pydantic import Field

from acd.config.strict import DATABASE, NAME, NUMBER, TARGET, Strict
from acd.config.telephony import Extension, Node, Trunk
from acd.ids import AgentId, ExtensionNumber, ProjectName, QueueName, StatusName, TrunkName
from acd.settings import Category, RingMode, Strategy


class Project(Strict):
    name: Annotated[ProjectName, Field(min_length=1)]


class Status(Strict):
    name: Annotated[StatusName, Field(min_length=1)]
    category: Category


class Agent(Strict):
    username: Annotated[AgentId, Field(pattern=NAME)]
    name: Annotated[str, Field(min_length=1)]
    extension: ExtensionNumber | None = None
    mobile: Annotated[str, Field(pattern=NUMBER)] | None = None
    ring: RingMode = RingMode.EXTENSION
    extension_ring_s: Annotated[int, Field(ge=1)] = 25
    mobile_ring_s: Annotated[int, Field(ge=1)] = 25
    projects: list[ProjectName]


class Queue(Strict):
    name: Annotated[QueueName, Field(min_length=1)]
    project: ProjectName
    number: Annotated[str, Field(pattern=NUMBER)]
    strategy: Strategy = Strategy.LONGEST_IDLE
    agents: list[AgentId] = []
    priority: int = 0
    agent_timeout_s: Annotated[int, Field(ge=1)] = 20
    acw_s: Annotated[int, Field(ge=0)] = 0
    music: Annotated[str, Field(min_length=1)] = "default"
    whisper: str | None = None


class Route(Strict):
    number: Annotated[str, Field(min_length=1)]
    to: Annotated[str, Field(pattern=TARGET)]

    @property
    def queue(self) -> QueueName:
        return QueueName(self.to.removeprefix("queue:"))


class File(Strict):
    """The whole file."""

    database: Annotated[str, Field(pattern=DATABASE)] = "sqlite:///acd.db"
    http: str = "127.0.0.1:8080"
    nodes: Annotated[list[Node], Field(min_length=1)]
    projects: list[Project] = []
    statuses: list[Status] = []
    extensions: list[Extension] = []
    trunks: list[Trunk] = []
    outbound_trunk: TrunkName | None = None
    agents: list[Agent] = []
    queues: list[Queue] = []
    routes: list[Route] = []
    misses_before_pause: Annotated[int, Field(ge=0)] = 3
    dead_man_s: Annotated[int, Field(ge=10)] = 60
