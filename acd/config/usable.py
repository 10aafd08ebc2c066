"""What can be used of a file with mistakes: so that all of them are found at once, those between
entries as well."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from acd.config.document import NAMES
from acd.config.file import File
from acd.config.mistakes import Location
from acd.config.schema import entries, is_list


@dataclass(frozen=True, slots=True, kw_only=True)
class Usable:
    """A file without the entries that could not be read."""

    file: File
    kept: Mapping[str, list[int]] = field(default_factory=dict)
    """For each section of which entries are left out: the places of those that are not."""
    unread: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    """For each such section: the names of what is left out; None if not all can be told."""
    doubtful: frozenset[str] = frozenset()
    """The keys of the file itself that could not be read."""

    def place(self, at: Location) -> Location:
        """The place in the whole file of a place in this one."""
        if len(at) < 2 or at[0] not in self.kept or not isinstance(at[1], int):
            return at
        return (at[0], self.kept[str(at[0])][at[1]], *at[2:])

    def names(self, section: str) -> frozenset[str] | None:
        """What the entries of the section are called by; None if not all can be told."""
        unread = self.unread.get(section, frozenset())
        return None if unread is None else unread | set(map(name, getattr(self.file, section)))


def name(entry: object) -> str:
    """What others call it by."""
    return next(str(getattr(entry, key)) for key in NAMES if hasattr(entry, key))


def usable(raw: Mapping[str, Any], wrong: Iterable[Location]) -> Usable:
    """All but what is wrong at these places."""
    hurt = _keys_by_place(wrong)
    values: dict[str, Any] = {}
    kept: dict[str, list[int]] = {}
    unread: dict[str, frozenset[str] | None] = {}
    for key, about in File.model_fields.items():
        model, value = entries(about.annotation), raw.get(key)
        if model and is_list(about.annotation):
            said = _said(value, key, hurt) if key in raw else []
            read = [_entry(model, one, keys) for one, keys in said or ()]
            kept[key] = [at for at, entry in enumerate(read) if entry]
            values[key] = [entry for entry in read if entry]
            unread[key] = _names(model, said, read)
        elif model:
            values[key] = _entry(model, value, hurt[key,]) or about.get_default()
        elif key in raw and not hurt[key,]:
            values[key] = value
    file = File.model_construct(None, **values)
    doubtful = frozenset(str(at[0]) for at, keys in hurt.items() if len(at) == 1 and keys)
    return Usable(file=file, kept=kept, unread=unread, doubtful=doubtful)


def _keys_by_place(wrong: Iterable[Location]) -> defaultdict[Location, set[str]]:
    """Which keys are wrong, of each section and entry; "" where the place itself is."""
    hurt: defaultdict[Location, set[str]] = defaultdict(set)
    for at in wrong:
        for length in (1, 2):
            if len(at) >= length:
                hurt[at[:length]].add(str(at[length]) if len(at) > length else "")
    return hurt


Said = list[tuple[Any, set[str]]]


def _said(value: Any, key: str, hurt: Mapping[Location, set[str]]) -> Said | None:
    """Each entry with its keys that are wrong; None where there is no list."""
    if not isinstance(value, list):
        return None
    return [(one, hurt.get((key, at), set())) for at, one in enumerate(value)]


def _entry(model: type[BaseModel], raw: Any, hurt: set[str]) -> BaseModel | None:
    """The entry, if need be without keys that mean little when they are left out."""
    if not isinstance(raw, dict):
        return None
    for key in hurt:
        about = model.model_fields.get(key)
        # What is None by default means something by being there: without its extension an agent
        # would be told to need one.
        if about and about.get_default(call_default_factory=True) is None:
            return None
    try:
        return model.model_validate({key: raw[key] for key in raw if key not in hurt})
    except ValidationError:
        return None


def _names(
    model: type[BaseModel], said: Said | None, read: list[BaseModel | None]
) -> frozenset[str] | None:
    """What the entries that could not be read are called; None if one cannot be told."""
    if said is None:
        return None
    key = next(key for key in NAMES if key in model.model_fields)
    default = model.model_fields[key].get_default()
    names = set()
    for (one, hurt), entry in zip(said, read, strict=True):
        if entry:
            continue
        name = one.get(key, default) if isinstance(one, dict) and key not in hurt else None
        if not isinstance(name, str):
            return None
        names.add(name)
    return frozenset(names)
