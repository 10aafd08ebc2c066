"""A small configuration that is right, and what others say of changed ones."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from acd.config import BadConfiguration, Configuration, Source, compile

SMALL = """\
nodes:
  - {ari_url: "http://127.0.0.1:8088/ari", ari_user: acd, ari_password: "${ARI}", media_address: a}
projects: [{name: support}]
extensions: [{number: "1001", password: "${PHONE}"}]
agents: [{username: ayse, name: Ayşe, extension: "1001", projects: [support]}]
queues: [{name: sales, project: support, number: "700", agents: [ayse]}]
"""
"""Without a warning."""
ENVIRONMENT = {"ARI": "secret of ari", "PHONE": "secret of phone"}


def source(text: str, name: str = "acd.yaml") -> Source:
    return Source(name=name, text=text)


def compiled(*texts: str, environment: Mapping[str, str] | None = None) -> Configuration:
    """The configuration of a.yaml, b.yaml and so on; of acd.yaml if there is only one."""
    return compile(named(texts), {**ENVIRONMENT, **(environment or {})})


def named(texts: Sequence[str]) -> list[Source]:
    if len(texts) == 1:
        return [source(texts[0])]
    return [source(text, f"{name}.yaml") for name, text in zip("abcdef", texts, strict=False)]


def told(
    *texts: str,
    environment: Mapping[str, str] | None = None,
    stored: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
) -> list[str]:
    """The lines of all mistakes; no mistake at all is a failure."""
    with pytest.raises(BadConfiguration) as bad:
        compile(named(texts), {**ENVIRONMENT, **(environment or {})}, stored)
    lines = str(bad.value).splitlines()
    assert lines == [str(mistake) for mistake in bad.value.mistakes]
    return lines
