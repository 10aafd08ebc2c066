"""Identifiers. Ids of things we create are derived, never drawn at random.

An interaction is numbered within its run (one life of the process); whatever is made for it
carries the run that made it. A crash may lose the record of what was made last, and the next
run must not give that id to something else: Asterisk would answer 409 and the phone never ring.
"""

from typing import NamedTuple, NewType

AgentId = NewType("AgentId", str)
BridgeId = NewType("BridgeId", str)
CallGroupName = NewType("CallGroupName", str)
ChannelId = NewType("ChannelId", str)
EntryId = NewType("EntryId", str)
ExtensionNumber = NewType("ExtensionNumber", str)
InteractionId = NewType("InteractionId", str)
Lane = NewType("Lane", str)
NodeId = NewType("NodeId", str)
OfferId = NewType("OfferId", str)
PickupGroupName = NewType("PickupGroupName", str)
PlaybackId = NewType("PlaybackId", str)
ProjectName = NewType("ProjectName", str)
QueueGroupName = NewType("QueueGroupName", str)
QueueName = NewType("QueueName", str)
ResultCodeName = NewType("ResultCodeName", str)
SkillName = NewType("SkillName", str)
StatusName = NewType("StatusName", str)
TrunkName = NewType("TrunkName", str)

HOLDING = BridgeId("acd-holding")
"""The bridge in which a node's callers wait. Each node has one, made when we connect to it."""


class Channel(NamedTuple):
    """A channel of one Asterisk: ids are unique only within their node."""

    node: NodeId
    id: ChannelId


def interaction_id(run: int, number: int) -> InteractionId:
    return InteractionId(f"{run}-{number}")


def made_id(interaction: InteractionId, run: int, number: int) -> str:
    """The id of the number-th thing that this run and those before it made for the interaction."""
    return f"{interaction}-{run}.{number}"


def maker_of(made: str) -> InteractionId:
    """The interaction for which the thing with this id was made."""
    return InteractionId(made.rpartition("-")[0])


def lane_of(owner: InteractionId | ChannelId) -> Lane:
    """An interaction's lane, or that of one leg that we make: a phone rings and stops ringing
    in a lane of its own, so that no phone waits for what is done to the caller or to another."""
    return Lane(owner)
