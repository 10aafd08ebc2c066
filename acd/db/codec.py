"""JSON of frozen dataclasses, both ways. The name of the class is kept beside its JSON."""

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json


class Unreadable(Exception):
    """There is no such class any more, or it cannot be made from that JSON."""


class Codec:
    """Encodes and decodes the classes it is given, and those they are made of."""

    def __init__(self, classes: Iterable[type]) -> None:
        self._adapters: dict[str, TypeAdapter[Any]] = {}
        self._mixed: dict[str, tuple[str, ...]] = {}
        for each in classes:
            self._adapters[each.__name__] = _adapter(each)
            if mixed := _mixed_fields(each):
                self._mixed[each.__name__] = mixed

    def encode(self, value: object) -> str:
        """The value as JSON. Raises where it holds what JSON cannot."""
        name = type(value).__name__
        adapter = self._adapters[name]
        text = adapter.serializer.to_json(value, warnings=False, fallback=_plain).decode()
        for field in self._mixed.get(name, ()):
            text = f'{text[:-1]},"{field} is":"{type(getattr(value, field)).__name__}"}}'
        return text

    def encode_many(self, values: Iterable[object]) -> str:
        """The values with the names of their classes, as one JSON list of pairs."""
        pairs = (f'["{type(value).__name__}",{self.encode(value)}]' for value in values)
        return f"[{','.join(pairs)}]"

    def decode(self, name: str, text: str) -> Any:
        """The value again. Raises Unreadable."""
        try:
            if name in self._mixed:
                return self._make(name, from_json(text))
            return self._adapters[name].validate_json(text)
        except (KeyError, ValueError) as error:
            raise Unreadable(f"{name}: {_words(error)}") from error

    def decode_many(self, text: str) -> tuple[Any, ...]:
        """The values again. Raises Unreadable."""
        try:
            return tuple(self._make(name, body) for name, body in from_json(text))
        except (KeyError, ValueError) as error:
            raise Unreadable(f"one of several: {_words(error)}") from error

    def _make(self, name: str, body: Any) -> Any:
        for field in self._mixed.get(name, ()):
            body[field] = self._make(body.pop(f"{field} is"), body[field])
        return self._adapters[name].validate_python(body)


@cache
def _adapter(cls: type) -> TypeAdapter[Any]:
    """Made once for each class: making those of all takes as long as opening the database."""
    return TypeAdapter(cls)


@cache
def _mixed_fields(cls: type) -> tuple[str, ...]:
    """The fields that hold one of several classes, some of which look the same in JSON."""
    hints = get_type_hints(cls)
    return tuple(field.name for field in fields(cls) if _is_mixed(hints[field.name]))


def _is_mixed(hint: Any) -> bool:
    classes = [each for each in get_args(hint) if is_dataclass(each)]
    return get_origin(hint) in (Union, UnionType) and len(classes) > 1


def _plain(value: object) -> object:
    """A read-only mapping is JSON's object as well."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _words(error: Exception) -> str:
    """What is wrong and where, but not with which value: it may be a person's."""
    if not isinstance(error, ValidationError):
        return str(error)
    wrong = error.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in wrong)
