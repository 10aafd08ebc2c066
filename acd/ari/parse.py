"""Asterisk's events into facts. Pure; an event that means nothing to us is None."""

from __future__ import annotations

from acd.ari.models import (
    Channel,
    ChannelDestroyed,
    ChannelDtmfReceived,
    ChannelEnteredBridge,
    ChannelStateChange,
    ContactStatusChange,
    Dial,
    Endpoint,
    Event,
    PlaybackFinished,
    StasisEnd,
    StasisStart,
)
from acd.facts import (
    CallArrived,
    DigitPressed,
    Fact,
    LegAnswered,
    LegGone,
    LegJoined,
    LegLeft,
    LegRinging,
    PlaybackEnded,
    TrunkChanged,
)
from acd.ids import BridgeId, ChannelId, ExtensionNumber, NodeId, PlaybackId, TrunkName
from acd.ids import Channel as OurChannel

ARRIVING = "in"
"""The first argument of Stasis for a call that comes to us; the second is the number."""
MADE = "made"
"""The one of a channel that we have made."""
MOVED = 302
ONLINE = "online"
PHONES = "from-phone"
TRUNKS = "from-trunk"
"""The dialplan contexts of provisioned phones and trunks."""


def parse(node: NodeId, event: Event) -> Fact | None:  # noqa: C901, PLR0912
    """What the event says has happened, if it concerns us."""
    match event:
        case StasisStart(channel=channel, args=[first, *rest]) if first == ARRIVING:
            return arrival(node, channel, rest[0] if rest else "")
        case StasisStart(channel=channel):
            return LegAnswered(channel=key(node, channel.id))
        case ChannelStateChange(channel=channel) if channel.state == "Ringing":
            return LegRinging(channel=key(node, channel.id))
        case Dial(peer=peer, forward=forward) if forward:
            # Asterisk follows a 302 with a channel of its own, which hangs up; the end of the one
            # that was forwarded may come without the status.
            return LegGone(channel=key(node, peer.id), sip_status=MOVED)
        case Dial(peer=peer, dialstatus="PROGRESS"):
            # A 183, as carriers send it; of a 180 the channel's state has told.
            return LegRinging(channel=key(node, peer.id))
        case ChannelEnteredBridge(channel=channel, bridge=bridge) if channel:
            return LegJoined(channel=key(node, channel.id), bridge=BridgeId(bridge.id))
        case ChannelDtmfReceived(channel=channel, digit=digit):
            return DigitPressed(channel=key(node, channel.id), digit=digit)
        case PlaybackFinished(playback=playback):
            return PlaybackEnded(node=node, playback=PlaybackId(playback.id))
        case ContactStatusChange(endpoint=at, contact_info=contact) if at.resource[:1].isalpha():
            # An extension's name is a number.
            return _trunk(node, at, contact.contact_status)
        case StasisEnd(channel=channel):
            return LegLeft(channel=key(node, channel.id))
        case ChannelDestroyed(channel=channel, cause=cause, tech_cause=status):
            return LegGone(channel=key(node, channel.id), cause=cause, sip_status=status)
        case _:
            return None


def _trunk(node: NodeId, endpoint: Endpoint, status: str) -> TrunkChanged | None:
    """One of its addresses has answered, or has not; as long as one does it is up."""
    if status not in ("Reachable", "Unreachable"):
        return None
    return TrunkChanged(node=node, trunk=TrunkName(endpoint.resource), up=endpoint.state == ONLINE)


def key(node: NodeId, channel: str) -> OurChannel:
    return OurChannel(node, ChannelId(channel))


def arrival(node: NodeId, channel: Channel, number: str) -> CallArrived:
    """A call that has come in: that of an extension, or of a trunk."""
    endpoint, context = endpoint_of(channel.name), channel.dialplan.context
    return CallArrived(
        channel=key(node, channel.id),
        number=number,
        caller=channel.caller.number,
        caller_name=channel.caller.name,
        extension=ExtensionNumber(endpoint) if context == PHONES else None,
        trunk=TrunkName(endpoint) if context == TRUNKS else None,
    )


def endpoint_of(channel_name: str) -> str:
    """1001, of PJSIP/1001-0000002a."""
    return channel_name.partition("/")[2].rpartition("-")[0]
