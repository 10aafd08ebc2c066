"""From a file to settings."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from acd.config import checking, reading, words
from acd.config.checking import BadConfiguration
from acd.config.file import File
from acd.config.reading import Location, Mistake, Text
from acd.settings import SYSTEM_STATUSES, AgentSettings, QueueSettings, Settings, StatusSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """A checked file: what the core needs of it, and what the edges do."""

    settings: Settings
    file: File


def load(path: Path, environment: Mapping[str, str] = os.environ) -> Configuration:
    """Read and check the file; ${NAME} stands for a variable. Raises BadConfiguration."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadConfiguration(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadConfiguration(f"{path}: is not text in UTF-8") from error
    return _checked(reading.read(text, environment), str(path))


def check(raw: Any, name: str) -> Configuration:
    """Check what a file says. Raises BadConfiguration."""
    return _checked(Text(raw=raw), name)


def _checked(text: Text, name: str) -> Configuration:
    found = list(text.mistakes)
    if text.raw is None and found:
        raise _bad(found, text, name)
    try:
        file = File.model_validate(text.raw)
    except ValidationError as error:
        known = {mistake.at for mistake in found}
        found += [words.mistake(e) for e in error.errors() if e["loc"] not in known]
    else:
        found += checking.mistakes(file)
    if found:
        raise _bad(found, text, name)
    return Configuration(settings=_settings(file), file=file)


def _bad(mistakes: Iterable[Mistake], text: Text, name: str) -> BadConfiguration:
    """acd.yaml:14: queues[2].agents[0]: there is no agent aysee"""
    lines = []
    for mistake in mistakes:
        line = mistake.line or _line(text.lines, mistake.at)
        place = f"{name}:{line}" if line else name
        about = [reading.shown(mistake.at)] if mistake.line is None else []
        lines.append((line or 0, ": ".join([place, *about, mistake.says])))
    return BadConfiguration("\n".join(text for _, text in sorted(lines)))


def _line(lines: Mapping[Location, int], at: Location) -> int | None:
    """The line of the place; of what it is in, if it is not there."""
    while at and at not in lines:
        at = at[:-1]
    return lines.get(at)


def _settings(file: File) -> Settings:
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
    return Settings(
        queues={q.queue: q for q in queues},
        agents={a.agent: a for a in agents},
        statuses={**SYSTEM_STATUSES, **statuses},
        routes={q.number: q.name for q in file.queues} | {r.number: r.queue for r in file.routes},
        outbound_trunk=file.outbound_trunk,
        misses_before_pause=file.misses_before_pause,
        dead_man_s=file.dead_man_s,
    )
