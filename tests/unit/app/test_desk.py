"""What the HTTP API asks about the configuration, and who would notice a change."""

from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from acd.app.desk import ConfigurationDesk
from acd.app.proposing import Proposal
from acd.config.difference import changes_text
from acd.distributor import State
from acd.distributor.state import Row
from acd.http.configuration import AffectedSent, ApplySent, EntitySent, PageSent
from acd.http.problems import Problem
from acd.ids import ExtensionNumber
from tests.unit.app.versions import MORE, Folder, folder
from tests.unit.distributor.scenes import talking, waiting

NIGHT = {"project": "support", "number": "702", "agents": ["ayse"]}


@pytest.fixture
def site(tmp_path: Path, empty: Path) -> Folder:
    return folder(tmp_path, empty)


@pytest.fixture
async def desk(site: Folder) -> AsyncIterator[ConfigurationDesk]:
    async with site.process() as process:
        yield ConfigurationDesk(process.configuring, lambda: process.core.state)


def sent(proposal: Proposal) -> ApplySent:
    texts = proposal.texts
    return ApplySent(
        base=proposal.base,
        changes=changes_text(proposal.changes),
        result=proposal.result,
        sources=proposal.sources,
        texts=None if texts is None else b64encode(texts).decode(),
    )


async def problem(doing: object) -> tuple[str, str]:
    """The kind of the problem that comes of it, and its sentence."""
    with pytest.raises(Problem) as found:
        await doing  # type: ignore[misc]
    return found.value.kind, str(found.value)


async def test_a_version_is_applied(site: Folder, desk: ConfigurationDesk) -> None:
    site.write(lambda text: text + MORE)
    assert desk.in_force()["version"] == 1
    taken = await desk.apply(sent(await site.proposal()), "ayse")
    assert taken["version"] == 2
    assert desk.in_force() == {"version": 2, "digest": taken["digest"]}


async def test_a_stale_version_is_refused(site: Folder, desk: ConfigurationDesk) -> None:
    site.write(lambda text: text + MORE)
    version = sent(await site.proposal())
    await desk.apply(version, "a")
    kind, says = await problem(desk.apply(version, "a"))
    assert kind == "refused"
    assert says.startswith("the plan is stale")


@pytest.mark.parametrize(
    "more",
    [
        {"changes": "no"},
        {"changes": "[1]"},
        {"changes": "[[[1], null]]"},
        {"texts": "?"},
        {"texts": b64encode(b"x").decode()},
    ],
)
async def test_what_is_no_version_is_malformed(
    site: Folder, desk: ConfigurationDesk, more: dict[str, str]
) -> None:
    site.write(lambda text: text + MORE)
    version = sent(await site.proposal()).model_copy(update=more)
    kind, says = await problem(desk.apply(version, "a"))
    assert kind == "malformed"
    assert "cannot be read" in says


async def test_what_the_database_owns_is_added_changed_and_removed(
    desk: ConfigurationDesk,
) -> None:
    await desk.put("queues", "night", EntitySent(body=NIGHT), "a")
    await desk.put("queues", "night", EntitySent(body=NIGHT | {"acw_s": 3}), "a")
    files, night = sorted(
        await desk.entities("queues", PageSent()), key=lambda one: one["owner"], reverse=True
    )
    assert (night["name"], night["owner"], night["where"]) == ("night", "database", None)
    assert night["body"]["acw_s"] == 3
    assert (files["name"], files["owner"]) == ("sales", "files")
    assert str(files["where"]).endswith("acd.yaml:8:5")
    await desk.put("queues", "night", EntitySent(body=NIGHT | {"agents": []}), "a")
    await desk.remove("queues", "night", "a")
    assert [one["name"] for one in await desk.entities("queues", PageSent())] == ["sales"]
    assert desk.in_force()["version"] == 5


async def test_what_the_files_declare_is_read_only_with_its_place(
    site: Folder, desk: ConfigurationDesk
) -> None:
    says = f"sales is declared at {site.file}:8:5: change it there, and `acd apply`"
    assert await problem(desk.put("queues", "sales", EntitySent(body=NIGHT), "a")) == (
        "refused",
        says,
    )
    assert await problem(desk.remove("queues", "sales", "a")) == ("refused", says)


async def test_mistakes_are_told(desk: ConfigurationDesk) -> None:
    assert await problem(desk.remove("queues", "x", "a")) == (
        "not-found",
        "there is no x in queues",
    )
    kind, _ = await problem(desk.put("nodes", "x", EntitySent(body={}), "a"))
    assert kind == "not-found"
    kind, _ = await problem(desk.entities("dead_man_s", PageSent()))
    assert kind == "not-found"
    other = EntitySent(body=NIGHT | {"name": "other"})
    kind, says = await problem(desk.put("queues", "night", other, "a"))
    assert (kind, says) == ("malformed", "the body's name is not night, as in the address")
    wrong = EntitySent(body=NIGHT | {"agents": ["nobody"]})
    kind, says = await problem(desk.put("queues", "night", wrong, "a"))
    assert kind == "malformed"
    assert says.startswith("database: queues[night].agents[0]: there is no agent nobody")


async def test_pages_go_on_after_a_name_and_hide_secrets(desk: ConfigurationDesk) -> None:
    for number in ("2001", "2002", "2003"):
        body = EntitySent(body={"password": "plain"})
        await desk.put("extensions", number, body, "a")
    page = await desk.entities("extensions", PageSent(after="2001", limit=1))
    assert [(one["name"], one["body"]["password"]) for one in page] == [("2002", "***")]
    [first] = await desk.entities("extensions", PageSent(limit=1))
    assert first["body"]["password"] == "${PHONE}"


# Who would notice.


def affected(state: State, **names: tuple[str, ...]) -> dict[str, object]:
    desk = ConfigurationDesk(None, lambda: state)  # type: ignore[arg-type]
    return dict(desk.affected(AffectedSent(**names)))  # type: ignore[arg-type]


def test_who_waits_in_a_queue_that_goes_is_counted() -> None:
    state = waiting().world.core.state
    assert affected(state, queues=("sales", "other"))["waiting"] == {"sales": 1}
    assert affected(state, queues=())["waiting"] == {}


def test_who_is_on_a_call_and_who_is_logged_in_is_named() -> None:
    state = talking("ayse", "baris").world.core.state
    found = affected(state, agents=("ayse", "baris", "cem", "stranger"))
    assert (found["on_call"], found["logged_in"]) == (["ayse"], ["baris"])


def test_a_phone_that_is_registered_is_named() -> None:
    state = talking("ayse").world.core.state
    assert affected(state, extensions=("1001", "9999"))["registered"] == [ExtensionNumber("1001")]


def test_calls_on_a_trunk_are_counted() -> None:
    state = talking("ayse").world.core.state
    assert affected(state, trunks=("carrier",))["calls"] == {}
    leg: Row = next(iter(state.legs.values()))
    on_trunk = type(leg)(**{**{f: getattr(leg, f) for f in leg.__slots__}, "trunk": "carrier"})
    state.put(on_trunk)
    assert affected(state, trunks=("carrier",))["calls"] == {"carrier": 1}


# What something else needs is not deleted.


async def needing(desk: ConfigurationDesk, section: str, name: str) -> tuple[str, list[str]]:
    """The sentence of the refusal, and what it lists."""
    with pytest.raises(Problem) as found:
        await desk.remove(section, name, "a")
    assert (found.value.kind, found.value.status) == ("needed", 409)
    listed = [f"{one['key']} {one['name']}" for one in found.value.more["dependants"]]
    return str(found.value), listed


async def project_with_people(desk: ConfigurationDesk) -> None:
    await desk.put("projects", "night", EntitySent(body={}), "a")
    cem = {"name": "Cem", "extension": "1002", "projects": ["night"]}
    await desk.put("extensions", "1002", EntitySent(body={"password": "secret-of-phone"}), "a")
    await desk.put("agents", "cem", EntitySent(body=cem), "a")
    late = {"project": "night", "number": "702"}
    await desk.put("queues", "late", EntitySent(body=late), "a")


async def test_a_project_that_has_queues_and_people_is_not_deleted(desk: ConfigurationDesk) -> None:
    await project_with_people(desk)
    says, listed = await needing(desk, "projects", "night")
    assert says == (
        "project night is needed by queue late (project), agent cem (projects): "
        "take it out there first"
    )
    assert listed == ["queues.project late", "agents.projects cem"]
    await desk.remove("queues", "late", "a")
    assert await needing(desk, "projects", "night") == (
        "project night is needed by agent cem (projects): take it out there first",
        ["agents.projects cem"],
    )


async def test_a_project_without_queues_and_people_is_deleted(desk: ConfigurationDesk) -> None:
    await project_with_people(desk)
    await desk.remove("queues", "late", "a")
    await desk.remove("agents", "cem", "a")
    await desk.remove("projects", "night", "a")
    assert "night" not in [one["name"] for one in await desk.entities("projects", PageSent())]


async def test_a_queue_that_a_route_leads_to_is_not_deleted(desk: ConfigurationDesk) -> None:
    await desk.put("queues", "late", EntitySent(body={"project": "support", "number": "7"}), "a")
    route = EntitySent(body={"to": "queue:late"})
    await desk.put("routes", "900", route, "a")
    other = {"project": "support", "number": "8", "timeout_s": 60, "timeout_to": "queue:late"}
    await desk.put("queues", "day", EntitySent(body=other), "a")
    says, listed = await needing(desk, "queues", "late")
    assert says.startswith("queue late is needed by route 900 (to), queue day (timeout_to)")
    assert listed == ["routes.to 900", "queues.timeout_to day"]
    await desk.remove("routes", "900", "a")
    await desk.remove("queues", "day", "a")
    await desk.remove("queues", "late", "a")


async def test_a_queue_that_people_are_assigned_to_is_not_deleted(desk: ConfigurationDesk) -> None:
    await desk.put("queues", "night", EntitySent(body=NIGHT), "a")
    says, listed = await needing(desk, "queues", "night")
    assert says == "queue night is needed by agent ayse (agents): take it out there first"
    assert listed == ["queues.agents ayse"]
    await desk.put("queues", "night", EntitySent(body=NIGHT | {"agents": []}), "a")
    await desk.remove("queues", "night", "a")


async def test_a_queue_that_leads_to_itself_does_not_need_itself(desk: ConfigurationDesk) -> None:
    body = {"project": "support", "number": "7", "timeout_s": 60, "timeout_to": "queue:late"}
    await desk.put("queues", "late", EntitySent(body=body), "a")
    await desk.remove("queues", "late", "a")


async def test_a_phone_that_an_agent_has_is_not_deleted(desk: ConfigurationDesk) -> None:
    await project_with_people(desk)
    _, listed = await needing(desk, "extensions", "1002")
    assert listed == ["agents.extension cem"]


async def test_of_many_the_sentence_names_some_and_the_list_all(desk: ConfigurationDesk) -> None:
    await desk.put("queues", "late", EntitySent(body={"project": "support", "number": "7"}), "a")
    for number in range(900, 911):
        await desk.put("routes", str(number), EntitySent(body={"to": "queue:late"}), "a")
    says, listed = await needing(desk, "queues", "late")
    assert "route 909 (to) and 1 more:" in says
    assert len(listed) == 11


async def test_one_is_opened_changed_and_seen_so(desk: ConfigurationDesk) -> None:
    await desk.put("queues", "night", EntitySent(body=NIGHT), "a")
    found = await desk.entity("queues", "night")
    assert (found["owner"], found["body"]["number"]) == ("database", "702")
    await desk.put("queues", "night", EntitySent(body=found["body"] | {"acw_s": 4}), "a")
    assert (await desk.entity("queues", "night"))["body"]["acw_s"] == 4
    kind, _ = await problem(desk.entity("queues", "day"))
    assert kind == "not-found"
