"""The configuration by HTTP: who may, what is handed on, what is answered."""

import pytest

from acd.http.configuration import AffectedSent, ApplySent, EntitySent, PageSent
from acd.http.problems import Problem
from acd.permissions import Role
from tests.unit.http import rows
from tests.unit.http.sites import open_site

APPLY = {"base": 4, "changes": "[]", "result": "d5", "sources": "s"}
TAKEN = {"version": 5, "digest": "d5", "durable": True, "at_start": ["http"]}
CHANGES = [
    ("POST", "/configuration", APPLY),
    ("PUT", "/entities/queues/sales", {"body": {}}),
    ("DELETE", "/entities/queues/sales", None),
]
LOOKS = [
    ("GET", "/configuration", None),
    ("GET", "/entities/queues", None),
    ("GET", "/entities/queues/sales", None),
    ("POST", "/configuration/affected", {}),
]


async def test_the_version_in_force_is_told() -> None:
    async with open_site() as site:
        assert await site.get("/configuration") == (200, {"version": 4, "digest": "d4"})


async def test_a_version_is_applied_for_who_asks() -> None:
    async with open_site() as site:
        assert await site.post("/configuration", APPLY | {"note": "n"}) == (200, TAKEN)
        assert site.desk.asked == [("apply", ApplySent(**APPLY, note="n"), "root")]  # type: ignore[arg-type]


async def test_what_the_database_owns_is_listed_put_and_removed() -> None:
    async with open_site() as site:
        status, [found] = await site.get("/entities/queues?after=a&limit=7")
        assert (status, found["name"], found["where"]) == (200, "sales", "acd.yaml:3:5")
        body = {"body": {"number": "700"}}
        one = "/api/v1/entities/queues/kar%C5%9F%C4%B1lama"
        who = site.shown("root")
        assert await site.ask("PUT", one, body, headers=who) == (200, TAKEN)
        assert await site.ask("DELETE", one, headers=who) == (200, TAKEN)
        assert site.desk.asked == [
            ("queues", PageSent(after="a", limit=7)),
            ("put", "queues", "karşılama", EntitySent(body={"number": "700"}), "root"),
            ("remove", "queues", "karşılama", "root"),
        ]


async def test_who_would_notice_is_told() -> None:
    async with open_site() as site:
        status, told = await site.post("/configuration/affected", {"queues": ["sales"]})
        assert (status, told["waiting"], told["on_call"]) == (200, {"sales": 2}, ["ayse"])
        assert site.desk.asked == [AffectedSent(queues=("sales",))]  # type: ignore[arg-type]


async def test_a_stale_plan_is_refused_with_a_sentence() -> None:
    async with open_site() as site:
        site.desk.fails = Problem("refused", "the plan is stale")
        status, told = await site.post("/configuration", APPLY)
        assert (status, told["detail"]) == (409, "the plan is stale")


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR])
@pytest.mark.parametrize(("method", "path", "body"), [*CHANGES, *LOOKS])
async def test_only_an_admin_may(role: Role, method: str, path: str, body: object) -> None:
    async with open_site() as site:
        site.accounts.add("ayse", role)
        headers = site.shown("ayse")
        status, _ = await site.ask(method, f"/api/v1{path}", body, headers=headers)
        assert status == 403
        assert site.desk.asked == []


@pytest.mark.parametrize(
    ("body", "about"),
    [({}, "/base"), (APPLY | {"base": "4"}, "/base"), (APPLY | {"odd": 1}, "/odd")],
)
async def test_what_is_no_version_is_refused_by_its_place(
    body: dict[str, object], about: str
) -> None:
    async with open_site() as site:
        status, told = await site.post("/configuration", body)
        assert status == 400
        assert about in [mistake["pointer"] for mistake in told["mistakes"]]


async def test_what_is_shown_live_says_where_its_configuration_is_opened() -> None:
    async with open_site(rows.agent()) as site:
        _, answer = await site.get("/live?show=queues")
        path = answer["queues"][0]["configuration"]
        status, found = await site.ask("GET", path, headers=site.shown("root"))
        assert (status, found["name"], found["body"]) == (200, "sales", {"a": 1})
        assert site.desk.asked == [("queues", "sales")]
