"""What Asterisk does on its own: with no ACD, with one that died, and until one answers."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.instances import Ari, Facts, logged, started, tool_in, until
from tests.parties.behaviour import Reject
from tests.parties.fixtures import PartyFactory, party_factory
from tests.parties.party import Party
from tests.parties.tones import AGENTS, CALLERS, MUSIC, PROMPTS, Law, frames

pytestmark = pytest.mark.asterisk

__all__ = ["party_factory"]  # a fixture

APOLOGY = PROMPTS[0]


@pytest.fixture(scope="module")
def asterisk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Facts]:
    """An instance with a tone as music and one as apology; it logs no error under these tests."""
    music = tmp_path_factory.mktemp("music")
    (music / "tone.ulaw").write_bytes(sound(MUSIC, seconds=2))
    with tool_in(tmp_path_factory.mktemp("run")) as tool:
        facts = started(tool, "alone", "--identify-by=username", "--verbose", f"--music={music}")
        apology = Path(facts["paths"]["sounds"], "apology.ulaw")
        apology.write_bytes(sound(APOLOGY, seconds=0.3))
        yield facts
        assert logged(tool, "alone", "ERROR") == []


@pytest.fixture
async def ari(asterisk: Facts) -> AsyncIterator[Ari]:
    """ARI of the instance, with a trunk from this machine and short bounds; no call is left."""
    async with Ari.of(asterisk) as ari:
        await ari.provision_trunk()
        apology = f"{asterisk['asterisk_paths']['sounds']}/apology"
        await ari.set_globals(
            ACD_RETRIES="1", ACD_ABSENCE_S="60", ACD_FALLBACK="", ACD_APOLOGY=apology
        )
        yield ari
        await until(ari.is_empty)


Make = Callable[..., Party]


@pytest.fixture
def caller(asterisk: Facts, party_factory: PartyFactory) -> Make:
    """Makes a caller, or with a number and a password a phone."""

    def make(
        tone: float = CALLERS[0], number: str = "caller", password: str | None = None
    ) -> Party:
        server = ("127.0.0.1", asterisk["sip_port"])
        return party_factory(tone=tone, server=server, number=number, password=password)

    return make


def sound(tone: float, seconds: float) -> bytes:
    """The tone as a file of G.711."""
    return b"".join(frames(tone, Law.MU)) * int(seconds * 50)


async def test_without_an_acd_callers_hear_music_and_then_the_fallback(
    ari: Ari, caller: Make
) -> None:
    call = await caller().dial("700")
    await call.answered()
    await call.hears(MUSIC)
    await call.hears(APOLOGY, within=4)
    await call.ended()
    assert not call.ears.heard_since(call.ears.first_heard(APOLOGY) or 0, MUSIC)


async def test_the_fallback_rings_its_phone_before_it_apologises(ari: Ari, caller: Make) -> None:
    await ari.provision_phone("2002", "secret")
    phone = caller(AGENTS[0], "2002", "secret")
    phone.behaviour = Reject(status=486)
    assert await phone.register() == 200
    await ari.set_globals(ACD_FALLBACK="PJSIP/2002", ACD_RETRIES="0")
    call = await caller().dial("700")
    await phone.invited()
    await call.hears(APOLOGY)
    await call.ended()


@pytest.mark.parametrize(
    ("number", "reported"),
    [
        ("700", "700"),
        ("+902120000700", "+902120000700"),
        ("*8", "*8"),
        ("sales-desk", "sales-desk"),
        ("700,out", "700out"),
    ],
)
async def test_a_call_enters_stasis_unanswered_with_its_number(
    ari: Ari, caller: Make, number: str, reported: str
) -> None:
    async with ari.app() as events:
        call = await caller().dial(number)
        start = await events("StasisStart")
        assert start["args"] == ["in", reported]
        assert start["channel"]["state"] == "Ring"
        assert start["channel"]["dialplan"]["context"] == "from-trunk"
        await ari.delete(f"channels/{start['channel']['id']}?reason_code=21")
        await call.ended()
        assert call.status == 403


async def test_every_call_of_a_phone_enters_stasis(ari: Ari, caller: Make) -> None:
    await ari.provision_phone("2003", "secret")
    async with ari.app() as events:
        call = await caller(AGENTS[0], "2003", "secret").dial("2004")
        start = await events("StasisStart")
        assert start["args"] == ["in", "2004"]
        assert start["channel"]["dialplan"]["context"] == "from-phone"
        await ari.delete(f"channels/{start['channel']['id']}")
        await call.ended()


async def test_a_caller_of_the_gap_is_taken_when_the_acd_comes(ari: Ari, caller: Make) -> None:
    await ari.set_globals(ACD_RETRIES="30")
    call = await caller().dial("700")
    await call.hears(MUSIC)
    async with ari.app() as events:
        start = await events("StasisStart")
        assert start["channel"]["state"] == "Up"
        await ari.post(f"channels/{start['channel']['id']}/answer")
        assert await call.ears.falls_silent(MUSIC, within=2)
        await ari.delete(f"channels/{start['channel']['id']}")
        await call.ended()


async def test_only_callers_whose_switch_is_set_again_stay(ari: Ari, caller: Make) -> None:
    await ari.set_globals(ACD_ABSENCE_S="1")
    async with ari.app() as events:
        kept, forgotten = await asyncio.gather(caller().dial("700"), caller().dial("701"))
        starts = [await events("StasisStart") for _ in range(2)]
        ids = {start["args"][1]: start["channel"]["id"] for start in starts}
        await ari.set_variable(ids["700"], "TIMEOUT(absolute)", "30")
        for channel in ids.values():
            await ari.post(f"channels/{channel}/answer")

        await forgotten.hears(APOLOGY, within=3)
        await forgotten.ended()
        assert [channel["id"] for channel in await ari.get("channels")] == [ids["700"]]
        await ari.set_variable(ids["700"], "TIMEOUT(absolute)", "1")
        await kept.hears(APOLOGY, within=3)
        await kept.ended()


async def test_the_switch_reaches_a_caller_in_a_bridge(ari: Ari, caller: Make) -> None:
    async with ari.app() as events:
        call = await caller().dial("700")
        channel = (await events("StasisStart"))["channel"]["id"]
        await ari.post(f"channels/{channel}/answer")
        await ari.post("bridges/waiting", type="holding")
        await ari.post("bridges/waiting/addChannel", channel=channel)
        await ari.post(f"channels/{channel}/moh")
        await call.hears(MUSIC)
        await ari.set_variable(channel, "TIMEOUT(absolute)", "1")
    await call.hears(APOLOGY, within=3)
    await call.ended()
    await ari.delete("bridges/waiting")


async def test_the_acd_sends_a_call_to_the_fallback(ari: Ari, caller: Make) -> None:
    async with ari.app() as events:
        call = await caller().dial("700")
        channel = (await events("StasisStart"))["channel"]["id"]
        await ari.post(f"channels/{channel}/continue?context=acd-fallback&extension=s&priority=1")
        await call.hears(APOLOGY)
        await call.ended()
