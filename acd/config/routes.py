"""The parts of the file about where numbers lead: those that are called, and those we call."""

from typing import Annotated

from pydantic import Field

from acd.config.strict import LONGEST, NUMBER, PATTERN, TARGET, Strict
from acd.ids import TrunkName
from acd.settings import Language


class Route(Strict):
    """Where a number leads that no queue has for itself."""

    number: Annotated[
        str,
        Field(
            min_length=1,
            max_length=LONGEST,
            description="What callers dial.",
            examples=["+902120000700"],
        ),
    ]
    to: Annotated[
        str,
        Field(
            pattern=TARGET,
            description="Where the call goes: `queue:NAME`; `extension:NUMBER`, whose phones "
            "ring; `group:NAME`, a call group; `callback:QUEUE`, which hangs up and calls back; or "
            "`hangup:normal`, `hangup:busy`, `hangup:congestion`.",
            examples=["queue:sales"],
        ),
    ]
    music: Annotated[
        Annotated[str, Field(min_length=1, max_length=LONGEST)] | None,
        Field(
            description="The class of music that callers hear in a queue without a `music` of its "
            "own. Without it, `default`.",
            examples=["calm"],
        ),
    ] = None
    language: Annotated[
        Language | None,
        Field(
            description="The language that the callers of this number are spoken to in. Without "
            "it, that of the file.",
            examples=["tr"],
        ),
    ] = None


class OutboundRoute(Strict):
    """How numbers outside are called: agents' mobiles, and callers who are called back. Of the
    routes whose pattern fits a number the one counts that spells out most of its digits."""

    pattern: Annotated[
        str,
        Field(
            pattern=PATTERN,
            min_length=1,
            max_length=LONGEST,
            description="Which numbers, as +COUNTRY...: X is any digit, * at the end whatever "
            "comes.",
            examples=["+90*"],
        ),
    ]
    trunk: Annotated[
        TrunkName, Field(description="The trunk by which they are called.", examples=["carrier"])
    ]
    caller_id: Annotated[
        str,
        Field(
            pattern=NUMBER,
            max_length=LONGEST,
            description="The number of ours that is shown there.",
            examples=["+902120000700"],
        ),
    ]
