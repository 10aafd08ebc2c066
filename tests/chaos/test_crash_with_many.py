"""`kill -9` with ten who wait, three who ring and four who talk."""

import pytest

from tests.chaos.conftest import Launch
from tests.chaos.hearing import Talk
from tests.chaos.process import Outside, Picture, phases_in, waiting_in
from tests.integration.running import extension, queue
from tests.parties.behaviour import Answer, Ring
from tests.parties.call import Call
from tests.parties.party import Party
from tests.parties.sipp import Sipp, SippFactory
from tests.parties.tones import CALLERS, MUSIC

pytestmark = pytest.mark.asterisk

WITH_EARS = ("ayse", "baris")
RINGING = ("cem", "deniz", "emel")
OF_SIPP = ("agent1006", "agent1007")


async def two_pairs_with_ears(acd: Outside) -> tuple[list[Call], list[Party]]:
    """Two callers who talk with Ayşe and Barış."""
    phones = [await acd.phone(agent, Answer()) for agent in WITH_EARS]
    calls = []
    for place, phone in enumerate(phones):
        call = await acd.caller(place).dial("700")
        await call.hears(phone.tone)
        await phone.hears(CALLERS[place])
        calls.append(call)
    return calls, phones


async def two_pairs_of_sipp(acd: Outside, sipp: SippFactory) -> list[Sipp]:
    """Two more who talk."""
    server = acd.site.server
    users = [(extension(agent), f"pw{extension(agent)}") for agent in OF_SIPP]
    phones = await sipp.agents(users, server, answer_ms=100)
    for agent in OF_SIPP:
        await acd.log_in(agent)
    callers = await sipp.callers("700", server, calls=2, caller_ids=["+49401", "+49402"])
    await acd.becomes(lambda picture: all(phase(picture, a) == "talking" for a in OF_SIPP))
    return [phones, callers]


def phase(picture: Picture, agent: str) -> str | None:
    return phases_in(picture)[agent][0]


async def test_a_full_house_outlives_the_process(launch: Launch, sipp: SippFactory) -> None:
    agents = (*WITH_EARS, *RINGING, *OF_SIPP)
    acd = await launch(queue("sales", "700", *agents, agent_timeout_s=60), extensions=8)
    calls, talkers = await two_pairs_with_ears(acd)
    of_sipp = await two_pairs_of_sipp(acd, sipp)
    ringing = [await acd.phone(agent, Ring()) for agent in RINGING]
    ids = [f"+4950{place:02}" for place in range(13)]
    waiting = await sipp.callers("700", acd.site.server, calls=13, rate=20, caller_ids=ids)
    await acd.becomes(lambda picture: len(waiting_in(picture)) == 13)
    for phone in ringing:
        await (await phone.invited()).ringing()
    await acd.log_in("ayse")  # changes nothing, and when it is durable so is all before it
    before = await acd.live()
    rang = {phone.current.caller_id[1] for phone in ringing}
    order = waiting_in(before)
    assert sorted(order) == ids
    assert rang == set(order[:3])

    pairs = zip(calls, talkers, strict=True)
    talks = [Talk(call, phone.current) for call, phone in pairs]
    await acd.life.kill()
    newcomer = await acd.caller(4).dial("700")
    await newcomer.hears(MUSIC)
    took = await acd.start()
    assert took < 3.0

    after = await acd.becomes(lambda picture: len(waiting_in(picture)) == 14)
    assert waiting_in(after) == [*order, "+49304"]
    for phone in ringing:
        await phone.invited(calls=2)
    # The same three are first again, and everybody else is where they were.
    assert {phone.current.caller_id[1] for phone in ringing} == rang
    again = await acd.becomes(lambda p: all(phase(p, agent) == "reserved" for agent in RINGING))
    for agent in (*WITH_EARS, *OF_SIPP):
        assert phases_in(again)[agent] == phases_in(before)[agent]
    for talk in talks:
        talk.assert_whole()
    assert not any(
        message.is_request("BYE") for job in (*of_sipp, waiting) for message in job.messages()
    )

    # Who is served next: the one who is first, and so on.
    await calls[0].hang_up()
    await talkers[0].invited(calls=2)
    assert talkers[0].current.caller_id[1] == order[3]
    # All are still there to be hung up on, and end as calls should.
    await acd.site.hang_up_all()
    for job in (of_sipp[1], waiting):
        counts = await job.finished(within=5)
        assert (counts.succeeded, counts.failed) == (counts.created, 0), job.errors()
    for call in (*calls, newcomer):
        await call.ended()
