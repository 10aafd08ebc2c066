"""What agents close calls with, as the core has it, and what of it makes no sense together."""

from collections.abc import Iterator

from acd import settings
from acd.config.document import Wrong
from acd.config.file import File, Queue
from acd.config.mistakes import Location
from acd.config.result_codes import CodeType
from acd.config.words import short
from acd.ids import ResultCodeName

LONGEST_SHOWN = 30
"""Characters of a name that are seen at a glance in a list."""


def result_codes(file: File) -> dict[ResultCodeName, settings.ResultCode]:
    """As the core has them."""
    return {
        code.name: settings.ResultCode(
            name=code.name,
            category=code.category,
            extra_time_s=code.extra_time_s,
            note_required=code.note_required,
        )
        for code in file.result_codes
    }


def wrongs(file: File) -> Iterator[Wrong]:
    """What contradicts itself, or does not exist yet."""
    for place, code in enumerate(file.result_codes):
        if code.type is not CodeType.CALL:
            says = f"there are no result codes of type {code.type} yet: only calls are closed"
            yield Wrong(at=("result_codes", place, "type"), says=says)
    needing_notes = {code.name for code in file.result_codes if code.note_required}
    for place, queue in enumerate(file.queues):
        at: Location = ("queues", place)
        for n, name in enumerate(queue.result_codes):
            if name in queue.result_codes[:n]:
                yield Wrong(at=(*at, "result_codes", n), says=f"{name} is there twice")
        yield from _default(at, queue, needing_notes)


def _default(at: Location, queue: Queue, needing_notes: set[ResultCodeName]) -> Iterator[Wrong]:
    """The default is there where it is needed, and can be set by nobody."""
    code = queue.default_result_code
    if code is None:
        if queue.disposition_required:
            says = "needs default_result_code, for calls that nobody closes"
            yield Wrong(at=(*at, "disposition_required"), says=says)
        return
    at = (*at, "default_result_code")
    if not queue.disposition_required:
        yield Wrong(at=at, says="is never set: it needs disposition_required: true")
    if queue.result_codes and code not in queue.result_codes:
        yield Wrong(at=at, says=f"{short(code)} is none of the queue's result_codes")
    if code in needing_notes:
        says = f"{short(code)} needs a note, and nobody is there who would write it"
        yield Wrong(at=at, says=says)


def warnings(file: File) -> Iterator[Wrong]:
    """What is hardly meant."""
    for place, code in enumerate(file.result_codes):
        if len(code.name) > LONGEST_SHOWN:
            says = (
                f"has {len(code.name)} characters: agents choose faster from names of at most "
                f"{LONGEST_SHOWN}"
            )
            yield Wrong(at=("result_codes", place, "name"), says=says)
