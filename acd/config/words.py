"""What pydantic finds wrong, in words that say what is expected."""

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from acd.config import placeholders
from acd.config.document import Document, Wrong
from acd.config.file import File
from acd.config.mistakes import Location
from acd.config.schema import model_at
from acd.config.strict import LONGEST, PATTERNS

Context = Mapping[str, Any]
MOST = 20_000
"""Where there are more errors than so many, only the first of each list are told."""
MOST_ITEMS = 1_000
MOST_GUESSES = 20
"""So many times it is looked for what may have been meant; that takes time."""


def read(raw: Any, document: Document) -> tuple[File | None, list[Wrong]]:
    """The file; or all that is wrong with what stands in it."""
    try:
        return File.model_validate(raw), []
    except ValidationError as error:
        if error.error_count() <= MOST:
            return None, wrongs(error, document)
        return None, _some(raw, error.error_count(), document)


def _some(raw: Any, count: int, document: Document) -> list[Wrong]:
    """What is wrong with the first items of each list; to tell of all would take a gigabyte."""
    items = MOST_ITEMS
    found = []
    while items:
        try:
            File.model_validate(_head(raw, items))
            break
        except ValidationError as error:
            if error.error_count() <= MOST:
                found = wrongs(error, document)
                break
        items //= 10
    says = f"there are {count} mistakes: told are those in the first {items} items of each list"
    return [Wrong(at=(), says=says), *found]


def _head(raw: Any, items: int) -> Any:
    """The same with no list longer than so many items."""
    match raw:
        case dict():
            return {key: _head(value, items) for key, value in raw.items()}
        case list():
            return [_head(value, items) for value in raw[:items]]
    return raw


def wrongs(error: ValidationError, document: Document) -> list[Wrong]:
    """All errors of one validation."""
    errors = error.errors(include_url=False, include_input=False)
    return [_wrong(error, document) for error in errors]


def _wrong(error: ErrorDetails, document: Document) -> Wrong:
    at, context = error["loc"], error.get("ctx", {})
    if error["type"] == "extra_forbidden":
        return Wrong(at=at, says=_no_such_key(at), key=True)
    if error["type"] == "missing":
        return Wrong(at=at, says="is missing")
    expected = EXPECTED.get(error["type"])
    if expected is None:
        return Wrong(at=at, says=str(context.get("error", error["msg"])))
    return Wrong(at=at, says=f"expected {expected(context)}, got {got(at, document)}")


EXPECTED: dict[str, Callable[[Context], str]] = {
    "bool_parsing": lambda _: "true or false",
    "bool_type": lambda _: "true or false",
    "dict_type": lambda _: "keys with values",
    "enum": lambda context: f"one of {context['expected']}",
    "finite_number": lambda _: "a number",
    "float_parsing": lambda _: "a number",
    "float_type": lambda _: "a number",
    "greater_than": lambda context: f"a number above {context['gt']}",
    "greater_than_equal": lambda context: f"a number from {context['ge']} on",
    "int_from_float": lambda _: "a whole number",
    "int_parsing": lambda _: "a whole number",
    "int_parsing_size": lambda _: "a whole number",
    "int_type": lambda _: "a whole number",
    "is_instance_of": lambda context: f"{context['class']}",
    "less_than": lambda context: f"a number below {context['lt']}",
    "less_than_equal": lambda context: f"a number up to {context['le']}",
    "list_type": lambda _: "a list",
    "literal_error": lambda context: f"one of {context['expected']}",
    "model_type": lambda _: "keys with values",
    "string_pattern_mismatch": lambda context: PATTERNS[context["pattern"]],
    "string_too_long": lambda context: f"at most {context['max_length']} characters",
    "string_too_short": lambda context: _at_least(context, "character"),
    "string_type": lambda _: "text in quotes",
    "too_long": lambda context: f"at most {context['max_length']} items",
    "too_short": lambda context: _enough(context),
    "tuple_type": lambda _: "a list",
}


def _enough(context: Context) -> str:
    least = context["min_length"]
    if context["field_type"] != "List":
        return "some text"
    return "a list with something in it" if least == 1 else f"a list of {least} or more"


def _at_least(context: Context, what: str) -> str:
    least = context["min_length"]
    return "some text" if least == 1 else f"at least {least} {what}s"


class Guesses:
    """What may have been meant, of some names; the first few times it is asked."""

    def __init__(self, known: Iterable[str]) -> None:
        self._known = list(known)
        self._left = MOST_GUESSES

    def meant(self, name: str) -> str:
        """'; did you mean X?', if a name is close. Numbers always are, and mean nothing."""
        if name.isdigit() or len(name) > LONGEST or self._left == 0:
            return ""
        self._left -= 1
        close = get_close_matches(name, self._known, n=1)
        return f"; did you mean {close[0]}?" if close else ""


def got(at: Location, document: Document) -> str:
    """What stands there, as written; nothing of a secret."""
    node = document.node(at)
    if _is_secret(at):
        return "something else"
    match node and node.value:
        case dict():
            return "keys with values"
        case list() as items:
            return "a list" if items else "an empty list"
        case None:
            return "nothing"
        case str(text):
            return f"what {text} stands for" if placeholders.has_any(text) else _quoted(text)
    return short(node.text) if node else "nothing"


def _quoted(text: str) -> str:
    return repr(short(text))


def short(text: str) -> str:
    """The text, or its beginning."""
    return text if len(text) <= 80 else f"{text[:77]}..."


def _is_secret(at: Location) -> bool:
    names = [part for part in at if isinstance(part, str)]
    model = model_at(tuple(names[:-1]))
    field = model.model_fields.get(names[-1]) if model and names else None
    return field is not None and "SecretStr" in str(field.annotation)


def _no_such_key(at: Location) -> str:
    model = model_at(at[:-1])
    known = list(model.model_fields) if model else []
    guess = Guesses(known).meant(str(at[-1]))
    return "there is no such key" + (guess or f"; there are {', '.join(known)}")
