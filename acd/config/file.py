"""What may stand in the file: its keys, and what each value may be.

The docstrings of keys and the words for patterns are what people read in error messages.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from acd.ids import AgentId, ExtensionNumber, NodeId, ProjectName, QueueName, StatusName, TrunkName
from acd.settings import Category, RingMode, Strategy

NODE = NodeId("asterisk")
"""The name of the only node, where none is configured."""

DATABASE = r"^(sqlite:///.+|postgresql://.+)$"
URL = r"^https?://[^/]+(/.*)?$"
NAME = r"^[a-z][a-z0-9._-]*$"
TRUNK = r"^[a-z][a-z0-9-]*$"
EXTENSION = r"^[0-9]{2,10}$"
NUMBER = r"^[0-9+*#]+$"
HOST_PORT = r"^[^\s:]+:[0-9]+$"
TARGET = r"^queue:.+$"

PATTERNS = {
    DATABASE: "sqlite:///PATH or postgresql://USER@HOST/NAME",
    URL: "an address like http://127.0.0.1:8088/ari",
    NAME: "small letters, digits and . _ -, a letter first",
    TRUNK: "small letters, digits and -, a letter first",
    EXTENSION: "2 to 10 digits",
    NUMBER: "digits and + * #",
    HOST_PORT: "HOST:PORT",
    TARGET: "queue:NAME",
}
"""The patterns in words."""


class Strict(BaseModel):
    """Unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Node(Strict):
    name: Annotated[NodeId, Field(pattern=NAME)] = NODE
    ari_url: Annotated[str, Field(pattern=URL)]
    ari_user: Annotated[str, Field(min_length=1)]
    ari_password: Annotated[SecretStr, Field(min_length=1)]
    media_address: Annotated[str, Field(min_length=1)]


class Project(Strict):
    name: Annotated[ProjectName, Field(min_length=1)]


class Status(Strict):
    name: Annotated[StatusName, Field(min_length=1)]
    category: Category


class Extension(Strict):
    number: Annotated[ExtensionNumber, Field(pattern=EXTENSION)]
    password: Annotated[SecretStr, Field(min_length=1)]
    node: NodeId = NODE


class Trunk(Strict):
    name: Annotated[TrunkName, Field(pattern=TRUNK)]
    match: Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)]
    host: Annotated[str, Field(pattern=HOST_PORT)]
    node: NodeId = NODE


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
