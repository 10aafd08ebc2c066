"""Putting a pseudonym in the place of a person, in all the JSON that we keep.

Only names and numbers change, and each everywhere alike: what the core decides stays the same.
An agent's id is one of its keys of order, so that the pseudonym has the same place in the order.
"""

import hmac
import re
from base64 import b32encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["caller", "agent"]
IDS = frozenset({"agent", "supervisor", "about", "agents", "gone_agents", "runners_up", "last"})
"""The fields that hold the id of an agent, or several."""
TEXTS = frozenset({"reason", "detail", "text", "key", "runners_up_keys"})
"""The fields that are sentences."""
LOWEST = "+"
"""Of all characters that an agent's id or pseudonym may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A caller by number, or an agent by id; numbers: all that stand for the person."""

    kind: Kind
    id: str
    pseudonym: str
    numbers: frozenset[str] = frozenset()
    _dialled: re.Pattern[str] = field(init=False)
    _named: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        numbers = "|".join(map(re.escape, sorted(self.numbers))) or "(?!)"
        words = "|".join(map(re.escape, sorted({*self.numbers, self.id})))
        object.__setattr__(self, "_dialled", re.compile(f"(?<=/)({numbers})(?=@)"))
        object.__setattr__(self, "_named", re.compile(rf"(?<![\w+.-])({words})(?![\w-]|\.\w)"))

    def is_in(self, text: str) -> bool:
        """Whether the text may be about the person, at a quick look."""
        return any(word in text for word in (self.id, *self.numbers))

    def also(self, names: Iterable[str]) -> "Person":
        """The same, of whom more names or numbers are known."""
        return Person(
            kind=self.kind,
            id=self.id,
            pseudonym=self.pseudonym,
            numbers=self.numbers.union(names),
        )

    def text(self, sentence: str) -> str:
        """The sentence without the person."""
        return self._named.sub(self.pseudonym, sentence)

    def row(self, kind: str, body: Any) -> Any:
        """The JSON of a row of that kind, without the person."""
        body = self.value(body)
        if kind == "Agent" and self.kind == "agent" and body["id"] == self.id:
            body["id"] = self.pseudonym
        return body

    def value(self, value: Any, key: str = "") -> Any:
        """The JSON without the person; key: the field that it is in."""
        match value:
            case dict():
                value = {**value, **self._names(value)}
                return {name: self.value(each, name) for name, each in value.items()}
            case list():
                return [self.value(each, key) for each in value]
            case str():
                return self._string(value, key)
            case _:
                return value

    def _names(self, body: dict[str, Any]) -> dict[str, str]:
        """What the person is called beside the number or the id."""
        if body.get("caller") in self.numbers and body.get("caller_name"):
            # Of an effect that is the queue's name.
            return {} if "lane" in body else {"caller_name": self.pseudonym}
        if self.kind == "agent" and body.get("agent") == self.id and "projects" in body:
            return {"name": self.pseudonym}
        return {}

    def _string(self, value: str, key: str) -> str:
        if value in self.numbers:
            return self.pseudonym
        if self.kind == "agent" and key in IDS and value == self.id:
            return self.pseudonym
        if key in TEXTS:
            return self.text(value)
        return self._dialled.sub(self.pseudonym, value)


def digest(salt: bytes, name: str) -> str:
    """Eight characters that only who has the salt can make of the name."""
    return b32encode(hmac.digest(salt, name.encode(), "sha256"))[:8].decode().lower()


def for_caller(salt: bytes, number: str) -> str:
    return f"erased{LOWEST}{digest(salt, number)}"


def for_agent(salt: bytes, name: str, others: Iterable[str]) -> str:
    """A pseudonym that is before and after the same others as the name. It begins like the name
    only as far as it must; at worst like the neighbour's."""
    others = [other for other in others if other != name]
    end = f"{LOWEST}{digest(salt, name)}"
    below = max((other for other in others if other < name), default="")
    for begin in (*(name[:length] for length in range(len(name))), below):
        if all((begin + end < other) == (name < other) for other in others):
            return begin + end
    raise AssertionError("nothing is between a name and the next one")
