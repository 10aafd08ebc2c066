"""What pydantic finds wrong, in words that say what is expected."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from acd.config.file import File
from acd.config.reading import Location, Mistake
from acd.config.strict import PATTERNS

Context = Mapping[str, Any]


def mistake(error: ErrorDetails) -> Mistake:
    at = error["loc"]
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return Mistake(at=at, says=_no_such_key(at))
    if kind == "missing":
        return Mistake(at=at, says="is missing")
    expected = EXPECTED.get(kind)
    if expected is None:
        return Mistake(at=at, says=error["msg"])
    return Mistake(at=at, says=f"expected {expected(context)}, got {_got(at, error['input'])}")


EXPECTED: dict[str, Callable[[Context], str]] = {
    "bool_parsing": lambda _: "true or false",
    "bool_type": lambda _: "true or false",
    "dict_type": lambda _: "keys with values",
    "enum": lambda context: f"one of {context['expected']}",
    "greater_than_equal": lambda context: f"a number from {context['ge']} on",
    "int_from_float": lambda _: "a whole number",
    "int_parsing": lambda _: "a whole number",
    "int_type": lambda _: "a whole number",
    "list_type": lambda _: "a list",
    "model_type": lambda _: "keys with values",
    "string_pattern_mismatch": lambda context: PATTERNS[context["pattern"]],
    "string_too_short": lambda _: "some text",
    "string_type": lambda _: "text in quotes",
    "too_short": lambda context: "a list" if context["field_type"] == "List" else "some text",
}


def meant(name: str, known: list[str]) -> str:
    """'; did you mean X?', if a known name is close. Numbers always are, and mean nothing."""
    if name.isdigit():
        return ""
    close = get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _got(at: Location, value: Any) -> str:
    if at and "password" in str(at[-1]):
        return "something else"
    match value:
        case None:
            return "nothing"
        case dict():
            return "keys with values"
        case list():
            return "a list" if value else "an empty list"
    return repr(value)


def _no_such_key(at: Location) -> str:
    known = list(_model_at(at[:-1]).model_fields)
    return "there is no such key" + (meant(str(at[-1]), known) or f"; there are {', '.join(known)}")


def _model_at(at: Location) -> type[BaseModel]:
    """What stands at that place of the file: itself, or an item of one of its lists."""
    if not at:
        return File
    (item,) = get_args(File.model_fields[str(at[0])].annotation)
    model: type[BaseModel] = item
    return model
