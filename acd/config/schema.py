"""The keys there are, as the models declare them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from acd.config.file import File
from acd.config.mistakes import Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key: queues.acw_s."""

    path: str
    field: FieldInfo
    entries: type[BaseModel] | None
    """What the value, or each item of it, is, if that has keys of its own."""


def keys() -> Iterator[Key]:
    """All of them, in the order in which they are declared."""
    yield from _keys(File, "")


def model_at(at: Location) -> type[BaseModel] | None:
    """What declares the keys at that place; None if nothing does."""
    model: type[BaseModel] | None = File
    for part in at:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part) if model else None
        model = entries(field.annotation) if field else None
    return model


def entries(annotation: Any) -> type[BaseModel] | None:
    """The model in it: of X, X | None, list[X], list[X] | X and the like."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (entries(inner) for inner in get_args(annotation))
    return next((model for model in found if model), None)


def is_list(annotation: Any) -> bool:
    """Whether the value is a list, or may be."""
    if get_origin(annotation) in (Union, UnionType):
        return any(is_list(inner) for inner in get_args(annotation))
    return get_origin(annotation) in (list, tuple)


def _keys(model: type[BaseModel], before: str) -> Iterator[Key]:
    fields: Mapping[str, FieldInfo] = model.model_fields
    for name, field in fields.items():
        inner = entries(field.annotation)
        yield Key(path=before + name, field=field, entries=inner)
        if inner:
            yield from _keys(inner, f"{before}{name}.")
