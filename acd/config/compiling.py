"""From texts, and what the database owns, to settings."""

import gc
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from acd.config import advice, building, checking, words
from acd.config.document import Document, Wrong, filled, merged
from acd.config.file import File
from acd.config.mistakes import BadConfiguration, Mistake
from acd.config.sources import Source, read
from acd.config.strict import DATABASE, PATTERNS
from acd.config.tree import Node, Parsed, node_of, parse
from acd.config.usable import Usable, usable
from acd.settings import Settings

OVERRIDE = "ACD_DATABASE"
"""The variable that beats the key `database`."""
Stored = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """A configuration that is right: what the core needs of it, and what the edges do."""

    settings: Settings
    file: File
    sources: tuple[Source, ...] = ()
    stored: Stored = field(default_factory=dict)
    """What the database owns: section → entries."""
    warnings: tuple[str, ...] = ()
    advice: tuple[Mistake, ...] = ()
    """The warnings with their places."""
    document: Document = field(repr=False)
    """All of it as it was written."""


def load(path: Path, environment: Mapping[str, str] = os.environ) -> Configuration:
    """Read and check a file or a folder. Raises BadConfiguration."""
    return compile(read(path), environment)


def compile(
    sources: Sequence[Source],
    environment: Mapping[str, str] = os.environ,
    stored: Stored | None = None,
) -> Configuration:
    """Check what they say together, with what the database owns (section → entries).

    ${NAME} and ${file:/PATH} are put in. Raises BadConfiguration, with every mistake.
    """
    with _no_collecting():
        return _compiled(tuple(sources), environment, stored or {})


@contextmanager
def _no_collecting() -> Iterator[None]:
    """What is made here is kept: to look through it for garbage took 40 % of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _compiled(
    sources: tuple[Source, ...], environment: Mapping[str, str], stored: Stored
) -> Configuration:
    parsed = [parse(source) for source in sources]
    mistakes = [mistake for one in parsed for mistake in one.mistakes]
    roots, shape = _roots(sources, parsed)
    mistakes += shape
    if not roots:
        raise BadConfiguration.of(mistakes)
    document, twice = merged(roots, stored)
    # What a broken text would have said is missing elsewhere: that is no mistake of the others.
    broken = bool(shape) or any(one.root is None and one.mistakes for one in parsed)
    try:
        file = _file(document, environment, whole=not broken)
    except BadConfiguration as error:
        raise BadConfiguration.of([*mistakes, *twice, *error.mistakes]) from None
    if mistakes or twice:
        raise BadConfiguration.of([*mistakes, *twice])
    return _configuration(file, document, sources, stored)


def check(
    raw: Any, name: str, environment: Mapping[str, str] = MappingProxyType({})
) -> Configuration:
    """Check what is no text. Raises BadConfiguration."""
    root = node_of(raw, name)
    document, _ = merged([root], {})
    return _configuration(_file(document, environment), document, (), {})


def bootstrap(sources: Sequence[Source], environment: Mapping[str, str] = os.environ) -> str:
    """The database's URL alone, whatever else is wrong: a process must find the version it has
    applied although somebody is in the middle of writing the next. Raises BadConfiguration.
    """
    if override := _override(environment):
        return override
    found = [node for source in sources for node in _databases(source)]
    if not found:
        return str(File.model_fields["database"].default)
    document = Document(root=Node(source=found[0].source, value={"database": found[0]}))
    url, wrong = filled(found[0], environment, ("database",))
    if not wrong and not _is_url(url):
        said = words.got(("database",), document)
        wrong = [Wrong(at=("database",), says=f"expected {PATTERNS[DATABASE]}, got {said}")]
    if wrong:
        raise BadConfiguration.of(map(document.mistake, wrong))
    return str(url)


def _override(environment: Mapping[str, str]) -> str | None:
    """The URL in the environment. Raises BadConfiguration."""
    url = environment.get(OVERRIDE)
    if url and not _is_url(url):
        raise BadConfiguration.of([Mistake(file=OVERRIDE, says=f"expected {PATTERNS[DATABASE]}")])
    return url or None


def _is_url(url: Any) -> bool:
    return isinstance(url, str) and re.search(DATABASE, url) is not None


def _databases(source: Source) -> Iterator[Node]:
    """What the source says of the database; of what is no YAML, the line that says so."""
    parsed = parse(source)
    if parsed.root is None and parsed.mistakes:
        lines = (line for line in source.text.splitlines() if line.startswith("database:"))
        parsed = parse(Source(name=source.name, text=next(lines, "")))
    node = parsed.root and parsed.root.child("database")
    if node:
        yield node


def _roots(sources: Sequence[Source], parsed: Sequence[Parsed]) -> tuple[list[Node], list[Mistake]]:
    """The trees that are mappings, and what is said of the others."""
    roots, mistakes = [], []
    for one in parsed:
        root = one.root
        if root is not None and isinstance(root.value, dict):
            roots.append(root)
        elif root is not None and root.value is not None:
            document = Document(root=root)
            says = f"expected keys with values, got {words.got((), document)}"
            mistakes.append(document.mistake(Wrong(at=(), says=says)))
    if not roots and not mistakes and not any(one.mistakes for one in parsed):
        name = sources[0].name if sources else "the configuration"
        mistakes.append(Mistake(file=name, says="expected keys with values, got nothing"))
    return roots, mistakes


def _file(document: Document, environment: Mapping[str, str], *, whole: bool = True) -> File:
    """The file that the document is. Raises BadConfiguration, with all mistakes.

    whole: whether names that nothing has, and keys that are missing, are mistakes.
    """
    document.environment = environment
    raw, wrong = filled(document.root, environment)
    if override := _override(environment):
        raw["database"] = override
    file, found = words.read(raw, document)
    unset = {one.at for one in wrong}
    wrong += [one for one in found if one.at not in unset]
    right = usable(raw, [one.at for one in wrong]) if wrong or not file else Usable(file=file)
    if whole:
        wrong += checking.wrongs(right, document)
    else:
        wrong = [one for one in wrong if document.node(one.at)]
    if wrong:
        raise BadConfiguration.of(map(document.mistake, wrong))
    return right.file


def _configuration(
    file: File, document: Document, sources: tuple[Source, ...], stored: Stored
) -> Configuration:
    told = [document.mistake(one) for one in advice.warnings(file, document)]
    return Configuration(
        settings=building.settings(file),
        file=file,
        sources=sources,
        stored=stored,
        warnings=tuple(map(str, told)),
        advice=tuple(told),
        document=document,
    )
