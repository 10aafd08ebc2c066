"""What the file says about the journal's life: docs/journal.md."""

from typing import Annotated

from pydantic import Field

from acd.config.strict import Strict


class Journal(Strict):
    """How long lines of the journal and rows for reports are kept; `acd worker` sees to it."""

    keep_days: Annotated[
        int,
        Field(
            ge=1,
            le=3650,
            description="Days after which lines of the journal are deleted, and the snapshots "
            "they would be replayed from. Reports are not made of it, and stay.",
        ),
    ] = 30
    keep_reports_days: Annotated[
        int | None,
        Field(
            ge=1,
            le=36_500,
            description="Days after which the rows for reports are deleted: of calls that have "
            "ended, and of what agents did. Without it they are kept for ever.",
            examples=[730],
        ),
    ] = None
    snapshot_every_h: Annotated[
        int,
        Field(
            ge=1,
            le=720,
            description="Hours between two snapshots of the live state. More often is quicker to "
            "replay from, and takes more room.",
        ),
    ] = 24
