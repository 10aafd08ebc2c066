"""What is written of a record: a line of the journal."""

from dataclasses import dataclass, replace
from datetime import datetime
from json import dumps, loads
from typing import Any, get_args

from acd.db.codec import Codec
from acd.effects import Effect
from acd.facts import DigitPressed, Fact
from acd.requests import Request
from acd.views import Input, Kind, Outcome, Record

MESSAGES: tuple[type, ...] = (*get_args(Fact), *get_args(Request), *get_args(Effect))
"""All that the journal can hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalLine:
    """A record as it is read back. Its rows are not in the journal: replaying makes them."""

    seq: int
    run: int
    at: datetime
    kind: Kind
    input: Input
    effects: tuple[Effect, ...]
    outcome: Outcome
    detail: str


def line_values(codec: Codec, record: Record, seq: int, run: int) -> dict[str, Any]:
    """The journal's columns. Raises where the input or an effect cannot be written as JSON."""
    return {
        "seq": seq,
        "run": run,
        "at": record.at,
        "kind": record.kind,
        "type": "" if record.input is None else type(record.input).__name__,
        "input": _input_text(codec, record.input),
        "effects": codec.encode_many(record.effects),
        "outcome": record.outcome,
        "detail": record.detail,
    }


def line_of(codec: Codec, values: Any) -> JournalLine:
    """The line with these columns. Raises codec.Unreadable."""
    return JournalLine(
        seq=values.seq,
        run=values.run,
        at=values.at,
        kind=values.kind,
        input=_input_of(codec, values.type, values.input),
        effects=codec.decode_many(values.effects),
        outcome=values.outcome,
        detail=values.detail,
    )


def _input_text(codec: Codec, value: Input) -> str:
    match value:
        case None | str():
            return dumps(value)
        case DigitPressed(secret=True):
            # It decides nothing, so that replaying does not miss it.
            return codec.encode(replace(value, digit="*"))
        case _:
            return codec.encode(value)


def _input_of(codec: Codec, name: str, text: str) -> Input:
    match name:
        case "":
            return None
        case "str":
            owner: str = loads(text)
            return owner
        case _:
            value: Input = codec.decode(name, text)
            return value
