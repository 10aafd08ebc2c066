"""As much of Asterisk as a simulation needs: channels that ring, are joined and end. What is to be
done is done at once, and what comes of it is told after it."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from acd.agents.attempt import ACCEPT_KEY
from acd.app.simulating.clock import Agenda
from acd.app.simulating.people import ACCEPTS
from acd.app.simulating.recording import Reaction
from acd.effects import (
    Alarm,
    Answer,
    ArmDeadMan,
    CountPackets,
    DestroyBridge,
    Effect,
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
from acd.facts import (
    DigitPressed,
    EffectFailed,
    Fact,
    LegAnswered,
    LegGone,
    LegJoined,
    LegLeft,
    LegRinging,
    PacketsCounted,
    PlaybackEnded,
)
from acd.ids import BridgeId, Channel, PlaybackId
from acd.ivr.speaking import duration_of
from acd.settings import Language

SPEAKS = 50
"""So many packets of voice have come from whoever is asked."""

Unnoticed = (
    Watch
    | Answer
    | SignalRinging
    | ArmDeadMan
    | MakeBridge
    | DestroyBridge
    | StartMusic
    | StopMusic
    | Snoop
    | Alarm
)
"""What nobody in a simulation would notice: there is no music, nothing is lost, nobody listens."""


@dataclass(slots=True)
class _Line:
    came: bool
    """It called us; else we have called it."""
    up: bool = False
    bridge: BridgeId | None = None
    playback: PlaybackId | None = None
    reaction: Reaction | None = None


class Phones:
    """reaction: what will come of the ringing; joined: told of who is brought where; sounds: how
    long they last, as far as that was heard."""

    def __init__(
        self,
        agenda: Agenda,
        reaction: Callable[[Ring], Reaction],
        joined: Callable[[Channel, BridgeId], None],
        sounds: Mapping[tuple[str, ...], timedelta],
    ) -> None:
        self.told: deque[Fact] = deque()
        """What has come of it, in order."""
        self._agenda = agenda
        self._reaction = reaction
        self._joined = joined
        self._sounds = sounds
        self._lines: dict[Channel, _Line] = {}

    def arrive(self, channel: Channel) -> None:
        self._lines[channel] = _Line(came=True)

    def bridge_of(self, channel: Channel) -> BridgeId | None:
        line = self._lines.get(channel)
        return line.bridge if line else None

    def end(self, channel: Channel, cause: int | None = 16, sip_status: int | None = None) -> None:
        """From either side; one that is gone stays so."""
        line = self._lines.pop(channel, None)
        if line is None:
            return
        if line.playback:
            self._told_of(channel, line.playback)
        if line.came:
            self.told.append(LegLeft(channel=channel))
        self.told.append(LegGone(channel=channel, cause=cause, sip_status=sip_status))

    def perform(self, effect: Effect) -> None:
        if isinstance(effect, Unnoticed):
            return
        match effect:
            case Ring():
                self._ring(effect)
            case NoLine() | CountPackets():
                self.told.append(_answer_to(effect))
            case HangUp(channel=channel):
                self._hang_up(channel)
            case GiveBack(channel=channel):
                self._lines.pop(channel, None)
            case Join() | Play() | StopPlay():
                self._in_talk(effect)
            case _:
                assert_never(effect)

    def _in_talk(self, effect: Join | Play | StopPlay) -> None:
        if isinstance(effect, StopPlay):
            self._stop(effect.playback)
            return
        line = self._lines.get(effect.channel)
        if line is None:
            # Who hangs up meanwhile is told by that.
            self.told.append(EffectFailed(effect=effect, reason="it is gone"))
        elif isinstance(effect, Play):
            self._play(effect, line)
        elif line.bridge != effect.bridge:
            line.bridge = effect.bridge
            self.told.append(LegJoined(channel=effect.channel, bridge=effect.bridge))
            self._joined(effect.channel, effect.bridge)

    # Ringing.

    def _ring(self, effect: Ring) -> None:
        channel, reaction = effect.channel, self._reaction(effect)
        self._lines[channel] = _Line(came=False, reaction=reaction)
        if reaction.rings is not None:
            self._later(channel, reaction.rings, lambda: self._rings(channel))
        if reaction.answers is not None:
            self._later(channel, reaction.answers, lambda: self._answers(channel, reaction))
        elif reaction.ends is not None:
            ends = reaction.cause, reaction.sip_status
            self._later(channel, reaction.ends, lambda: self.end(channel, *ends))

    def _rings(self, channel: Channel) -> None:
        self.told.append(LegRinging(channel=channel))

    def _answers(self, channel: Channel, reaction: Reaction) -> None:
        self._lines[channel].up = True
        self.told.append(LegAnswered(channel=channel))
        if reaction.accepts is not None:
            self._later(channel, reaction.accepts, lambda: self._accepts(channel))
        if reaction.leaves is not None:
            self._later(channel, reaction.leaves, lambda: self._leaves(channel, reaction))

    def _leaves(self, channel: Channel, reaction: Reaction) -> None:
        """Unless somebody is there by now: for how long they talk is known otherwise."""
        bridge = self._lines[channel].bridge
        others = (line for each, line in self._lines.items() if each != channel)
        if bridge is None or all(line.bridge != bridge for line in others):
            self.end(channel, reaction.cause)

    def _accepts(self, channel: Channel) -> None:
        self.told.append(DigitPressed(channel=channel, digit=ACCEPT_KEY))

    def _hang_up(self, channel: Channel) -> None:
        if channel in self._lines:
            self.end(channel)
        else:
            self.told.append(LegGone(channel=channel))

    # Playing.

    def _play(self, effect: Play, line: _Line) -> None:
        channel, playback = effect.channel, effect.playback
        line.playback = playback
        lasts = self._sounds.get(effect.media) or _duration(effect)
        self._later(channel, lasts, lambda: self._played(channel, playback))
        reaction = line.reaction
        if reaction and line.up and reaction.accepts is None and not reaction.prompted:
            # Nobody was asked to press a key then: who answers now does.
            self._later(channel, lasts + ACCEPTS, lambda: self._accepts(channel))

    def _played(self, channel: Channel, playback: PlaybackId) -> None:
        if self._lines[channel].playback == playback:
            self._lines[channel].playback = None
            self._told_of(channel, playback)

    def _stop(self, playback: PlaybackId) -> None:
        for channel, line in self._lines.items():
            if line.playback == playback:
                self._played(channel, playback)
                return

    def _told_of(self, channel: Channel, playback: PlaybackId) -> None:
        self.told.append(PlaybackEnded(node=channel.node, playback=playback))

    def _later(self, channel: Channel, after: timedelta, deed: Callable[[], None]) -> None:
        """Do it then, if the channel is still there."""

        def do() -> None:
            if channel in self._lines:
                deed()

        self._agenda.at(self._agenda.now + after, do)


def _answer_to(effect: NoLine | CountPackets) -> Fact:
    if isinstance(effect, NoLine):
        return LegGone(channel=effect.channel, sip_status=486)
    return PacketsCounted(channel=effect.channel, received=SPEAKS)


def _duration(effect: Play) -> timedelta:
    language = Language(effect.language) if effect.language else Language.ENGLISH
    return timedelta(milliseconds=duration_of(effect.media, language))
