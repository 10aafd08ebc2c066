"""The log: each line a constant sentence and its fields, for people or as JSON.

Values that are facts, effects or rows are shown by their type and ids only, for they hold
callers' numbers and digits.
"""

import json
import logging
import re
import sys
import time
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from typing import Any

IDS = frozenset({"agent", "bridge", "channel", "extension", "interaction", "node", "playback"})
MADE = re.compile(r"(\d+-\d+)(?:-\d+\.\d+)?")
"""An interaction's id, or that of something made for one: acd/ids.py."""
USUAL = frozenset({*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"})


class LogStyle(StrEnum):
    HUMAN = "human"
    JSON = "json"


def set_up(style: LogStyle) -> None:
    """Send the log to stderr in that style."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if style is LogStyle.JSON else _Human())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)


class _Human(logging.Formatter):
    """23:11:22.123 INFO  acd.engine: call offered agent=ayse"""

    def format(self, record: logging.LogRecord) -> str:
        at = time.strftime("%H:%M:%S", time.localtime(record.created))
        head = f"{at}.{record.msecs:03.0f} {record.levelname:<7} {record.name}: "
        about = [f"{name}={value}" for name, value in _fields(record).items()]
        return " ".join([head + record.getMessage(), *about, *_traceback(self, record)])


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": round(record.created, 3),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_fields(record),
        }
        for text in _traceback(self, record):
            line["exception"] = text.strip()
        return json.dumps(line, ensure_ascii=False)


def _traceback(formatter: logging.Formatter, record: logging.LogRecord) -> list[str]:
    return ["\n" + formatter.formatException(record.exc_info)] if record.exc_info else []


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    """What the line is about: its fields, and whose call that is, where one of them tells."""
    given = {name: value for name, value in vars(record).items() if name not in USUAL}
    calls = [call for value in given.values() if (call := _interaction_of(value))]
    about = {"interaction": calls[0]} if calls else {}
    return about | {name: _shown(value) for name, value in given.items()}


def _interaction_of(value: Any) -> str | None:
    """The interaction in whose lane an effect is, or for which the thing of a fact was made."""
    channel = getattr(value, "channel", None)
    for made in (getattr(value, "lane", None), getattr(channel, "id", None), value):
        found = MADE.fullmatch(made) if isinstance(made, str) else None
        if found:
            return found[1]
    return None


def _shown(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if is_dataclass(value):
        ids = [
            f"{field.name}={_shown(getattr(value, field.name))}"
            for field in fields(value)
            if field.name in IDS and getattr(value, field.name) is not None
        ]
        return f"{type(value).__name__}({', '.join(ids)})"
    if isinstance(value, Mapping):
        return {str(key): _shown(one) for key, one in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        return "/".join(str(_shown(one)) for one in value)
    return str(value)
