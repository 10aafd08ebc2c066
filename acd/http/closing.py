"""Drawing: which call an agent may close now, and with what."""

from acd.dispositions.choosing import codes_of
from acd.http.live import Tables
from acd.http.pictures import ClosingPicture, ResultCodePicture
from acd.ids import AgentId


def closing(tables: Tables, name: AgentId) -> ClosingPicture:
    """Of one agent. Raises KeyError if there is none of that name."""
    settings = tables.settings
    assignment = next((a for a in tables.agents[name].assignments if a.is_call), None)
    queue = settings.queues.get(assignment.queue) if assignment and assignment.queue else None
    codes = codes_of(queue, settings.result_codes) if assignment else ()
    return ClosingPicture(
        interaction=assignment.interaction if assignment else None,
        queue=assignment.queue if assignment else None,
        closed_with=assignment.disposition if assignment else None,
        required=queue is not None and queue.disposition_required,
        codes=[
            ResultCodePicture(
                name=code.name,
                category=code.category,
                extra_time_s=code.extra_time_s,
                note_required=code.note_required,
            )
            for code in codes
        ],
    )
