"""What a node has of ours, and the phones that are registered there: asked at every connect."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from itertools import count
from secrets import token_hex

from acd.ari.errors import AriNotFound
from acd.ari.events import PRESENCE
from acd.ari.models import Bridge, Channel
from acd.ari.parse import ARRIVING, ONLINE, arrival, endpoint_of
from acd.ari.rest import RestClient
from acd.facts import TrunkChanged
from acd.ids import HOLDING, BridgeId, ChannelId, ExtensionNumber, NodeId, TrunkName
from acd.views import FoundChannel, Snapshot

READER = f"acd-reader-{token_hex(4)}"
"""How the channels of this process on which something is asked begin: a hung-up one needs a moment
to be gone, and one of an earlier process is a stray."""
_numbers = count(1)
AT_ONCE = 20
"""So many phones are asked for at the same time."""


async def take(rest: RestClient, node: NodeId, extensions: Iterable[ExtensionNumber]) -> Snapshot:
    """Ask the node for everything that recovery compares. Raises AriError."""
    channels, bridges, info = await asyncio.gather(
        rest.channels.all(), rest.bridges.all(), rest.asterisk.get_info()
    )
    place = {channel: bridge.id for bridge in bridges for channel in bridge.channels}
    found = [_found(node, channel, place) for channel in channels if _is_ours(channel)]
    return Snapshot(
        node=node,
        channels={channel.id: channel for channel in found},
        bridges=frozenset(BridgeId(bridge.id) for bridge in bridges if _is_talk(bridge)),
        contacts=await all_contacts(rest, extensions),
        started=info.status.startup_time if info.status else "",
    )


def _is_ours(channel: Channel) -> bool:
    """In Stasis, or made by us and not answered yet; not what is there only to be asked."""
    if channel.id.startswith(READER):
        return False
    if channel.dialplan.app_name == "Stasis":
        return channel.dialplan.app_data.startswith(("acd,", "acd-presence,"))
    return channel.dialplan.app_name == "AppDial2"


def _is_talk(bridge: Bridge) -> bool:
    return bridge.creator == "Stasis" and bridge.id != HOLDING


def _found(node: NodeId, channel: Channel, place: dict[str, str]) -> FoundChannel:
    _, first, *rest = [*channel.dialplan.app_data.split(","), "", ""]
    arrived = arrival(node, channel, rest[0]) if first == ARRIVING else None
    bridge = place.get(channel.id)
    return FoundChannel(
        id=ChannelId(channel.id),
        up=channel.state == "Up",
        bridge=BridgeId(bridge) if bridge else None,
        arrived=arrived,
        extension=ExtensionNumber(endpoint_of(channel.name)),
    )


async def trunks(
    rest: RestClient, node: NodeId, names: Collection[TrunkName]
) -> list[TrunkChanged]:
    """Whether each of these carriers answers. Raises AriError."""
    if not names:
        return []
    return [
        TrunkChanged(node=node, trunk=TrunkName(e.resource), up=e.state == ONLINE)
        for e in await rest.endpoints.all()
        if e.resource in names
    ]


async def all_contacts(
    rest: RestClient, extensions: Iterable[ExtensionNumber]
) -> dict[ExtensionNumber, tuple[str, ...]]:
    """The registered phones of each extension that has any, as dial strings. Raises AriError.

    All that Asterisk knows are asked for, not those alone that it calls online: for up to the half
    minute after its restart in which it has not asked a phone yet whether it is there, the phone is
    registered and may be called, and is offline.
    """
    if not (wanted := set(extensions)):
        return {}
    known = [ExtensionNumber(endpoint.resource) for endpoint in await rest.endpoints.all()]
    found = await contacts(rest, [extension for extension in known if extension in wanted])
    return {extension: strings for extension, strings in found.items() if strings}


async def contacts(
    rest: RestClient, extensions: Sequence[ExtensionNumber]
) -> dict[ExtensionNumber, tuple[str, ...]]:
    """The registered phones of these extensions, as dial strings. Raises AriError.

    ARI has no list of contacts. The dialplan has a function for it, which needs a channel to be
    asked on: half of a Local channel that never goes anywhere.
    """
    if not extensions:
        return {}
    reader = f"{READER}-{next(_numbers)}"
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(extension: ExtensionNumber) -> tuple[str, ...]:
        async with gate:
            value = await read(rest, reader, f"PJSIP_DIAL_CONTACTS({extension})")
        return tuple(sorted(filter(None, value.split("&"))))

    try:
        await rest.call(
            "channels.create",
            endpoint="Local/s@acd-noforward",
            app=PRESENCE.name,
            appArgs="reader",
            channelId=reader,
        )
        found = await asyncio.gather(*map(one, extensions))
    finally:
        # Also when we are stopped before the first answer: the channel may be there.
        with suppress(AriNotFound):
            await rest.channels.hangup(reader)
    return dict(zip(extensions, found, strict=True))


async def read(rest: RestClient, channel: str, variable: str) -> str:
    """A variable of a channel just created: it enters Stasis a moment after the answer to that,
    and is not found until then. Raises AriError."""
    for pause in (0.005, 0.02, 0.1, 0.5):
        try:
            answer = await rest.call("channels.getChannelVar", channelId=channel, variable=variable)
        except AriNotFound:
            await asyncio.sleep(pause)
        else:
            return str(answer["value"])
    answer = await rest.call("channels.getChannelVar", channelId=channel, variable=variable)
    return str(answer["value"])
