"""Announcing: what those who wait are told, beside the music. It never keeps anybody waiting: an
agent who wins the caller cuts it, and nothing is told before what was told is over.
"""

from dataclasses import replace
from datetime import timedelta

from acd.calls.interaction import Interaction
from acd.distributor.turn import Turn, make
from acd.effects import Play, StopPlay
from acd.ids import HOLDING, PlaybackId, lane_of, maker_of
from acd.ivr import speaking
from acd.ivr.speaking import Spoken
from acd.queues.announcer import BOUND, Announcer
from acd.queues.entry import Entry, EntryKind
from acd.settings import Language
from acd.targets import TargetKind

LATER = timedelta(seconds=5)
"""Whom nobody can reach now is told then."""
OWN_SOUND = timedelta(minutes=2)
"""How long a sound that the admin names may take: only Asterisk has it."""
STANDARD = "standard"


def begin_announcing(turn: Turn, entry: Entry) -> None:
    """The wait begins, or is taken over from an agent who has consulted: only callers are told
    anything."""
    plan = turn.state.queue(entry.queue).announcing
    if entry.kind is EntryKind.CALLER and entry.channel and plan.any:
        announcer = Announcer(
            entry=entry.id,
            interaction=entry.interaction,
            channel=entry.channel,
            plan=plan,
            silent=entry.winner is not None,
        )
        turn.state.put(announcer.begun(turn.now))


def hush(turn: Turn, entry: Entry) -> None:
    """Cut what plays, and tell nothing more."""
    announcer = turn.state.announcers.get(entry.id)
    if announcer:
        turn.state.put(replace(_cut(turn, announcer), silent=True))


def go_on_announcing(turn: Turn, entry: Entry) -> None:
    """The wait goes on after all."""
    announcer = turn.state.announcers.get(entry.id)
    if announcer:
        turn.state.put(replace(announcer, silent=False))


def end_announcing(turn: Turn, entry: Entry) -> None:
    """The wait is over."""
    announcer = turn.state.announcers.get(entry.id)
    if announcer:
        turn.state.end(_cut(turn, announcer))


def announcer_due(turn: Turn, announcer: Announcer) -> None:
    """The next is to be told, or what plays should be over and nobody has said so."""
    if announcer.playback:
        turn.state.put(_cut(turn, announcer))
        return
    leg = turn.state.legs.get(announcer.channel)
    reached = leg and leg.up and leg.bridge == HOLDING and turn.state.node_up(leg.channel.node)
    if not reached:
        turn.state.put(replace(announcer, quiet_until=turn.now + LATER))
        return
    announces = announcer.announces(turn.now)
    spoken, announcer = _announcement(turn, announcer) if announces else _comfort(turn, announcer)
    announcer = announcer.past(turn.now)
    turn.state.put(announcer)
    if spoken.media:
        bound = BOUND if announces or announcer.plan.comfort == STANDARD else OWN_SOUND
        _play(turn, announcer, spoken, timedelta(milliseconds=spoken.duration_ms) + bound)


def playback_over(turn: Turn, playback: PlaybackId) -> None:
    """It has played to its end, or could not be played."""
    for entry in turn.state.entries_of(maker_of(playback)):
        announcer = turn.state.announcers.get(entry.id)
        if announcer and announcer.playback == playback:
            turn.state.put(announcer.over(turn.now))


def _play(turn: Turn, announcer: Announcer, spoken: Spoken, bound: timedelta) -> None:
    playback = PlaybackId(make(turn, announcer.interaction))
    turn.state.put(announcer.playing(playback, turn.now + bound))
    turn.do(
        Play(
            lane=lane_of(announcer.interaction),
            channel=announcer.channel,
            playback=playback,
            media=spoken.media,
            language=spoken.language,
        )
    )


def _cut(turn: Turn, announcer: Announcer) -> Announcer:
    """Nothing plays any more: what comes next in the lane does not wait for its end."""
    if announcer.playback is None:
        return announcer
    lane, node = lane_of(announcer.interaction), announcer.channel.node
    turn.do(StopPlay(lane=lane, node=node, playback=announcer.playback))
    return announcer.over(turn.now)


# What is said.


def language_of(turn: Turn, interaction: Interaction) -> Language:
    return interaction.language or turn.state.settings.language


def _announcement(turn: Turn, announcer: Announcer) -> tuple[Spoken, Announcer]:
    """The position, how long it will take, and how to leave; what is told of it noted."""
    entry, plan = turn.state.entries[announcer.entry], announcer.plan
    language = language_of(turn, turn.state.interactions[entry.interaction])
    spoken = Spoken(language=language)
    if plan.announce.position:
        place = turn.state.places[entry.queue].of(entry)
        if announcer.told is None or place < announcer.told or not plan.improved_only:
            spoken += _position(turn, announcer, place, language)
            announcer = replace(announcer, told=place)
    target = turn.state.queue(entry.queue).leaving.exit_to
    if plan.announce.exit and target:
        called_back = target.kind is TargetKind.CALLBACK
        spoken += speaking.exit_offer(language, plan.exit_digit, called_back=called_back)
    return spoken, announcer


def _position(turn: Turn, announcer: Announcer, place: int, language: Language) -> Spoken:
    spoken = speaking.position(language, place)
    pace = turn.state.paces.get(turn.state.entries[announcer.entry].queue)
    wait = pace.estimate(place, turn.now) if pace and announcer.plan.wait else None
    return spoken if wait is None else spoken + speaking.estimated_wait(language, wait)


def _comfort(turn: Turn, announcer: Announcer) -> tuple[Spoken, Announcer]:
    language = language_of(turn, turn.state.interactions[announcer.interaction])
    sound = announcer.plan.comfort
    if sound is None or sound == STANDARD:
        return speaking.comfort(language), announcer
    return speaking.own(language, sound), announcer
