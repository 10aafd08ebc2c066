"""The operations of ARI that we use, typed: a line each over `RestClient.call`.

Names are ARI's. What creates something takes the id that we chose, and returns nothing: that it
exists is told by an event. What asks returns models.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, Protocol

from acd.ari.errors import AriSilent
from acd.ari.models import (
    Application,
    AsteriskInfo,
    AsteriskPing,
    Bridge,
    Channel,
    Endpoint,
    LiveRecording,
    Playback,
    RTPstat,
)

Direction = Literal["none", "both", "out", "in"]
HangupReason = Literal[
    "normal",
    "busy",
    "congestion",
    "no_answer",
    "timeout",
    "rejected",
    "unallocated",
    "normal_unspecified",
    "number_incomplete",
    "codec_mismatch",
    "interworking",
    "failure",
    "answered_elsewhere",
]


OBJECTS_S = 30.0
"""For the objects of PJSIP: their database answers nobody while it waits for a disk, four times for
each commit, and a busy disk takes seconds."""


class Call(Protocol):
    """`RestClient.call`."""

    async def __call__(
        self, operation: str, /, *, timeout_s: float | None = None, **parameters: Any
    ) -> Any: ...


class Channels:
    """/channels"""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def originate(
        self,
        channel_id: str,
        *,
        endpoint: str,
        app: str,
        app_args: Sequence[str] = (),
        caller_id: str | None = None,
        ring_timeout_s: int = 30,
        variables: Mapping[str, str] | None = None,
        originator: str | None = None,
        formats: str | None = None,
    ) -> None:
        """Dial the endpoint; the channel enters `app` when it answers.

        `variables` are set before the INVITE. AriConflict means that this very channel exists;
        an endpoint that cannot be dialled is an AriAllocationFailed.
        """
        await self._call(
            "channels.originateWithId",
            channelId=channel_id,
            endpoint=endpoint,
            app=app,
            appArgs=_arguments(app_args),
            callerId=caller_id,
            timeout=ring_timeout_s,
            variables=variables,
            originator=originator,
            formats=formats,
        )

    async def answer(self, channel_id: str) -> None:
        await self._call("channels.answer", channelId=channel_id)

    async def ring(self, channel_id: str) -> None:
        await self._call("channels.ring", channelId=channel_id)

    async def ring_stop(self, channel_id: str) -> None:
        await self._call("channels.ringStop", channelId=channel_id)

    async def hangup(
        self,
        channel_id: str,
        *,
        reason: HangupReason | None = None,
        reason_code: int | None = None,
    ) -> None:
        """End the channel, also one that is not in Stasis. `reason_code` is any Q.850 cause."""
        code = None if reason_code is None else str(reason_code)
        await self._call("channels.hangup", channelId=channel_id, reason=reason, reason_code=code)

    async def start_moh(self, channel_id: str, moh_class: str | None = None) -> None:
        await self._call("channels.startMoh", channelId=channel_id, mohClass=moh_class)

    async def stop_moh(self, channel_id: str) -> None:
        await self._call("channels.stopMoh", channelId=channel_id)

    async def play(
        self,
        channel_id: str,
        playback_id: str,
        media: Sequence[str],
        *,
        language: str | None = None,
    ) -> None:
        """Queue the media (`sound:beep`) one after the other as one playback.

        Never repeated by itself: a second request with the same id plays a second time.
        """
        await self._call(
            "channels.playWithId",
            channelId=channel_id,
            playbackId=playback_id,
            media=media,
            lang=language,
        )

    async def set_channel_var(self, channel_id: str, variable: str, value: str) -> None:
        """Set a variable, or a writable function such as `CONNECTEDLINE(num)`."""
        await self._call(
            "channels.setChannelVar", channelId=channel_id, variable=variable, value=value
        )

    async def continue_in_dialplan(
        self,
        channel_id: str,
        *,
        context: str | None = None,
        extension: str | None = None,
        priority: int | None = None,
        label: str | None = None,
    ) -> None:
        """Leave Stasis; without a place the dialplan goes on after Stasis()."""
        await self._call(
            "channels.continueInDialplan",
            channelId=channel_id,
            context=context,
            extension=extension,
            priority=priority,
            label=label,
        )

    async def snoop(
        self,
        channel_id: str,
        snoop_id: str,
        *,
        app: str,
        app_args: Sequence[str] = (),
        spy: Direction = "none",
        whisper: Direction = "none",
    ) -> None:
        """Make a snoop channel on this one; use it after its StasisStart, not before."""
        await self._call(
            "channels.snoopChannelWithId",
            channelId=channel_id,
            snoopId=snoop_id,
            app=app,
            appArgs=_arguments(app_args),
            spy=spy,
            whisper=whisper,
        )

    async def get(self, channel_id: str) -> Channel:
        return Channel.from_json(await self._call("channels.get", channelId=channel_id))

    async def all(self) -> list[Channel]:
        return [Channel.from_json(each) for each in await self._call("channels.list")]

    async def rtp_statistics(self, channel_id: str) -> RTPstat:
        """AriForbidden for a channel that has no RTP, such as a Local one."""
        return RTPstat.from_json(await self._call("channels.rtpstatistics", channelId=channel_id))


class Bridges:
    """/bridges"""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def create(self, bridge_id: str, *, kind: str, name: str | None = None) -> None:
        """Make a bridge; `kind` is like `holding` or `mixing,dtmf_events,proxy_media`.

        An id is never used twice, not even after destroying its bridge: that races in Asterisk.
        """
        await self._call("bridges.createWithId", bridgeId=bridge_id, type=kind, name=name)

    async def add_channel(
        self,
        bridge_id: str,
        *channel_ids: str,
        role: str | None = None,
        absorb_dtmf: bool | None = None,
        mute: bool | None = None,
        inhibit_connected_line_updates: bool | None = None,
    ) -> None:
        """Move channels here from wherever they are.

        Success does not say that they joined: ChannelEnteredBridge does. AriUnprocessable means
        that one is not in Stasis (yet), AriBadRequest that one is gone.
        """
        await self._call(
            "bridges.addChannel",
            bridgeId=bridge_id,
            channel=channel_ids,
            role=role,
            absorbDTMF=absorb_dtmf,
            mute=mute,
            inhibitConnectedLineUpdates=inhibit_connected_line_updates,
        )

    async def remove_channel(self, bridge_id: str, *channel_ids: str) -> None:
        await self._call("bridges.removeChannel", bridgeId=bridge_id, channel=channel_ids)

    async def destroy(self, bridge_id: str) -> None:
        await self._call("bridges.destroy", bridgeId=bridge_id)

    async def record(
        self,
        bridge_id: str,
        name: str,
        *,
        format: str,
        max_duration_s: int | None = None,
        if_exists: Literal["fail", "overwrite", "append"] | None = None,
        beep: bool | None = None,
    ) -> None:
        """Queue a recording; RecordingStarted or RecordingFailed says what became of it."""
        await self._call(
            "bridges.record",
            bridgeId=bridge_id,
            name=name,
            format=format,
            maxDurationSeconds=max_duration_s,
            ifExists=if_exists,
            beep=beep,
        )

    async def get(self, bridge_id: str) -> Bridge:
        return Bridge.from_json(await self._call("bridges.get", bridgeId=bridge_id))

    async def all(self) -> list[Bridge]:
        return [Bridge.from_json(each) for each in await self._call("bridges.list")]


class Playbacks:
    """/playbacks"""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def stop(self, playback_id: str) -> None:
        """Stop it, or take it out of the queue. AriNotFound: it is over already."""
        await self._call("playbacks.stop", playbackId=playback_id)

    async def get(self, playback_id: str) -> Playback:
        return Playback.from_json(await self._call("playbacks.get", playbackId=playback_id))


class Recordings:
    """/recordings: there is no list of the live ones, so their names are derived."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def stop(self, name: str) -> None:
        await self._call("recordings.stop", recordingName=name)

    async def get_live(self, name: str) -> LiveRecording:
        return LiveRecording.from_json(await self._call("recordings.getLive", recordingName=name))


class Applications:
    """/applications"""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def get(self, name: str, *, timeout_s: float | None = None) -> Application:
        found = await self._call("applications.get", timeout_s=timeout_s, applicationName=name)
        return Application.from_json(found)

    async def subscribe(self, name: str, *sources: str) -> None:
        """Subscribe to `channel:ID`, `endpoint:PJSIP/100` and so on; a second time is no harm."""
        await self._call("applications.subscribe", applicationName=name, eventSource=sources)

    async def unsubscribe(self, name: str, *sources: str) -> None:
        await self._call("applications.unsubscribe", applicationName=name, eventSource=sources)

    async def filter(
        self, name: str, *, allowed: Iterable[str] = (), disallowed: Iterable[str] = ()
    ) -> None:
        """Which event types Asterisk sends; kept only as long as the application exists there."""
        chosen = {
            "allowed": [{"type": each} for each in allowed],
            "disallowed": [{"type": each} for each in disallowed],
        }
        await self._call("applications.filter", applicationName=name, filter=chosen)


class AsteriskItself:
    """/asterisk: the server, and the dynamic configuration of PJSIP."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def get_info(self) -> AsteriskInfo:
        """`status.startup_time` tells a restart of Asterisk from a reconnect."""
        return AsteriskInfo.from_json(await self._call("asterisk.getInfo"))

    async def ping(self) -> AsteriskPing:
        return AsteriskPing.from_json(await self._call("asterisk.ping"))

    async def get_object(self, config: str, kind: str, name: str) -> list[tuple[str, str]]:
        """The fields of an object such as res_pjsip, endpoint, 1001; a name may come twice."""
        found = await self._object("asterisk.getObject", config, kind, name)
        return [(each.get("attribute", ""), each.get("value", "")) for each in found]

    async def update_object(
        self, config: str, kind: str, name: str, fields: Iterable[tuple[str, str]]
    ) -> None:
        """Create the object, or merge the fields into it: what is not named stays as it is.

        Of a field that comes twice one value is kept. Delete first to take something away.
        """
        wanted = [{"attribute": attribute, "value": value} for attribute, value in fields]
        await self._object("asterisk.updateObject", config, kind, name, fields=wanted)

    async def delete_object(self, config: str, kind: str, name: str) -> None:
        await self._object("asterisk.deleteObject", config, kind, name)

    async def get_variable(self, name: str) -> str:
        """A global variable of the dialplan; empty where there is none."""
        found = await self._call("asterisk.getGlobalVar", variable=name)
        return str(found.get("value") or "")

    async def set_variable(self, name: str, value: str) -> None:
        """Kept until Asterisk is restarted."""
        await self._call("asterisk.setGlobalVar", variable=name, value=value)

    async def reload_module(self, name: str) -> None:
        await self._call("asterisk.reloadModule", moduleName=name)

    async def _object(
        self, operation: str, config: str, kind: str, name: str, **fields: object
    ) -> Any:
        which = {"configClass": config, "objectType": kind, "id": name}
        try:
            return await self._call(operation, timeout_s=OBJECTS_S, **which, **fields)
        except AriSilent as error:
            raise AriSilent(operation, f"{kind} {name}: {error.reason}") from None


class Endpoints:
    """/endpoints"""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def all(self, technology: str = "PJSIP") -> list[Endpoint]:
        """Every endpoint of the technology; AriNotFound as long as it has none."""
        found = await self._call("endpoints.listByTech", tech=technology)
        return [Endpoint.from_json(each) for each in found]

    async def get(self, resource: str, technology: str = "PJSIP") -> Endpoint:
        found = await self._call("endpoints.get", tech=technology, resource=resource)
        return Endpoint.from_json(found)


def _arguments(values: Sequence[str]) -> str | None:
    """Stasis arguments are one text, cut at commas."""
    if any("," in value for value in values):
        raise TypeError("an argument of Stasis cannot contain a comma")
    return ",".join(values) or None
