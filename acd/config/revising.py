"""A configuration that is right, with some of its pieces changed.

Only the changed pieces are read; that all fit together is checked anew. It takes a tenth of what
compiling takes, and runs beside a process that serves calls.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from acd.config import building, checking, words
from acd.config.compiling import Configuration
from acd.config.difference import Change
from acd.config.document import DATABASE, Document, Wrong, filled, merged
from acd.config.entities import NOT_KEPT, Entity, document_of
from acd.config.file import File
from acd.config.mistakes import BadConfiguration, Mistake, shown
from acd.config.schema import entries, is_list
from acd.config.tree import Node, node_of
from acd.config.usable import Usable, name

NOWHERE = Document(root=Node(source=DATABASE, value={}))
"""Of what is no text any more."""


def revised(
    configuration: Configuration,
    changes: Sequence[Change],
    environment: Mapping[str, str],
    version: int,
) -> Configuration:
    """The configuration with the changes, as that version. Raises BadConfiguration, with every
    mistake."""
    file = _changed(configuration.file, changes, environment)
    return replace(
        configuration, file=file, settings=replace(building.settings(file), version=version)
    )


def _changed(file: File, changes: Sequence[Change], environment: Mapping[str, str]) -> File:
    sections = {change.one.section for change in changes}
    if unknown := sorted(sections - set(File.model_fields) | sections & NOT_KEPT):
        raise BadConfiguration(f"there is no section {unknown[0]}")
    for change in changes:
        if _is_listed(change.one.section) != bool(change.one.name):
            raise BadConfiguration(f"{change.one.section}: {change.one.name!r} is no name there")
    part = _read(file, [change.after for change in changes if change.after], environment)
    _refuse_misnamed(part, changes)
    new = file.model_copy(
        update={section: _section(section, file, part, changes) for section in sections}
    )
    wrongs = checking.wrongs(Usable(file=new), NOWHERE)
    if wrongs:
        raise BadConfiguration.of(_mistake(new, wrong) for wrong in wrongs)
    return new


def _is_listed(section: str) -> bool:
    """Whether the section is a list of entries, each with a name."""
    annotation = File.model_fields[section].annotation
    return entries(annotation) is not None and is_list(annotation)


def _refuse_misnamed(part: File, changes: Iterable[Change]) -> None:
    """A piece has the name that its body has. Raises BadConfiguration."""
    for section in {change.one.section for change in changes if change.one.name}:
        named = [c.one.name for c in changes if c.after and c.one.section == section]
        called = [name(item) for item in getattr(part, section)] if named else []
        if called != named:
            raise BadConfiguration(f"{section}: called {called}, but named {named}")


def _read(file: File, pieces: Iterable[Entity], environment: Mapping[str, str]) -> File:
    """A file with nothing but the pieces."""
    document, _ = merged([node_of(document_of(pieces), DATABASE)], {})
    raw, wrong = filled(document.root, environment)
    raw.setdefault("nodes", list(file.nodes))
    try:
        part = File.model_validate(raw)
    except ValidationError as error:
        known = {one.at for one in wrong}
        wrong += [one for one in words.wrongs(error, document) if one.at not in known]
    if wrong:
        raise BadConfiguration.of(map(document.mistake, wrong))
    return part


def _section(section: str, file: File, part: File, changes: Iterable[Change]) -> Any:
    """The section's value: the changed entries in the places of the old ones, new ones last."""
    of_section = [change for change in changes if change.one.section == section]
    if not of_section[0].one.name:
        return getattr(part, section)
    items = {name(item): item for item in getattr(file, section)}
    for change in of_section:
        if change.after is None:
            items.pop(change.one.name, None)
    items |= {name(item): item for item in getattr(part, section)}
    return list(items.values())


def _mistake(file: File, wrong: Wrong) -> Mistake:
    """The mistake, with the name of the entry it is about."""
    at = wrong.at
    if len(at) > 1 and isinstance(at[1], int):
        entry = name(getattr(file, str(at[0]))[at[1]])
        at = (f"{at[0]}[{entry}]", *at[2:])
    return Mistake(file=DATABASE, place=shown(at), says=wrong.says)
