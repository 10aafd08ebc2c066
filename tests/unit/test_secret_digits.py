"""A digit is a secret, unless it answers a question of ours: then replaying must know it."""

import asyncio
from datetime import UTC, datetime

from acd.db.codec import Codec
from acd.db.record import MESSAGES, line_values
from acd.distributor import Distributor
from acd.effects import Effect
from acd.engine import Clock, Engine
from acd.facts import DigitPressed
from acd.ids import Channel, ChannelId
from acd.settings import RingMode
from acd.views import Record
from tests.stories.acd import SALES, Acd, queue_settings, settings
from tests.unit.distributor.scenes import leg, ringing
from tests.world.asterisk import NODE

STRANGER = Channel(NODE, ChannelId("in.1"))
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


def asked_for_the_key() -> Acd:
    """A mobile has been answered, and is asked to press 1."""
    acd = ringing("ayse", of=settings(queue_settings(SALES, "700", "ayse"), ring=RingMode.MOBILE))
    acd.rings("ayse", mobile=True)
    acd.answers("ayse", mobile=True)
    return acd


def test_a_digit_is_a_secret_unless_a_key_was_asked_for() -> None:
    acd = asked_for_the_key()
    core, mobile = acd.world.core, leg(acd, "agent").channel
    assert core.marked(DigitPressed(channel=mobile, digit="5")).secret is False  # type: ignore[union-attr]
    stranger = DigitPressed(channel=STRANGER, digit="1")
    assert core.marked(stranger) == stranger
    caller = DigitPressed(channel=leg(acd, "caller").channel, digit="1")
    assert core.marked(caller).secret  # type: ignore[union-attr]
    acd.presses("ayse", "1")
    late = DigitPressed(channel=mobile, digit="4")
    assert core.marked(late) == late, "nobody waits for a key any more"


def test_the_ringing_mobile_is_not_asked_yet() -> None:
    acd = ringing("ayse", of=settings(queue_settings(SALES, "700", "ayse"), ring=RingMode.MOBILE))
    early = DigitPressed(channel=leg(acd, "agent").channel, digit="4")
    assert acd.world.core.marked(early) == early


def text_of(fact: DigitPressed) -> str:
    record = Record(at=NOW, kind="fact", input=fact)
    values = line_values(Codec(MESSAGES), record, 1, 1)
    return str(values["input"])


def test_a_secret_never_enters_the_journal_and_a_key_does() -> None:
    assert '"digit":"*"' in text_of(DigitPressed(channel=STRANGER, digit="7"))
    assert '"digit":"7"' in text_of(DigitPressed(channel=STRANGER, digit="7", secret=False))


async def test_the_engine_has_the_core_say_which_it_is() -> None:
    kept: list[Record] = []
    acd = asked_for_the_key()

    async def perform(_effect: Effect) -> None:
        pass

    core = Distributor(run=2, rows=acd.world.kept.values())
    clock = Clock()
    clock.now = lambda: acd.world.now  # type: ignore[method-assign]
    engine = Engine(distributor=core, perform=perform, keep=kept.append, clock=clock)  # type: ignore[arg-type]
    task = asyncio.create_task(engine.run())
    engine.tell(DigitPressed(channel=STRANGER, digit="7"))
    engine.tell(DigitPressed(channel=leg(acd, "agent").channel, digit="5"))
    async with asyncio.timeout(5):
        while len(kept) < 2:
            await asyncio.sleep(0.001)
    task.cancel()
    assert [one.input.secret for one in kept] == [True, False]  # type: ignore[union-attr]
