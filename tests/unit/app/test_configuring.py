"""A running process takes another version over: all of it, or nothing."""

import asyncio
import json
from pathlib import Path

import pytest

from acd.app.configuring import AT_START, Stale
from acd.app.planning import plan_back, store_for_next_start
from acd.app.proposing import of_version
from acd.config import BadConfiguration, File
from acd.config.difference import Change
from acd.config.entities import NOT_KEPT, Entity, digest, text_of
from acd.db import DatabaseError, Superseded
from acd.db.versions import Versions, VersionTaken
from acd.distributor import Bug
from acd.ids import ExtensionNumber, QueueName
from tests.unit.app.versions import MORE, Folder, Process, folder

HELP = QueueName("help")
TAKEN_OVER = {
    "agents",
    "call_groups",
    "country",
    "dead_man_s",
    "extensions",
    "language",
    "misses_before_pause",
    "music",
    "outbound_routes",
    "pickup_code",
    "pickup_groups",
    "projects",
    "queue_groups",
    "queues",
    "result_codes",
    "routes",
    "statuses",
    "trunks",
}
"""What a running process takes over. A new key is put here, or into AT_START."""


@pytest.fixture
def site(tmp_path: Path, empty: Path) -> Folder:
    return folder(tmp_path, empty)


async def in_force(process: Process) -> tuple[int, set[str]]:
    """The version, and its queues; core, process and database say the same."""
    versions = Versions(process.store)
    latest = await versions.latest()
    assert latest
    found = await versions.pieces()
    pieces = [Entity(section=p.section, name=p.name, owner=p.owner, body=p.body) for p in found]  # type: ignore[arg-type]
    assert digest(pieces) == latest.digest == process.configuring.digest
    settings = process.core.state.settings
    assert process.configuring.version == latest.version == settings.version
    queues = {p.name for p in found if p.section == "queues"}
    assert queues == set(settings.queues)
    return latest.version, queues


async def test_a_version_is_stored_and_taken_over(site: Folder) -> None:
    async with site.process() as process:
        assert await in_force(process) == (1, {"sales"})
        site.write(lambda text: text + MORE)
        taken = await process.configuring.apply(await site.proposal(), author="ayse", note="why")
        assert (taken.version, taken.durable, taken.at_start) == (2, True, ())
        assert await in_force(process) == (2, {"sales", "help"})
        latest = await process.configuring.versions.latest()
        assert latest
        assert (latest.author, latest.note) == ("ayse", "why")


async def test_only_what_has_changed_is_told_to_the_core(site: Folder) -> None:
    async with site.process() as process:
        site.write(lambda text: text + MORE)
        await process.configuring.apply(await site.proposal(), author="a")
        [apply] = process.asked
        assert [queue.queue for queue in apply.revision.queues] == [HELP]
        assert (apply.revision.agents, apply.revision.gone_queues) == ((), ())
        assert process.link.told == [], "nothing of it concerns Asterisk"


async def test_a_node_is_told_of_its_new_phones(site: Folder) -> None:
    async with site.process() as process:
        site.write(
            lambda text: text.replace('"${PHONE}"}]', '"${PHONE}"}, {number: "1002", password: x}]')
        )
        await process.configuring.apply(await site.proposal(), author="a")
        [settings] = process.link.told
        numbers = [extension.number for extension in settings.extensions]
        assert numbers == [ExtensionNumber("1001"), ExtensionNumber("1002")]
        assert settings.extensions[0].password == "secret-of-phone"


async def test_what_holds_from_the_next_start_on_is_said(site: Folder) -> None:
    async with site.process() as process:
        site.write(lambda text: f"http: 127.0.0.1:9\n{text}")
        taken = await process.configuring.apply(await site.proposal(), author="a")
        assert taken.at_start == ("http",)


def test_of_every_key_it_is_known_whether_it_is_taken_over() -> None:
    assert not TAKEN_OVER & AT_START
    assert set(File.model_fields) == TAKEN_OVER | AT_START | NOT_KEPT


@pytest.mark.parametrize(
    ("old", "new", "late"),
    [
        ("media_address: a", "media_address: b", ()),
        ("ari_user: acd", "ari_user: other", ("nodes",)),
        ("nodes:", "dead_man_s: 30\nnodes:", ()),
    ],
)
async def test_of_a_node_only_how_it_is_reached_waits_for_the_next_start(
    site: Folder, old: str, new: str, late: tuple[str, ...]
) -> None:
    async with site.process() as process:
        site.write(lambda text: text.replace(old, new))
        taken = await process.configuring.apply(await site.proposal(), author="a")
        assert taken.at_start == late
        addresses = [settings.network.address for settings in process.link.told]
        assert addresses == {"media_address: b": ["b"], "ari_user: other": ["a"]}.get(new, [])


async def test_a_plan_is_stale_once_another_version_was_applied(site: Folder) -> None:
    async with site.process() as process:
        site.write(lambda text: text + MORE)
        early = await site.proposal()
        site.write(lambda text: text + MORE.replace("help", "night"))
        await process.configuring.apply(await site.proposal(), author="a")
        with pytest.raises(Stale, match="it changes version 1, and version 2 is in force"):
            await process.configuring.apply(early, author="a")
        assert await in_force(process) == (2, {"sales", "night"})


async def test_of_two_that_are_applied_at_once_one_is_stale(site: Folder) -> None:
    async with site.process() as process:
        site.write(lambda text: text + MORE)
        proposal = await site.proposal()
        applying = process.configuring.apply
        results = await asyncio.gather(
            *(applying(proposal, author=name) for name in "ab"), return_exceptions=True
        )
        assert [type(result).__name__ for result in results] == ["Taken", "Stale"]
        assert await in_force(process) == (2, {"sales", "help"})


async def test_a_plan_for_another_database_does_not_fit(
    site: Folder, tmp_path: Path, empty: Path
) -> None:
    (tmp_path / "other").mkdir()
    other = folder(tmp_path / "other", empty)
    other.write(lambda text: text.replace("Ayşe", "Somebody"))
    async with other.process():
        other.write(lambda text: text.replace("Ayşe", "Else"))
        foreign = await other.proposal()
    async with site.process() as process:
        with pytest.raises(Stale, match="is it of another database"):
            await process.configuring.apply(foreign, author="a")
        assert await in_force(process) == (1, {"sales"})


async def test_a_version_that_the_process_cannot_read_changes_nothing(site: Folder) -> None:
    async with site.process() as process:
        site.write(lambda text: text.replace("${PHONE}", "${NEW_PHONE}"))
        site.environment = {**site.environment, "NEW_PHONE": "only the command line has it"}
        with pytest.raises(BadConfiguration, match="variable NEW_PHONE is not set"):
            await process.configuring.apply(await site.proposal(), author="a")
        assert await in_force(process) == (1, {"sales"})


async def test_a_bug_of_the_core_takes_the_version_back(site: Folder) -> None:
    async with site.process() as process:
        site.write(lambda text: text.replace("name: sales", "name: best") + MORE)
        proposal = await site.proposal()
        process.fails = Bug(None)
        with pytest.raises(Bug):
            await process.configuring.apply(proposal, author="a")
        assert await in_force(process) == (1, {"sales"})
        process.fails = None
        await process.configuring.apply(proposal, author="a")
        assert await in_force(process) == (2, {"best", "help"})


async def test_who_dies_between_storing_and_taking_over_begins_with_the_new_version(
    site: Folder,
) -> None:
    async with site.process() as process:
        site.write(lambda text: text + MORE)
        proposal = await site.proposal()
        addition = proposal.addition(at=process.configuring._now(), author="a", note="")
        await process.configuring._store(addition)
    async with site.process() as process:
        assert await in_force(process) == (2, {"sales", "help"})


async def test_who_is_superseded_stores_nothing(site: Folder) -> None:
    async with site.process() as process:
        site.write(lambda text: text + MORE)
        proposal = await site.proposal()
        await process.store.new_run()
        with pytest.raises(Superseded):
            await process.configuring.apply(proposal, author="a")
        assert await in_force(process) == (1, {"sales"})


async def test_a_version_stored_behind_its_back_stops_a_process_from_applying(
    site: Folder,
) -> None:
    async with site.process() as process:
        site.write(lambda text: text + MORE)
        proposal = await site.proposal()
        addition = proposal.addition(at=process.configuring._now(), author="b", note="")
        await process.configuring.versions.add(addition, run=None)
        with pytest.raises(Stale, match="Restart it"):
            await process.configuring.apply(proposal, author="a")
        assert process.configuring.version == 1


# Going back.


async def test_one_goes_back_to_an_earlier_version_by_a_new_one(site: Folder) -> None:
    async with site.process() as process:
        for number, name in enumerate(["help", "night"], start=2):
            site.write(lambda text, name=name: text + MORE.replace("help", name))  # type: ignore[misc]
            await process.configuring.apply(await site.proposal(), author="a")
            assert await in_force(process) == (number, {"sales", name})
        back = await of_version(process.configuring.versions, 2)
        await process.configuring.apply(back, author="a", note="back")
        assert await in_force(process) == (4, {"sales", "help"})
        first = await of_version(process.configuring.versions, 1)
        await process.configuring.apply(first, author="a")
        assert await in_force(process) == (5, {"sales"})
    async with site.process() as process:
        assert await in_force(process) == (5, {"sales"}), "it outlives a restart"


async def test_there_is_no_way_back_to_a_version_that_never_was(site: Folder) -> None:
    async with site.process():
        with pytest.raises(BadConfiguration, match="there is no version 9"):
            await plan_back(site.file, 9, site.environment)


# What the database owns.


async def test_what_the_database_owns_is_a_version_of_its_own_and_outlives_the_files(
    site: Folder,
) -> None:
    body = {"name": "night", "project": "support", "number": "702", "agents": ["ayse"]}
    night = Entity(section="queues", name="night", owner="database", body=text_of(body))
    async with site.process() as process:
        await process.configuring.change(Change(before=None, after=night), author="a")
        assert await in_force(process) == (2, {"sales", "night"})
        site.write(lambda text: text + MORE)
        await process.configuring.apply(await site.proposal(), author="a")
        assert await in_force(process) == (3, {"sales", "night", "help"})
    async with site.process() as process:
        assert await in_force(process) == (3, {"sales", "night", "help"})
        await process.configuring.change(Change(before=night, after=None), author="a")
        assert await in_force(process) == (4, {"sales", "help"})


async def test_what_the_database_owns_the_files_cannot_declare(site: Folder) -> None:
    body = {"name": "help", "project": "support", "number": "702"}
    owned = Entity(section="queues", name="help", owner="database", body=text_of(body))
    async with site.process() as process:
        await process.configuring.change(Change(before=None, after=owned), author="a")
        site.write(lambda text: text + MORE)
        with pytest.raises(BadConfiguration) as bad:
            await site.proposal()
        assert "there is another queue help at" in str(bad.value)
        assert "database: queues[help]" in str(bad.value)


# Without a process.


async def test_without_a_process_a_version_is_stored_for_the_next_start(site: Folder) -> None:
    async with site.process():
        pass
    site.write(lambda text: text + MORE)
    proposal = await site.proposal()
    stored = store_for_next_start(
        site.file, proposal, author="a", note="", environment=site.environment
    )
    await stored
    async with site.process() as process:
        assert await in_force(process) == (2, {"sales", "help"})
    again = store_for_next_start(
        site.file, proposal, author="a", note="", environment=site.environment
    )
    with pytest.raises(VersionTaken):
        await again


async def test_a_process_that_began_beside_a_new_version_begins_again(site: Folder) -> None:
    async with site.process() as process:
        latest = await process.configuring.versions.latest()
        configuration = process.configuring._configuration
        site.write(lambda text: text + MORE)
        await process.configuring.apply(await site.proposal(), author="a")
        with pytest.raises(DatabaseError, match=r"version 2 .* start it again"):
            type(process.configuring)(
                versions=process.configuring.versions,
                run=1,
                configuration=configuration,
                latest=await process.configuring.versions.latest(),
                ask=process.ask,
                links={},
                environment={},
                now=process.configuring._now,
            )
        assert latest


async def test_no_secret_is_stored(site: Folder) -> None:
    async with site.process() as process:
        site.write(lambda text: text + MORE)
        await process.configuring.apply(await site.proposal(), author="a")
        pieces = await process.configuring.versions.pieces("extensions")
        assert json.loads(pieces[0].body)["password"] == "${PHONE}"
    for file in site.path.iterdir():
        if file.name.startswith("acd.db"):
            assert b"secret-of-phone" not in file.read_bytes()
