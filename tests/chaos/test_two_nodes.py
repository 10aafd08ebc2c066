"""Two Asterisks of one ACD, each with its own people and queue: one is killed, missing, new."""

import asyncio
import dataclasses
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.conftest import Launch
from tests.chaos.hearing import Talk
from tests.chaos.process import Outside, agent_in, phases_in, reachable, waiting_in
from tests.integration.running import Site, configuration, open_site, queue, until
from tests.parties.behaviour import Answer, Ring
from tests.parties.call import Call
from tests.parties.party import Party
from tests.parties.tones import AGENTS, CALLERS, MUSIC

pytestmark = pytest.mark.asterisk

NORTH, SOUTH = "north", "south"
QUEUES = (queue("sales", "700", "ayse", "baris"), queue("service", "701", "cem", "deniz"))
SOUTHERN = ("1003", "1004")
"""Cem's phone and Deniz's; the others are in the north."""


@pytest.fixture(scope="module")
def southern(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The other Asterisk; `site` is the northern one."""
    with open_site(tmp_path_factory.mktemp(SOUTH), "two-nodes-south") as opened:
        yield opened


def two_nodes(site: Site, southern: Site) -> dict[str, Any]:
    """Those keys of the configuration that make it two."""
    one, other = (configuration(each.facts, Path("acd.db")) for each in (site, southern))
    return {
        "nodes": [{**one["nodes"][0], "name": NORTH}, {**other["nodes"][0], "name": SOUTH}],
        "extensions": [
            {**phone, "node": SOUTH if phone["number"] in SOUTHERN else NORTH}
            for phone in one["extensions"]
        ],
        "trunks": [
            {**one["trunks"][0], "name": f"carrier-{node}", "node": node} for node in (NORTH, SOUTH)
        ],
    }


def in_the(place: Site, acd: Outside) -> Outside:
    """The same program, with the people who live around another Asterisk."""
    return dataclasses.replace(acd, site=place, phones=[])


def up(picture: dict[str, Any]) -> dict[str, bool]:
    return {node["node"]: node["up"] for node in picture["nodes"]}


async def waiting(caller: Party) -> Call:
    """The caller's call in the queue: two that are dialled at once may come in either order."""
    call = await caller.dial("700")
    await call.hears(MUSIC)
    return call


async def kill(site: Site) -> None:
    done = await asyncio.to_thread(site.tool, "kill", f"--name={site.name}")
    assert done.returncode == 0, done.stderr


async def bring_back(site: Site) -> None:
    done = await asyncio.to_thread(site.tool, "restart", f"--name={site.name}")
    assert done.returncode == 0, done.stderr


def kept(site: Site) -> set[str]:
    """The extensions of which this Asterisk would know a phone if it were killed now. It commits
    every second; the file is read past its locks, or a commit could fail."""
    file = Path(site.facts["paths"]["home"]) / "db" / "astdb.sqlite3"
    contacts = "SELECT key FROM astdb WHERE key LIKE '/registrar/contact/%'"
    with closing(sqlite3.connect(f"file:{file}?immutable=1", uri=True)) as database:
        try:
            found = database.execute(contacts).fetchall()
        except sqlite3.DatabaseError:
            return set()  # in the middle of a commit
    return {key.split("/")[3].partition(";")[0] for (key,) in found}


async def test_of_two_nodes_one_is_killed_and_the_calls_of_the_other_do_not_notice(
    launch: Launch, site: Site, southern: Site
) -> None:
    north = await launch(*QUEUES, **two_nodes(site, southern))
    south = in_the(southern, north)

    ayse, cem = await north.phone("ayse", Answer()), await south.phone("cem", Answer())
    deniz = await south.phone("deniz", Ring())
    talks = await north.caller(0).dial("700")
    lost = await south.caller(1).dial("701")
    await talks.hears(AGENTS[0])
    await lost.hears(AGENTS[2])
    await ayse.hears(CALLERS[0])
    waits = [await waiting(north.caller(place)) for place in (2, 3)]
    await south.caller(4).dial("701")
    await (await deniz.invited()).ringing()
    await south.caller(5).dial("701")
    await north.becomes(lambda picture: len(waiting_in(picture, "service")) == 2)
    talk = Talk(talks, ayse.current)

    await until(lambda: kept(southern) == {*SOUTHERN}, what="Asterisk has written its phones")
    await kill(southern)
    picture = await north.becomes(lambda picture: up(picture) == {NORTH: True, SOUTH: False})
    assert waiting_in(picture) == ["+49302", "+49303"]
    # New calls are served, in their order, while the other node is away.
    late = await north.caller(6).dial("700")
    await north.phone("baris", Answer())
    await waits[0].hears(AGENTS[1])
    assert waiting_in(await north.live()) == ["+49303", "+49306"]

    await bring_back(southern)
    picture = await north.becomes(lambda picture: up(picture)[SOUTH], within=10)
    assert waiting_in(picture, "service") == []
    assert (phases_in(picture)["cem"], phases_in(picture)["deniz"]) == ((None, None),) * 2
    assert agent_in(picture, "deniz")["misses"] == 0
    assert phases_in(picture)["ayse"] == ("talking", "+49300")
    talk.assert_whole()

    # Asterisk asks a phone that it has kept whether it is there at a moment drawn from half a
    # minute, and calls it offline until then, even if it registers again.
    await north.becomes(lambda picture: reachable(picture, "cem") and reachable(picture, "deniz"))
    for phone in (cem, deniz):
        phone.come_back()
    await deniz.unregister()
    await north.becomes(lambda picture: not reachable(picture, "deniz"))
    assert await cem.register() == 200
    again = await south.caller(7).dial("701")
    await again.hears(AGENTS[2])
    await again.hang_up()
    await talks.hang_up()
    await waits[1].hears(AGENTS[0])
    await waits[0].hang_up()
    await late.hears(AGENTS[1])
    for call in (waits[1], late):
        await call.hang_up()
    await north.written(
        "interactions",
        "node, outcome",
        *[(SOUTH, "lost")] * 3,
        *[(NORTH, "answered")] * 4,
        (SOUTH, "answered"),
    )
    await south.leave()
    await southern.becomes_bare()


async def test_a_node_that_is_not_there_at_the_start_is_taken_up_when_it_comes(
    launch: Launch, site: Site, southern: Site
) -> None:
    await kill(southern)
    north = await launch(*QUEUES, until="/healthz", **two_nodes(site, southern))
    south = in_the(southern, north)
    await north.becomes(lambda picture: up(picture) == {NORTH: True, SOUTH: False})
    await north.phone("ayse", Answer())
    call = await north.caller(0).dial("700")
    await call.hears(AGENTS[0])
    await bring_back(southern)
    await north.life.lives("/readyz", within=30)
    await south.phone("cem", Answer())
    other = await south.caller(1).dial("701")
    await other.hears(AGENTS[2])
    assert phases_in(await north.live())["ayse"] == ("talking", "+49300")
    for each in (call, other):
        await each.hang_up()
    await south.leave()


async def test_a_node_that_is_added_or_removed_is_so_from_the_next_start_on(
    launch: Launch, site: Site, southern: Site
) -> None:
    """It needs a restart, which no call notices."""
    both = two_nodes(site, southern)
    alone = {
        "nodes": both["nodes"][:1],
        "extensions": [phone for phone in both["extensions"] if phone["node"] == NORTH],
        "trunks": both["trunks"][:1],
    }
    names = {phone["number"] for phone in alone["extensions"]}
    people = configuration(site.facts, Path("acd.db"))["agents"]
    few = {**alone, "agents": [one for one in people if one["extension"] in names]}
    north = await launch(QUEUES[0], **few)
    ayse = await north.phone("ayse", Answer())
    call = await north.caller(0).dial("700")
    await call.hears(AGENTS[0])
    await ayse.hears(CALLERS[0])
    talk = Talk(call, ayse.current)

    north.config = {**north.config, **both, "agents": people, "queues": list(QUEUES)}
    assert await north.life.stop() == 0
    await north.start("--apply")
    await north.becomes(lambda picture: up(picture) == {NORTH: True, SOUTH: True})
    south = in_the(southern, north)
    await south.phone("cem", Answer())
    other = await south.caller(1).dial("701")
    await other.hears(AGENTS[2])
    await other.hang_up()
    await north.becomes(lambda picture: phases_in(picture)["cem"] == (None, None))
    await south.leave()

    north.config = {**north.config, **few, "queues": [QUEUES[0]]}
    assert await north.life.stop() == 0
    await north.start("--apply")
    await north.becomes(lambda picture: up(picture) == {NORTH: True})
    assert phases_in(await north.live())["ayse"] == ("talking", "+49300")
    talk.assert_whole()
    await call.hang_up()
