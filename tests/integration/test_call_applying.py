"""Another version of the configuration is applied while calls go on, on a real Asterisk."""

import time
from typing import Any

import pytest

from acd.app.proposing import Proposal
from acd.config.difference import Change
from acd.config.entities import Entity, digest_after, text_of
from acd.ids import QueueName
from tests.integration.running import PROJECT, Acd, Start, queue, until
from tests.parties.behaviour import Answer, Ring
from tests.parties.tones import AGENTS, MUSIC

pytestmark = pytest.mark.asterisk

AYSE, BARIS = AGENTS[:2]
NEW = "1050"
REFUSED = (401, 403, 404)


async def apply(acd: Acd, *pieces: Entity, gone: tuple[Entity, ...] = ()) -> None:
    """All of it as one version."""
    configuring = acd.program.configuring
    changes = [Change(before=None, after=piece) for piece in pieces]
    changes += [Change(before=piece, after=None) for piece in gone]
    pairs = [(change.before, change.after) for change in changes]
    proposal = Proposal(
        base=configuring.version,
        changes=tuple(changes),
        result=digest_after(configuring.digest, pairs),
        sources="",
    )
    taken = await configuring.apply(proposal, author="test")
    assert taken.durable


def piece(section: str, name: str, /, **body: Any) -> Entity:
    return Entity(section=section, name=name, body=text_of(body))


def queue_piece(name: str, number: str, *agents: str, **more: Any) -> Entity:
    return piece("queues", name, **queue(name, number, *agents, **more))


async def test_who_waits_rings_and_talks_notices_nothing_of_a_new_version(start: Start) -> None:
    acd = await start(
        queue("sales", "700", "ayse"), queue("help", "701", "baris"), queue("night", "702")
    )
    await acd.phone("ayse", Answer())
    baris = await acd.phone("baris", Ring())
    talks = await acd.caller(0).dial("700")
    await talks.hears(AYSE)
    waits = await acd.caller(1).dial("702")
    await waits.hears(MUSIC)
    rings = await acd.caller(2).dial("701")
    ringing = await baris.invited()
    since = time.monotonic()
    for acw_s in (7, 8):
        await apply(
            acd,
            queue_piece("sales", "700", "ayse", acw_s=acw_s),
            queue_piece("help", "701", "baris", "ayse", acw_s=acw_s),
            queue_piece("night", "702", acw_s=acw_s),
            piece(
                "agents", "ayse", username="ayse", name="A", extension="1001", projects=[PROJECT]
            ),
            piece("extensions", NEW, number=NEW, password=f"pw{NEW}"),
        )
    await until(lambda: time.monotonic() > since + 0.5)
    assert acd.state.settings.version == 2
    assert talks.ears.silence_gaps(AYSE, since) == []
    assert waits.ears.silence_gaps(MUSIC, since, longest=0.2) == []
    assert [call.ended_at for call in baris.calls] == [None], "it rings on, and once"
    ringing.answer()
    await rings.hears(BARIS)
    for call in (talks, waits, rings):
        await call.hang_up()


async def test_a_removed_queue_serves_who_is_in_and_takes_nobody_more(start: Start) -> None:
    acd = await start(queue("sales", "700", "ayse"), queue("old", "701", "baris"))
    waits = await acd.caller(0).dial("701")
    await waits.hears(MUSIC)
    await apply(acd, gone=(queue_piece("old", "701", "baris"),))
    late = await acd.caller(1).dial("701")
    await late.ended()
    assert late.ears.silence_gaps(MUSIC, time.monotonic() - 0.2, longest=0.1)
    await acd.phone("baris", Answer())
    await waits.hears(BARIS)
    await waits.hang_up()
    await acd.idle("baris")
    await apply(acd, queue_piece("sales", "700", "ayse", acw_s=1))
    assert set(acd.state.settings.queues) == {QueueName("sales")}


async def test_a_new_phone_registers_at_once_and_a_removed_one_no_more(start: Start) -> None:
    acd = await start(queue("sales", "700", "ayse"))
    ayse = await acd.phone("ayse", Answer())
    new: Any = acd.parties(
        tone=BARIS,
        server=acd.site.server,
        number=NEW,
        password=f"pw{NEW}",
        name="yeni",
        behaviour=Answer(),
    )
    assert await new.register() in REFUSED
    agent = piece("agents", "yeni", username="yeni", name="Y", extension=NEW, projects=[PROJECT])
    phone = piece("extensions", NEW, number=NEW, password=f"pw{NEW}")
    await apply(acd, phone, agent, queue_piece("sales", "700", "ayse", "yeni"))
    assert await new.register() == 200
    await until(lambda: acd.reaches("yeni", new), what="the new phone is known")
    assert acd.reaches("ayse", ayse), "who stays keeps the registration"
    await apply(acd, queue_piece("sales", "700", "ayse"), gone=(agent, phone))
    assert await new.register() in REFUSED
    call = await acd.caller().dial("700")
    await call.hears(AYSE)
    await call.hang_up()
    await ayse.current.ended()
