"""One word for one thing: what people read and write uses the words of ours, and no others."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from acd.db.tables import metadata

ROOT = Path(__file__).parents[2]
OTHERS = {
    "tenant": "project",
    "segment": "leg",
    "operator": "agent",
    "manager": "supervisor",
    "wrapup": "acw",
    "wrap": "acw",
    "rona": "missed",
    "verdict": "result_code",
    "telephone": "extension",
    "sequential": "extension_then_mobile, or round_robin",
    "activity": "status",
    "campaign": "queue",
    "skillset": "skills",
    "ticket": "interaction",
}
"""What other products call our things, and what we call them."""


def keys(schema: Any) -> Iterator[str]:
    """The names of all keys of a configuration."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for part in schema.values():
            yield from keys(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from keys(part)


def names() -> Iterator[str]:
    yield from keys(json.loads((ROOT / "docs/configuration.schema.json").read_text()))
    for table in metadata.tables.values():
        yield table.name
        yield from (column.name for column in table.columns)
    for module in (ROOT / "acd").rglob("*.py"):
        yield module.stem


@pytest.mark.parametrize("name", sorted(set(names())))
def test_a_name_is_made_of_our_words(name: str) -> None:
    for word in re.split(r"[_ ]", name.lower()):
        single = word.removesuffix("s")
        assert single not in OTHERS, f"{name}: we say {OTHERS[single]}"
