"""Groups of extensions: those that ring together, and those that take each other's calls."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from acd import settings
from acd.config.document import Wrong
from acd.config.strict import LONGEST, NAME, NUMBER, Strict
from acd.ids import CallGroupName, ExtensionNumber, PickupGroupName

if TYPE_CHECKING:
    from acd.config.file import File


class CallGroup(Strict):
    """Extensions that ring together. The first to answer has the call; who is on a call is left
    out."""

    name: Annotated[
        CallGroupName,
        Field(
            pattern=NAME,
            max_length=LONGEST,
            description="What the group is called, as in `group:NAME`.",
            examples=["reception"],
        ),
    ]
    number: Annotated[
        str,
        Field(
            pattern=NUMBER,
            max_length=LONGEST,
            description="What callers dial to have the group ring.",
            examples=["600"],
        ),
    ]
    extensions: Annotated[
        list[ExtensionNumber],
        Field(
            min_length=1,
            description="The extensions, by number; all of one node.",
            examples=[["1001", "1002"]],
        ),
    ]
    ring_s: Annotated[
        int,
        Field(
            ge=1,
            le=600,
            description="Seconds they ring. Then a caller who has waited in a queue is back at the "
            "old place there, and any other is hung up.",
        ),
    ] = 30


class PickupGroup(Strict):
    """Extensions at each of which a call can be taken that rings at another one: by dialling the
    `pickup_code`."""

    name: Annotated[
        PickupGroupName,
        Field(
            pattern=NAME,
            max_length=LONGEST,
            description="What the group is called.",
            examples=["office"],
        ),
    ]
    extensions: Annotated[
        list[ExtensionNumber],
        Field(
            min_length=2,
            description="The extensions, by number; all of one node. One may be in several groups.",
            examples=[["1001", "1002"]],
        ),
    ]


def wrongs(file: "File") -> Iterator[Wrong]:
    """Extensions that could not be joined, being on two nodes."""
    nodes = {extension.number: extension.node for extension in file.extensions}
    sections: dict[str, Sequence[CallGroup | PickupGroup]] = {
        "call_groups": file.call_groups,
        "pickup_groups": file.pickup_groups,
    }
    for section, groups in sections.items():
        for place, group in enumerate(groups):
            home = next((nodes[n] for n in group.extensions if n in nodes), None)
            for member, number in enumerate(group.extensions):
                node = nodes.get(number, home)
                if node != home:
                    at = (section, place, "extensions", member)
                    says = f"{number} is on node {node}, the first one on {home}: all are on one"
                    yield Wrong(at=at, says=says)


def call_groups(file: "File") -> dict[CallGroupName, settings.CallGroup]:
    """As the core has them."""
    return {
        group.name: settings.CallGroup(
            name=group.name, extensions=tuple(group.extensions), ring_s=group.ring_s
        )
        for group in file.call_groups
    }


def pickup_groups(file: "File") -> dict[PickupGroupName, tuple[ExtensionNumber, ...]]:
    """The same of those."""
    return {group.name: tuple(group.extensions) for group in file.pickup_groups}
