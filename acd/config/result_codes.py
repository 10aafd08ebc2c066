"""Result codes: what may stand there."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from acd.config.strict import LONGEST, Strict
from acd.ids import ResultCodeName
from acd.settings import CodeCategory

DAY = 86_400


class CodeType(StrEnum):
    """What is closed with a code."""

    CALL = "call"
    WRITTEN = "written"
    PRODUCT = "product"


Name = Annotated[ResultCodeName, Field(min_length=1, max_length=LONGEST)]


class ResultCode(Strict):
    """With what agents close calls, and what that means."""

    name: Annotated[
        Name, Field(description="What the code is called, for people.", examples=["Sale made"])
    ]
    category: Annotated[
        CodeCategory,
        Field(
            description="What it means to reports: what the call was for has succeeded (`success`) "
            "or failed (`fail`), goes on later (`schedule`), or neither (`other`).",
            examples=["success"],
        ),
    ]
    type: Annotated[
        CodeType,
        Field(description="What is closed with it. There is nothing but calls yet."),
    ] = CodeType.CALL
    extra_time_s: Annotated[
        int,
        Field(
            ge=0,
            le=DAY,
            description="Seconds that the agent has for work on the call from when it is closed "
            "with this code, or from the end of the talk; they take the place of what is left of "
            "`queues.acw_s`. 0 leaves that as it is.",
        ),
    ] = 0
    note_required: Annotated[
        bool, Field(description="Whether a call is closed with it only if there is a note.")
    ] = False


class Closing(Strict):
    """How calls of a queue are closed."""

    result_codes: Annotated[
        list[Name],
        Field(
            description="With which result codes the queue's calls are closed. Without it, with "
            "any.",
            examples=[["Sale made", "No sale"]],
        ),
    ] = []
    disposition_required: Annotated[
        bool,
        Field(
            description="Whether each call must be closed with a result code: after-call work is "
            "not ended without. When it runs out, or there is none, the call is closed with "
            "`default_result_code`, and it is noted that nobody chose it."
        ),
    ] = False
    default_result_code: Annotated[
        Name | None,
        Field(
            description="With what a call is closed that must be and was not.",
            examples=["No sale"],
        ),
    ] = None
