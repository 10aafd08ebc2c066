"""Which result codes a call may be closed with, and which one it is closed with."""

from collections.abc import Iterable, Mapping

from acd.ids import ResultCodeName
from acd.requests import Refused
from acd.settings import QueueSettings, ResultCode

Codes = Mapping[ResultCodeName, ResultCode]


def codes_of(queue: QueueSettings | None, general: Codes) -> tuple[ResultCode, ...]:
    """Those of the queue in its order, else all there are. A queue that drains may name some that
    are gone."""
    own = queue.result_codes if queue else ()
    return tuple(general[name] for name in own if name in general) or tuple(general.values())


def chosen(name: ResultCodeName, codes: Iterable[ResultCode], note: str) -> ResultCode:
    """The code of that name. Raises Refused if it is not of the list, or a note is missing."""
    listed = {code.name: code for code in codes}
    code = listed.get(name)
    if code is None:
        raise Refused(f"{name} is no result code of this call: {_choice(listed)}")
    if code.note_required and not note.strip():
        raise Refused(f"{name} needs a note")
    return code


def default_of(queue: QueueSettings | None, general: Codes) -> ResultCode | None:
    """The code of a call that nobody has closed; None where it need not be."""
    if queue is None or not queue.disposition_required or queue.default_result_code is None:
        return None
    return general.get(queue.default_result_code)


def must_close(queue: QueueSettings | None, codes: Iterable[ResultCode]) -> None:
    """Raises Refused where the queue wants a code chosen first."""
    if queue and queue.disposition_required:
        listed = [code.name for code in codes]
        raise Refused(f"calls of {queue.queue} are closed with a result code: {_choice(listed)}")


def _choice(names: Iterable[ResultCodeName]) -> str:
    return f"choose one of {', '.join(names)}" if names else "none is configured"
