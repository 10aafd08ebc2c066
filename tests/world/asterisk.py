"""The little we must know of Asterisk: what it has, what it refuses, and what it tells."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

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
    Reason,
    Ring,
    SignalRinging,
    Snoop,
    StartMusic,
    StopMusic,
    StopPlay,
    Watch,
)
from acd.facts import (
    CallArrived,
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
from acd.ids import HOLDING, BridgeId, Channel, ChannelId, ExtensionNumber, NodeId, PlaybackId
from acd.ivr import speaking
from acd.routing.outbound import trunk_of
from acd.settings import Language
from acd.views import FoundChannel, Snapshot

NODE = NodeId("a")
DIALPLANS_DEAD_MAN = 60
"""The dialplan has armed the switch before a call comes to us."""
RECORDED: dict[str | None, set[str]] = {
    language: {f"sound:{name}" for name in speaking.names(language)} for language in Language
}


@dataclass(kw_only=True)
class ModelChannel:
    channel: Channel
    endpoint: str = ""
    shows: str = ""
    """The number on its display."""
    auto_answer: bool = False
    speaks: bool = True
    """It sends packets of voice."""
    up: bool = False
    bridge: BridgeId | None = None
    music: str | None = None
    playback: PlaybackId | None = None
    arrived: CallArrived | None = None
    watched: bool = True
    dead_man: int = 0
    of: Channel | None = None
    answered_elsewhere: bool = False


@dataclass
class Asterisk:
    """One node. Its events wait in order until somebody takes them."""

    channels: dict[Channel, ModelChannel] = field(default_factory=dict)
    bridges: set[BridgeId] = field(default_factory=lambda: {HOLDING})
    events: deque[Fact] = field(default_factory=deque)
    named: set[str] = field(default_factory=set)
    """Every id ever given to something: none may be given twice."""
    given_back: list[Channel] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    rung: list[ModelChannel] = field(default_factory=list)
    played: list[Play] = field(default_factory=list)
    arrivals: int = 0
    crashed: bool = False
    """A prompt may be playing that nobody remembers."""
    cut_off: bool = False
    """Nobody hears our events: they are dropped, and who answers is hung up at once."""
    sounded: set[Channel] = field(default_factory=set)
    """Whatever has rung or was answered: a person could have noticed it."""

    # What people do.

    def call(self, number: str, caller: str = "+902120000001", **about: object) -> Channel:
        self.arrivals += 1
        channel = Channel(NODE, ChannelId(f"in.{self.arrivals}"))
        arrived = CallArrived(channel=channel, number=number, caller=caller, **about)  # type: ignore[arg-type]
        self.channels[channel] = ModelChannel(
            channel=channel, arrived=arrived, watched=False, dead_man=DIALPLANS_DEAD_MAN
        )
        self._say(arrived)
        return channel

    def ring(self, channel: Channel) -> None:
        if channel in self.channels and not self.channels[channel].up:
            self.sounded.add(channel)
            self._say(LegRinging(channel=channel))

    def answer(self, channel: Channel) -> None:
        if channel not in self.channels or self.channels[channel].up:
            return
        self.sounded.add(channel)
        self.channels[channel].up = True
        self._say(LegAnswered(channel=channel))
        if self.cut_off:
            self.end(channel)

    def end(self, channel: Channel, cause: int = 16, sip_status: int | None = None) -> None:
        """The channel ends, from either side; what hangs on it ends with it."""
        gone = self.channels.pop(channel, None)
        if gone is None:
            return
        if gone.playback:
            self._say(PlaybackEnded(node=NODE, playback=gone.playback))
        if gone.arrived or gone.of:
            self._say(LegLeft(channel=channel))
        if gone.watched:
            self._say(LegGone(channel=channel, cause=cause, sip_status=sip_status))
        for snoop in [c.channel for c in self.channels.values() if c.of == channel]:
            self.end(snoop)

    def end_playback(self, channel: Channel) -> None:
        on = self.channels.get(channel)
        if on and on.playback:
            self._say(PlaybackEnded(node=NODE, playback=on.playback))
            on.playback = None

    def snapshot(self, contacts: dict[str, tuple[str, ...]]) -> Snapshot:
        found = {
            c.id: FoundChannel(
                id=c.id,
                up=m.up,
                bridge=m.bridge,
                arrived=m.arrived,
                extension=ExtensionNumber(m.endpoint.partition("/")[2].partition("/")[0]),
            )
            for c, m in self.channels.items()
        }
        return Snapshot(
            node=NODE,
            channels=found,
            bridges=frozenset(self.bridges - {HOLDING}),
            contacts=contacts,  # type: ignore[arg-type]
        )

    def lose_everything(self) -> None:
        """It starts anew: no channel, no bridge but the one that is always made, no word of it."""
        self.channels.clear()
        self.events.clear()
        self.bridges = {HOLDING}

    def _say(self, event: Fact) -> None:
        if not self.cut_off:
            self.events.append(event)

    # What we do.

    def perform(self, effect: Effect) -> Fact | None:
        """Do it, or give the fact that it could not be done."""
        doing: Callable[[Any], Fact | None] = getattr(self, f"_{type(effect).__name__}")
        try:
            return doing(effect)
        except LookupError as error:
            return EffectFailed(effect=effect, reason=f"{error} not found")

    def _Ring(self, effect: Ring) -> None:
        self._name(effect.channel.id)
        outside = trunk_of(effect.endpoint) is not None
        assert not (effect.auto_answer and outside), "a mobile is told to answer by itself"
        made = ModelChannel(
            channel=effect.channel,
            endpoint=effect.endpoint,
            shows=effect.caller,
            auto_answer=effect.auto_answer,
        )
        self.channels[effect.channel] = made
        self.rung.append(made)

    def _NoLine(self, effect: NoLine) -> Fact:
        return LegGone(channel=effect.channel, sip_status=486)

    def _HangUp(self, effect: HangUp) -> Fact | None:
        if effect.channel not in self.channels:
            return LegGone(channel=effect.channel)
        elsewhere = effect.reason is Reason.ANSWERED_ELSEWHERE
        self.channels[effect.channel].answered_elsewhere = elsewhere
        self.end(effect.channel)
        return None

    def _GiveBack(self, effect: GiveBack) -> None:
        self.channels[effect.channel].watched = False
        self.given_back.append(effect.channel)
        self.end(effect.channel)

    def _MakeBridge(self, effect: MakeBridge) -> None:
        if effect.bridge not in self.bridges:
            self._name(effect.bridge)
            self.bridges.add(effect.bridge)

    def _DestroyBridge(self, effect: DestroyBridge) -> None:
        for channel in self.members(effect.bridge):
            self.channels[channel].bridge = None
        self.bridges.discard(effect.bridge)

    def _Watch(self, effect: Watch) -> Fact | None:
        if effect.channel not in self.channels:
            return LegGone(channel=effect.channel)
        self.channels[effect.channel].watched = True
        return None

    def _SignalRinging(self, effect: SignalRinging) -> None:
        assert not self.channels[effect.channel].up, "ringing for one who is answered"

    def _Answer(self, effect: Answer) -> Fact | None:
        if effect.channel not in self.channels:
            return LegGone(channel=effect.channel)
        self.channels[effect.channel].up = True
        return None

    def _ArmDeadMan(self, effect: ArmDeadMan) -> None:
        self.channels[effect.channel].dead_man = effect.seconds

    def _StartMusic(self, effect: StartMusic) -> None:
        self.channels[effect.channel].music = effect.music

    def _StopMusic(self, effect: StopMusic) -> None:
        on = self.channels[effect.channel]
        on.music = None
        if on.bridge == HOLDING:
            on.bridge = None

    def _Play(self, effect: Play) -> None:
        ours = {media for media in effect.media if media.startswith("sound:acd/")}
        # Asterisk would pass over it in silence.
        assert not ours or ours <= RECORDED[effect.language], f"not recorded: {effect}"
        self._name(effect.playback)
        self.played.append(effect)
        on = self.channels[effect.channel]
        assert on.playback is None or self.crashed, "two things are told at once"
        on.playback = effect.playback

    def _StopPlay(self, effect: StopPlay) -> None:
        for on in list(self.channels.values()):
            if on.playback == effect.playback:
                self.end_playback(on.channel)

    def _CountPackets(self, effect: CountPackets) -> Fact:
        speaks = self.channels[effect.channel].speaks
        return PacketsCounted(channel=effect.channel, received=50 if speaks else 0)

    def _Snoop(self, effect: Snoop) -> None:
        of = self.channels[effect.of].channel
        self._name(effect.channel.id)
        self.channels[effect.channel] = ModelChannel(
            channel=effect.channel, up=True, of=of, watched=False
        )
        self._say(LegAnswered(channel=effect.channel))

    def _Alarm(self, effect: Alarm) -> None:
        self.alarms.append(effect.text)

    def _Join(self, effect: Join) -> Fact | None:
        on = self.channels[effect.channel]
        assert on.up or self.crashed, "who is not answered is put into a bridge"
        if effect.bridge not in self.bridges or not on.up:
            return EffectFailed(effect=effect, reason="no such bridge, or the channel is not up")
        assert on.playback is None or self.crashed, "a join waits behind the prompt that is playing"
        if on.bridge != effect.bridge:
            on.bridge = effect.bridge
            self._say(LegJoined(channel=on.channel, bridge=effect.bridge))
        return None

    def members(self, bridge: BridgeId) -> set[Channel]:
        return {c.channel for c in self.channels.values() if c.bridge == bridge}

    def _name(self, name: str) -> None:
        assert name not in self.named, f"{name} names two things"
        self.named.add(name)
