"""What is said, as a telephone hears it: byte by byte what was recorded, in its language."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from acd.ari.perform import perform
from acd.ari.rest import AriAddress, RestClient
from acd.effects import Play
from acd.ids import Channel, ChannelId, Lane, NodeId, PlaybackId
from acd.ivr import speaking
from acd.ivr.speaking import Spoken
from acd.settings import Language
from tests.integration.instances import REPOSITORY, Ari, JsonObject
from tests.integration.running import Site
from tests.parties.ears import Ears
from tests.parties.fixtures import PartyFactory
from tests.parties.tones import CALLERS, Law

pytestmark = pytest.mark.asterisk

CODECS = {Law.MU: "ulaw", Law.A: "alaw"}
LATE_S = 1.0
"""So much longer than its sound a playback may take on a busy machine."""


@pytest.fixture
async def rest(site: Site) -> AsyncIterator[RestClient]:
    facts = site.facts
    address = AriAddress(
        url=facts["ari_url"], user=facts["ari_user"], password=facts["ari_password"]
    )
    async with RestClient(address) as rest:
        yield rest
    await site.becomes_bare()


def recorded(spoken: Spoken, law: Law) -> bytes:
    """What the files hold, one after the other."""
    folder = REPOSITORY / "sounds" / spoken.language
    names = (media.removeprefix("sound:") for media in spoken.media)
    return b"".join(Path(folder, f"{name}.{CODECS[law]}").read_bytes() for name in names)


def all_heard(ears: Ears) -> bytes:
    return b"".join(window.sound for window in ears.windows())


def at(event: JsonObject) -> datetime:
    return datetime.fromisoformat(event["timestamp"])


async def test_every_part_is_known_to_asterisk_in_its_language(rest: RestClient) -> None:
    for language in Language:
        listed = await rest.call("sounds.list", lang=language)
        formats = {each["id"]: {one["format"] for one in each["formats"]} for each in listed}
        ours = {name: formats.get(name) for name in speaking.names(language)}
        assert ours == {name: {"ulaw", "alaw"} for name in ours}


@pytest.mark.parametrize(
    ("language", "law"),
    [(Language.ENGLISH, Law.MU), (Language.TURKISH, Law.MU), (Language.TURKISH, Law.A)],
)
async def test_a_caller_hears_position_12(
    language: Language, law: Law, site: Site, rest: RestClient, party_factory: PartyFactory
) -> None:
    spoken = speaking.position(language, 12)
    async with Ari.of(site.facts) as ari, ari.app() as next_of:
        await ari.provision_trunk()
        await ari.provision("endpoint", "trunk", allow=f"!all,{CODECS[law]}")
        caller = party_factory(tone=CALLERS[0], server=site.server, laws=(law,))
        call = await caller.dial("700")
        channel = ChannelId((await next_of("StasisStart"))["channel"]["id"])
        await rest.channels.answer(channel)
        await call.answered()
        play = Play(
            lane=Lane("test"),
            channel=Channel(NodeId("asterisk"), channel),
            playback=PlaybackId("position"),
            media=spoken.media,
            language=spoken.language,
        )
        await perform(rest, play)
        began, ended = await next_of("PlaybackStarted"), await next_of("PlaybackFinished")
        await call.hang_up()
    took_s = (at(ended) - at(began)).total_seconds()
    assert spoken.duration_ms / 1000 - 0.1 <= took_s <= spoken.duration_ms / 1000 + LATE_S
    assert recorded(spoken, law) in all_heard(call.ears)
    others = [each for each in Language if each is not language]
    assert not any(
        recorded(speaking.position(other, 12), law) in all_heard(call.ears) for other in others
    )
    loud = [window for window in call.ears.windows() if not window.is_silent()]
    assert len(loud) * 20 >= spoken.duration_ms / 2
