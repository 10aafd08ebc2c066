"""The configuration files: YAML into settings, every mistake at once."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from acd.ids import AgentId, ExtensionNumber, NodeId, ProjectName, QueueName, StatusName, TrunkName
from acd.settings import (
    SYSTEM_STATUSES,
    AgentSettings,
    Category,
    QueueSettings,
    RingMode,
    Settings,
    StatusSettings,
    Strategy,
)

NODE = NodeId("asterisk")
"""The name of the only node, where none is configured."""


class BadConfiguration(Exception):
    """The files cannot be used; every mistake is a line of the text."""


def http_address(text: str) -> tuple[str, int]:
    """Host and port of 127.0.0.1:8080. Raises BadConfiguration.

    Only this machine may ask: whoever reaches the port may do everything, for nobody logs in.
    """
    host, _, port = text.rpartition(":")
    host = host.strip("[]")
    if not port.isdecimal() or int(port) > 65535:
        raise BadConfiguration(f"http: {text!r} is not HOST:PORT, as in 127.0.0.1:8080")
    if not _is_loopback(host):
        raise BadConfiguration(
            f"http: {host!r} is not an address of this machine alone: the API does not ask who "
            "one is yet, so it is served at 127.0.0.1 or [::1] only; reach it by an SSH tunnel"
        )
    return host, int(port)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Node(_Strict):
    name: NodeId = NODE
    ari_url: str
    ari_user: str
    ari_password: SecretStr
    media_address: str


class _Project(_Strict):
    name: Annotated[ProjectName, Field(min_length=1)]


class _Status(_Strict):
    name: Annotated[StatusName, Field(min_length=1)]
    category: Category


class _Extension(_Strict):
    number: Annotated[ExtensionNumber, Field(pattern=r"^[0-9]{2,10}$")]
    password: SecretStr
    node: NodeId = NODE


class _Trunk(_Strict):
    name: Annotated[TrunkName, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    match: list[str]
    host: str
    node: NodeId = NODE


class _Agent(_Strict):
    username: Annotated[AgentId, Field(pattern=r"^[a-z][a-z0-9._-]*$")]
    name: str
    extension: ExtensionNumber | None = None
    mobile: str | None = None
    ring: RingMode = RingMode.EXTENSION
    extension_ring_s: Annotated[int, Field(ge=1)] = 25
    mobile_ring_s: Annotated[int, Field(ge=1)] = 25
    projects: list[ProjectName]


class _Queue(_Strict):
    name: Annotated[QueueName, Field(min_length=1)]
    project: ProjectName
    number: Annotated[str, Field(pattern=r"^[0-9+*#]+$")]
    strategy: Strategy = Strategy.LONGEST_IDLE
    agents: list[AgentId] = []
    priority: int = 0
    agent_timeout_s: Annotated[int, Field(ge=1)] = 20
    acw_s: Annotated[int, Field(ge=0)] = 0
    music: str = "default"
    whisper: str | None = None


class _Route(_Strict):
    number: Annotated[str, Field(min_length=1)]
    to: Annotated[str, Field(pattern=r"^queue:.+$")]


class _File(_Strict):
    database: str = "sqlite:///acd.db"
    http: str = "127.0.0.1:8080"
    nodes: Annotated[list[_Node], Field(min_length=1)]
    projects: list[_Project] = []
    statuses: list[_Status] = []
    extensions: list[_Extension] = []
    trunks: list[_Trunk] = []
    outbound_trunk: TrunkName | None = None
    agents: list[_Agent] = []
    queues: list[_Queue] = []
    routes: list[_Route] = []
    misses_before_pause: Annotated[int, Field(ge=0)] = 3
    dead_man_s: Annotated[int, Field(ge=10)] = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """A checked file: what the core needs of it, and what the edges do."""

    settings: Settings
    file: _File


def load(path: Path, environment: Mapping[str, str] = os.environ) -> Configuration:
    """Read and check the file; ${NAME} stands for a variable. Raises BadConfiguration."""
    try:
        text = path.read_text()
    except OSError as error:
        raise BadConfiguration(f"{path}: cannot be read: {error.strerror}") from error
    try:
        raw = yaml.safe_load(_with_variables(text, path, environment))
    except yaml.YAMLError as error:
        raise BadConfiguration(f"{path}: not YAML: {error}") from error
    return check(raw, str(path))


def check(raw: Any, name: str) -> Configuration:
    """Check what a file says. Raises BadConfiguration."""
    try:
        file = _File.model_validate(raw)
    except ValidationError as error:
        lines = [f"{name}: {_place(e['loc'])}: {e['msg']}" for e in error.errors()]
        raise BadConfiguration("\n".join(lines)) from error
    mistakes = [f"{name}: {mistake}" for mistake in _mistakes(file)]
    if mistakes:
        raise BadConfiguration("\n".join(mistakes))
    return Configuration(settings=_settings(file), file=file)


def _with_variables(text: str, path: Path, environment: Mapping[str, str]) -> str:
    missing = sorted({v for v in re.findall(r"\$\{(\w+)\}", text) if v not in environment})
    if missing:
        raise BadConfiguration(
            "\n".join(f"{path}: the environment variable {name} is not set" for name in missing)
        )
    return re.sub(r"\$\{(\w+)\}", lambda match: environment[match[1]], text)


def _place(location: tuple[int | str, ...]) -> str:
    """queues[2].agent_timeout_s"""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return "".join(parts).lstrip(".") or "the file"


def _mistakes(file: _File) -> list[str]:
    """What is wrong between entries that are each right by themselves."""
    return [*_twice(file), *_unknown(file)]


def _twice(file: _File) -> list[str]:
    lists: dict[str, list[str]] = {
        "nodes": [n.name for n in file.nodes],
        "projects": [p.name for p in file.projects],
        "statuses": [s.name for s in file.statuses],
        "extensions": [e.number for e in file.extensions],
        "trunks": [t.name for t in file.trunks],
        "agents": [a.username for a in file.agents],
        "queues": [q.name for q in file.queues],
        "numbers": [*(q.number for q in file.queues), *(r.number for r in file.routes)],
        "extensions of agents": [a.extension for a in file.agents if a.extension],
    }
    return [
        f"{kind}: {name} is there twice"
        for kind, names in lists.items()
        for name in sorted({name for name in names if names.count(name) > 1})
    ]


def _unknown(file: _File) -> list[str]:
    known: dict[str, set[str]] = {
        "project": {p.name for p in file.projects},
        "agent": {a.username for a in file.agents},
        "queue": {q.name for q in file.queues},
        "extension": {e.number for e in file.extensions},
        "node": {n.name for n in file.nodes},
        "trunk": {t.name for t in file.trunks},
    }
    used: list[tuple[str, str, str]] = [
        *((f"queue {q.name}", "project", q.project) for q in file.queues),
        *((f"queue {q.name}", "agent", a) for q in file.queues for a in q.agents),
        *((f"agent {a.username}", "project", p) for a in file.agents for p in a.projects),
        *((f"agent {a.username}", "extension", a.extension) for a in file.agents if a.extension),
        *((f"route {r.number}", "queue", r.to.removeprefix("queue:")) for r in file.routes),
        *((f"extension {e.number}", "node", e.node) for e in file.extensions),
        *((f"trunk {t.name}", "node", t.node) for t in file.trunks),
    ]
    if file.outbound_trunk:
        used.append(("outbound_trunk", "trunk", file.outbound_trunk))
    return [
        f"{who}: there is no {kind} {name}" for who, kind, name in used if name not in known[kind]
    ]


def _settings(file: _File) -> Settings:
    node_of = {extension.number: extension.node for extension in file.extensions}
    agents = [
        AgentSettings(
            agent=a.username,
            name=a.name,
            node=node_of[a.extension] if a.extension else file.nodes[0].name,
            extension=a.extension,
            mobile=a.mobile,
            ring=a.ring,
            extension_ring_s=a.extension_ring_s,
            mobile_ring_s=a.mobile_ring_s,
            projects=tuple(a.projects),
        )
        for a in file.agents
    ]
    queues = [
        QueueSettings(
            queue=q.name,
            project=q.project,
            number=q.number,
            strategy=q.strategy,
            agents=tuple(q.agents),
            priority=q.priority,
            agent_timeout_s=q.agent_timeout_s,
            acw_s=q.acw_s,
            music=q.music,
            whisper=q.whisper,
        )
        for q in file.queues
    ]
    statuses = {s.name: StatusSettings(name=s.name, category=s.category) for s in file.statuses}
    routes = {q.number: q.name for q in file.queues}
    routes |= {r.number: QueueName(r.to.removeprefix("queue:")) for r in file.routes}
    return Settings(
        queues={q.queue: q for q in queues},
        agents={a.agent: a for a in agents},
        statuses={**SYSTEM_STATUSES, **statuses},
        routes=routes,
        outbound_trunk=file.outbound_trunk,
        misses_before_pause=file.misses_before_pause,
        dead_man_s=file.dead_man_s,
    )
