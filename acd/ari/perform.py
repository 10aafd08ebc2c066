"""Our effects into ARI's commands.

"Already so" is success: what is gone is what a hang-up wanted, what exists is what was asked for.
"""

from __future__ import annotations

from collections.abc import Awaitable
from contextlib import suppress
from functools import partial

from acd.ari.errors import AriConflict, AriError, AriNotFound, AriRefused, AriUnprocessable
from acd.ari.parse import MADE
from acd.ari.rest import RestClient
from acd.effects import (
    Answer,
    ArmDeadMan,
    CountPackets,
    DestroyBridge,
    GiveBack,
    HangUp,
    Join,
    MakeBridge,
    NoLine,
    Play,
    Ring,
    SignalRinging,
    Snoop,
    StartMusic,
    StopMusic,
    StopPlay,
    Watch,
)
from acd.facts import Fact, LegGone, PacketsCounted
from acd.ids import HOLDING, BridgeId, Channel

Command = (
    Watch
    | Answer
    | SignalRinging
    | HangUp
    | GiveBack
    | ArmDeadMan
    | Ring
    | NoLine
    | MakeBridge
    | DestroyBridge
    | Join
    | StartMusic
    | StopMusic
    | Play
    | StopPlay
    | CountPackets
    | Snoop
)
"""The effects that are Asterisk's to do."""

APP = "acd"
TALKING = "mixing,dtmf_events,proxy_media"
"""DTMF and recording need the media to pass through Asterisk; the order of the words matters."""
FALLBACK = "acd-fallback"
BUSY = 486
NO_FORWARDING = {"FORWARD_CONTEXT": "acd-noforward"}
"""A phone's 302 is not followed: that context hangs up."""
AUTO_ANSWER = {
    "PJSIP_HEADER(add,Call-Info)": "<sip:acd>;answer-after=0",
    "PJSIP_HEADER(add,Alert-Info)": "<http://acd>;info=alert-autoanswer;delay=0",
    "PJSIP_HEADER(add,Answer-Mode)": "Auto",
    "PJSIP_HEADER(add,P-Auto-answer)": "normal",
    "PJSIP_HEADER(add,Answer-After)": "0",
}
"""Each maker of phones has its own way to be told to answer; the others are ignored."""


async def perform(rest: RestClient, effect: Command) -> Fact | None:
    """Do it. Gives the fact that is certain already; raises AriError."""
    match effect:
        case HangUp(channel=channel, reason=reason):
            end = rest.call("channels.hangup", channelId=channel.id, reason=reason)
            return await _unless_gone(channel, end)
        case Answer(channel=channel):
            # What arrived may have ended before we looked, and nothing more is told of it then.
            return await _unless_gone(channel, rest.channels.answer(channel.id))
        case Watch(channel=channel):
            # 404 is said of the application, which is gone with the socket; the caller is not.
            watch = rest.applications.subscribe(APP, f"channel:{channel.id}")
            return await _unless_gone(channel, watch, said_by=AriUnprocessable)
        case Ring() | MakeBridge() | Snoop():
            await _make(rest, effect)
        case CountPackets(channel=channel):
            counted = await rest.channels.rtp_statistics(channel.id)
            return PacketsCounted(channel=channel, received=counted.rxcount or 0)
        case NoLine(channel=channel):
            return LegGone(channel=channel, sip_status=BUSY)
        case StopMusic() | StopPlay() | DestroyBridge() | GiveBack():
            await _undo(rest, effect)
        case _:
            await _on_channel(rest, effect)
    return None


async def _unless_gone(
    channel: Channel, command: Awaitable[object], said_by: type[AriError] = AriNotFound
) -> LegGone | None:
    try:
        await command
    except said_by:
        return LegGone(channel=channel)
    return None


async def make_bridge(rest: RestClient, bridge: BridgeId, kind: str) -> None:
    """Make the bridge, if it is not there. Raises AriError."""
    with suppress(AriConflict):
        await rest.bridges.create(bridge, kind=kind)


async def _make(rest: RestClient, effect: Ring | MakeBridge | Snoop) -> None:
    match effect:
        case Ring():
            await _ring(rest, effect)
        case MakeBridge(bridge=bridge):
            await make_bridge(rest, bridge, TALKING)
        case Snoop(channel=channel, of=of):
            await rest.channels.snoop(of.id, channel.id, app=APP, app_args=(MADE,), spy="both")


async def _ring(rest: RestClient, effect: Ring) -> None:
    name = effect.caller_name.replace('"', "").replace("<", "").replace(">", "")
    await rest.channels.originate(
        effect.channel.id,
        endpoint=effect.endpoint,
        app=APP,
        app_args=(MADE,),
        caller_id=f'"{name}" <{effect.caller}>',
        ring_timeout_s=effect.timeout_s,
        variables=NO_FORWARDING | (AUTO_ANSWER if effect.auto_answer else {}),
    )


async def _undo(rest: RestClient, effect: StopMusic | StopPlay | DestroyBridge | GiveBack) -> None:
    """What there is not any more need not be ended."""
    try:
        match effect:
            case StopMusic(channel=channel, talks=talks):
                if not talks:
                    await _leave_holding(rest, channel)
                await rest.channels.stop_moh(channel.id)
            case StopPlay(playback=playback):
                await rest.playbacks.stop(playback)
            case DestroyBridge(bridge=bridge):
                await rest.bridges.destroy(bridge)
            case GiveBack(channel=channel):
                await rest.channels.continue_in_dialplan(
                    channel.id, context=FALLBACK, extension="s", priority=1
                )
    except AriNotFound:
        return


async def _leave_holding(rest: RestClient, channel: Channel) -> None:
    """In a bridge music is played by a thread of its own, and a stop that falls into the moment in
    which that writes, one of a thousand, is lost: the caller goes on hearing music, and nobody who
    talks (main/channel.c: generator_force, deactivate_generator_nolock). Where this fails the stop
    in the bridge is still a good one."""
    with suppress(AriError):
        await rest.bridges.remove_channel(HOLDING, channel.id)


async def _on_channel(
    rest: RestClient, effect: SignalRinging | ArmDeadMan | Join | StartMusic | Play
) -> None:
    channel = effect.channel.id
    match effect:
        case SignalRinging():
            await rest.channels.ring(channel)
        case ArmDeadMan(seconds=seconds):
            await rest.channels.set_channel_var(channel, "TIMEOUT(absolute)", str(seconds))
        case Join(bridge=bridge):
            await _join(rest, bridge, channel)
        case StartMusic(music=music):
            await rest.channels.start_moh(channel, music)
        case Play(playback=playback, media=media, language=language):
            await rest.channels.play(channel, playback, media, language=language)


async def _join(rest: RestClient, bridge: BridgeId, channel: str) -> None:
    """Where all wait somebody may have taken away, by a command of Asterisk's own."""
    add = partial(rest.bridges.add_channel, bridge, channel, inhibit_connected_line_updates=True)
    try:
        await add()
    except AriNotFound:
        if bridge != HOLDING:
            raise
        await make_bridge(rest, HOLDING, "holding")
        await add()


def is_unreachable(error: AriError) -> bool:
    """Nobody answered: whether it was done is not known."""
    return not isinstance(error, AriRefused)
