"""The HTTP API over given rows: who may ask, what it asks of the core, and what it answers.

Every answer is held against the API's own description (described.py).
"""

import asyncio
import json
import logging
import os
import re
import socket
from collections.abc import AsyncIterator
from importlib import import_module
from typing import Any

import aiohttp
import openapi_spec_validator
import pytest

from acd.distributor.state import Node
from acd.http.accounts import AccountsAway
from acd.http.health import BEHIND
from acd.http.route import LARGEST
from acd.http.serving import PortTaken, listen, serving
from acd.ids import InteractionId, ResultCodeName
from acd.permissions import Key, Role
from acd.permissions.allowed import KEYS
from acd.requests import (
    AssignEntry,
    CancelConsult,
    ChooseQueues,
    Confer,
    Consult,
    EndCall,
    FinishAcw,
    Listen,
    LogIn,
    LogOut,
    OverrideHours,
    Refused,
    Request,
    RequestCallback,
    SetStatus,
    SubmitDisposition,
    TakeEntry,
    Transfer,
    TransferToAgent,
)
from tests.unit.http import rows
from tests.unit.http.rows import AYSE, BARIS, NODE, SALES
from tests.unit.http.sites import Site, open_site

ADMIN, SUPERVISOR, AGENT = Role.ADMIN, Role.SUPERVISOR, Role.AGENT
API = "/api/v1"
CALL = InteractionId("1-1")


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with open_site(rows.agent(), rows.agent(BARIS)) as site:
        yield site


@pytest.mark.parametrize(
    ("path", "body", "request_"),
    [
        ("login", {"project": "support"}, LogIn(agent=AYSE, project=rows.SUPPORT)),
        (
            "login",
            {"project": "support", "queues": ["sales"]},
            LogIn(agent=AYSE, project=rows.SUPPORT, queues=(SALES,)),
        ),
        ("queues", {"queues": ["sales"]}, ChooseQueues(agent=AYSE, queues=(SALES,))),
        ("override", None, OverrideHours(agent=AYSE)),
        ("override", {"on": False}, OverrideHours(agent=AYSE, on=False)),
        ("logout", None, LogOut(agent=AYSE)),
        ("logout", {}, LogOut(agent=AYSE)),
        ("status", {"status": "Lunch"}, SetStatus(agent=AYSE, status="Lunch")),  # type: ignore[arg-type]
        ("acw/finish", None, FinishAcw(agent=AYSE)),
        (
            "disposition",
            {"interaction": "1-1", "code": "Sale"},
            SubmitDisposition(
                agent=AYSE, interaction=InteractionId("1-1"), code=ResultCodeName("Sale")
            ),
        ),
        (
            "disposition",
            {"interaction": "1-1", "code": "Sale", "note": "two", "tags": ["b", "a", "b"]},
            SubmitDisposition(
                agent=AYSE,
                interaction=InteractionId("1-1"),
                code=ResultCodeName("Sale"),
                note="two",
                tags=("b", "a"),
            ),
        ),
        ("call/take", {"interaction": "1-1"}, TakeEntry(agent=AYSE, interaction=CALL)),
        (
            "call/assign",
            {"interaction": "1-1"},
            AssignEntry(agent=AYSE, interaction=CALL, by="root"),
        ),
        ("call/end", None, EndCall(agent=AYSE)),
        ("call/transfer", {"queue": "sales"}, Transfer(agent=AYSE, queue=SALES)),
        ("call/transfer", {"agent": "baris"}, TransferToAgent(agent=AYSE, colleague=BARIS)),
        ("call/consult", {"queue": "sales"}, Consult(agent=AYSE, queue=SALES)),
        ("call/cancel-consult", None, CancelConsult(agent=AYSE)),
        ("call/confer", None, Confer(agent=AYSE)),
        ("call/listen", {"supervisor": "baris"}, Listen(supervisor=BARIS, agent=AYSE)),
    ],
)
async def test_a_request_is_put_to_the_core_and_answered_with_the_agent(
    site: Site, path: str, body: Any, request_: Request
) -> None:
    status, answer = await site.post(f"/agents/ayse/{path}", body)
    assert site.core.asked == [request_]
    assert (status, answer["durable"], answer["agent"]["agent"]) == (200, True, "ayse")


async def test_an_agent_is_shown_with_all_queues_there_are_and_what_keeps_calls_away(
    site: Site,
) -> None:
    status, answer = await site.get("/agents/ayse")
    assert (status, answer["agent"]["agent"], answer["hindrances"]) == (200, "ayse", [])
    sales = {"queue": "sales", "project": "support", "number": "700"}
    assert answer["queues"] == [{**sales, "assigned": True, "chosen": False}]
    site.accounts.add("ayse", AGENT, must_change_password=True)
    _, answer = await site.get("/agents/ayse")
    assert [one["cause"] for one in answer["hindrances"]] == ["permission"]


async def test_an_agent_asks_about_and_overrides_the_own_hours_alone(site: Site) -> None:
    site.accounts.add("baris", AGENT)
    assert (await site.get("/agents/ayse", who="baris"))[0] == 403
    assert (await site.post("/agents/ayse/override", who="baris"))[0] == 403
    assert (await site.get("/agents/baris", who="baris"))[0] == 200
    assert (await site.post("/agents/baris/override", who="baris"))[0] == 200
    site.accounts.add("boss", SUPERVISOR)
    assert (await site.post("/agents/ayse/override", who="boss"))[0] == 200


@pytest.mark.parametrize(
    "about",
    [{"note": "x" * 4001}, {"tags": ["x"] * 21}, {"tags": [""]}, {"tags": ["x" * 101]}],
)
async def test_a_note_and_tags_have_an_end(site: Site, about: Any) -> None:
    body = {"interaction": "1-1", "code": "Sale", **about}
    assert (await site.post("/agents/ayse/disposition", body))[0] == 400
    assert site.core.asked == []


async def test_agents_close_their_own_calls_alone(site: Site) -> None:
    site.accounts.add("baris", AGENT)
    site.accounts.add("boss", SUPERVISOR)
    body = {"interaction": "1-1", "code": "Sale"}
    assert (await site.post("/agents/ayse/disposition", body, who="baris"))[0] == 403
    assert (await site.get("/agents/ayse/result-codes", who="baris"))[0] == 403
    assert (await site.post("/agents/baris/disposition", body, who="baris"))[0] == 200
    assert (await site.post("/agents/ayse/disposition", body, who="boss"))[0] == 200


@pytest.mark.parametrize("body", [{}, {"queue": "sales", "agent": "baris"}])
async def test_a_call_is_transferred_to_one_place(site: Site, body: Any) -> None:
    status, answer = await site.post("/agents/ayse/call/transfer", body)
    assert (status, "send either queue or agent" in answer["detail"]) == (400, True)
    assert site.core.asked == []


async def test_agents_take_waiting_calls_for_themselves_and_supervisors_assign_them(
    site: Site,
) -> None:
    site.accounts.add("baris", AGENT)
    site.accounts.add("boss", SUPERVISOR)
    body = {"interaction": "1-1"}
    assert (await site.post("/agents/baris/call/take", body, who="baris"))[0] == 200
    assert (await site.post("/agents/ayse/call/take", body, who="baris"))[0] == 403
    assert (await site.post("/agents/baris/call/assign", body, who="baris"))[0] == 403
    assert (await site.post("/agents/baris/call/assign", body, who="boss"))[0] == 200
    assert site.core.asked == [
        TakeEntry(agent=BARIS, interaction=CALL),
        AssignEntry(agent=BARIS, interaction=CALL, by="boss"),
    ]


async def test_a_waiting_caller_can_be_let_go_and_called_back(site: Site) -> None:
    assert await site.post("/interactions/1-7/callback") == (200, {"durable": True})
    assert site.core.asked == [RequestCallback(interaction="1-7")]  # type: ignore[arg-type]


async def test_who_listens_is_the_one_who_asks_if_nobody_is_named(site: Site) -> None:
    site.accounts.add("baris", SUPERVISOR)
    assert (await site.post("/agents/ayse/call/listen", who="baris"))[0] == 200
    assert site.core.asked == [Listen(supervisor=BARIS, agent=AYSE)]


async def test_who_has_no_phone_here_cannot_listen(site: Site) -> None:
    status, answer = await site.post("/agents/ayse/call/listen", who="root")
    assert (status, site.core.asked) == (404, [])
    assert answer["detail"] == "there is no agent root, whose phone could ring"


async def test_a_request_that_is_not_committed_yet_says_so(site: Site) -> None:
    site.core.durable = False
    status, answer = await site.post("/agents/ayse/logout")
    assert (status, answer["durable"]) == (200, False)


async def test_what_makes_no_sense_now_is_refused_with_the_reason(site: Site) -> None:
    site.core.fails = Refused("ayse is on a call")
    assert await site.post("/agents/ayse/logout") == (
        409,
        {
            "type": "/problems/refused",
            "title": "It makes no sense now",
            "status": 409,
            "detail": "ayse is on a call",
        },
    )


async def test_nobody_is_not_found_whatever_the_name(site: Site) -> None:
    status, answer = await site.post("/agents/no%0Abody/logout")
    assert (status, answer["detail"]) == (404, "there is no agent no\nbody")
    assert site.core.asked == []


# Who may.


async def test_who_shows_no_token_is_told_how(site: Site) -> None:
    for headers in ({}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer "}):
        status, answer = await site.ask("GET", f"{API}/live", headers=headers)
        assert (status, answer["type"]) == (401, "/problems/not-logged-in")
        assert "Authorization: Bearer TOKEN" in answer["detail"]


async def test_a_token_of_nobody_is_refused(site: Site) -> None:
    status, answer = await site.get("/live", who="nobody")
    assert (status, answer["detail"]) == (
        401,
        "this token is not, or no longer, valid: log in again",
    )
    assert site.answered.headers["WWW-Authenticate"] == "Bearer"


async def test_a_token_ends_with_its_user_at_once(site: Site) -> None:
    site.accounts.add("cem", ADMIN)
    assert (await site.get("/live", who="cem"))[0] == 200
    site.accounts.remove("cem")
    assert (await site.get("/live", who="cem"))[0] == 401


async def test_an_agent_acts_for_oneself_alone(site: Site) -> None:
    site.accounts.add("ayse", AGENT)
    assert (await site.post("/agents/ayse/logout", who="ayse"))[0] == 200
    status, answer = await site.post("/agents/baris/logout", who="ayse")
    assert (status, answer["type"]) == (403, "/problems/not-allowed")
    assert answer["detail"] == "ayse has no permission agent.work for baris"
    assert site.core.asked == [LogOut(agent=AYSE)]


async def test_an_agent_is_not_told_which_agents_there_are(site: Site) -> None:
    site.accounts.add("ayse", AGENT)
    assert (await site.post("/agents/nobody/logout", who="ayse"))[0] == 403


async def test_an_agent_may_not_listen_and_a_supervisor_may(site: Site) -> None:
    site.accounts.add("ayse", AGENT)
    site.accounts.add("baris", SUPERVISOR)
    assert (await site.post("/agents/ayse/call/listen", who="ayse"))[0] == 403
    assert (await site.post("/agents/ayse/call/listen", who="baris"))[0] == 200


async def test_who_may_not_act_for_a_supervisor_may_not_have_that_phone_ring(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    listens_only = {**KEYS, SUPERVISOR: frozenset({Key.CALL_LISTEN})}
    # The package has the function under the module's name.
    monkeypatch.setattr(import_module("acd.permissions.allowed"), "KEYS", listens_only)
    site.accounts.add("cem", SUPERVISOR)
    body = {"supervisor": "baris"}
    status, answer = await site.post("/agents/ayse/call/listen", body, who="cem")
    assert (status, answer["detail"]) == (403, "cem has no permission agent.work for baris")
    assert site.core.asked == []


async def test_with_an_initial_password_nothing_goes_but_changing_it(site: Site) -> None:
    site.accounts.add("deniz", ADMIN, must_change_password=True)
    status, answer = await site.get("/live", who="deniz")
    assert (status, answer["type"]) == (403, "/problems/password-must-change")
    assert (await site.get("/me", who="deniz"))[1]["must_change_password"] is True
    body = {"old": "x", "new": "y"}
    assert (await site.post("/password", body, who="deniz"))[0] == 204
    assert (await site.get("/live", who="deniz"))[0] == 200


async def test_while_nobody_can_be_known_that_is_said(site: Site) -> None:
    site.accounts.fails = AccountsAway()
    status, answer = await site.get("/live")
    assert (status, answer["type"]) == (503, "/problems/database-away")
    assert site.answered.headers["Retry-After"] == "2"


# What is sent.


@pytest.mark.parametrize(
    ("body", "pointer", "detail"),
    [
        ("", "/project", "is missing"),
        ('{"project": 1}', "/project", "input should be a valid string"),
        ('{"project": "support", "a/b~": "x"}', "/a~1b~0", "is not known here"),
        ("[]", "", "input should be an object"),
    ],
)
async def test_a_malformed_body_is_told_what_is_wrong_and_where(
    site: Site, body: str, pointer: str, detail: str
) -> None:
    status, answer = await site.post("/agents/ayse/login", body)
    assert (status, answer["type"]) == (400, "/problems/malformed")
    assert answer["mistakes"] == [{"pointer": pointer, "detail": detail}]
    assert site.core.asked == []


@pytest.mark.parametrize("body", ["{", b"\xff", "nonsense"])
async def test_a_body_that_is_no_json_is_malformed(site: Site, body: str | bytes) -> None:
    status, answer = await site.post("/agents/ayse/login", body)
    assert (status, answer["detail"].partition(":")[0]) == (400, "the body is not JSON")
    assert "mistakes" not in answer


async def test_what_a_page_can_send_without_asking_is_not_json(site: Site) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        status, answer = await site.post("/agents/ayse/login", '{"project": "support"}', kind=kind)
        assert (status, answer["detail"]) == (415, f"send application/json, not {kind}")
    assert site.core.asked == []


async def test_a_body_that_is_too_large_is_not_read_to_its_end(site: Site) -> None:
    body = json.dumps({"project": "x" * LARGEST})
    status, answer = await site.post("/agents/ayse/login", body)
    assert (status, answer["detail"]) == (413, f"a body here has at most {LARGEST} bytes")


async def test_a_parameter_that_is_not_known_is_a_mistake(site: Site) -> None:
    status, answer = await site.get("/live?since=1")
    assert status == 400
    assert answer["mistakes"] == [{"parameter": "since", "detail": "is not known here"}]


async def test_what_is_not_there_is_a_problem(site: Site) -> None:
    status, answer = await site.get("/nowhere")
    assert (status, answer["type"]) == (404, "/problems/not-found")
    status, answer = await site.get("/agents/ayse/logout")
    assert (status, answer["detail"]) == (405, "GET is not for this path: it takes POST")
    assert site.answered.headers["Allow"] == "POST"


async def test_a_fault_of_ours_is_in_the_log_and_not_in_the_answer(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    site.core.fails = ZeroDivisionError("secret")
    status, answer = await site.post("/agents/ayse/logout")
    assert (status, answer["detail"]) == (500, "what went wrong is in the log")
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


async def test_a_body_that_is_packed_is_not_unpacked(site: Site) -> None:
    headers = {**site.shown("root"), "Content-Encoding": "gzip"}
    status, answer = await site.ask("POST", f"{API}/agents/ayse/logout", "x", headers=headers)
    assert (status, answer["detail"]) == (415, "send the body as it is, not as gzip")


async def test_a_character_that_a_database_has_not_is_in_no_name(site: Site) -> None:
    status, _ = await site.post("/agents/ayse/login", '{"project": "a\\u0000"}')
    assert status == 400
    assert (await site.post("/agents/a%00/logout"))[0] == 404
    assert site.core.asked == []


async def test_an_agent_who_goes_while_the_answer_is_awaited_is_not_there(site: Site) -> None:
    async def ask(request: Request) -> bool:
        del site.tables.agents[AYSE]
        return True

    async with open_site(tables=site.tables, ask=ask) as other:
        status, answer = await other.post("/agents/ayse/logout")
    assert (status, answer["detail"]) == (404, "there is no agent ayse any more")


# Pages.


async def test_a_web_page_may_not_ask_whoever_it_says_it_is(site: Site) -> None:
    page = {"Origin": "https://page.example", **site.shown("root")}
    status, answer = await site.ask("POST", f"{API}/agents/ayse/logout", headers=page)
    assert (status, answer["type"]) == (403, "/problems/web-page")
    assert site.core.asked == []


async def test_a_page_whose_name_points_here_reads_nothing_for_it_has_no_token(
    site: Site,
) -> None:
    rebound = {"Host": "page.example:8080"}
    for method, path in site.needing_a_token():
        status, _ = await site.ask(method, path, headers=rebound)
        assert status == 401, path
    assert site.core.asked == []


def test_what_is_open_to_everybody_is_little(site: Site) -> None:
    described = site.description.document["paths"]
    without_token = {
        path
        for path, operations in described.items()
        for o in operations.values()
        if not o["security"]
    }
    assert without_token == {f"{API}/login", "/healthz", "/readyz", "/openapi.json"}


# The description.


async def test_the_description_is_valid_and_served(site: Site) -> None:
    status, document = await site.ask("GET", "/openapi.json")
    assert (status, document["openapi"]) == (200, "3.1.0")
    assert document == site.description.document
    openapi_spec_validator.validate(document)


def test_every_route_is_described(site: Site) -> None:
    described = {
        (method.upper(), path)
        for path, operations in site.description.document["paths"].items()
        for method in operations
    }
    routed = {
        (route.method, re.sub(r"\[.*", "", route.resource.canonical))
        for route in site.application.router.routes()
        if route.resource and route.method != "HEAD"
    }
    assert described == routed
    ids = [
        o["operationId"] for p in site.description.document["paths"].values() for o in p.values()
    ]
    assert len(ids) == len(set(ids))


# What is shown.


async def test_the_live_picture(site: Site) -> None:
    status, answer = await site.get("/live")
    assert (status, answer["run"], answer["agents"][0]["agent"]) == (200, 3, "ayse")


async def test_health_says_which_process_it_is(site: Site) -> None:
    expected = {"run": 3, "pid": os.getpid(), "loop_lag_ms": {"1": 7}}
    assert await site.ask("GET", "/healthz") == (200, expected)


async def test_it_is_ready_while_every_node_is_up(site: Site) -> None:
    ready = {"ready": True, "nodes": {"asterisk": True}}
    assert await site.ask("GET", "/readyz") == (200, ready)
    site.tables.put(Node(id=NODE, up=False))
    status, answer = await site.ask("GET", "/readyz")
    assert (status, answer["reasons"]) == (503, ["node asterisk is not connected"])


async def test_it_is_not_ready_without_its_database(site: Site) -> None:
    site.database.away = True
    _, answer = await site.ask("GET", "/readyz")
    assert answer["reasons"] == ["the database does not answer"]


async def test_it_is_not_ready_while_the_database_is_behind(site: Site) -> None:
    site.database.unwritten = BEHIND
    assert (await site.ask("GET", "/readyz"))[0] == 200
    site.database.unwritten = BEHIND + 1
    status, answer = await site.ask("GET", "/readyz")
    assert (status, answer["detail"]) == (
        503,
        f"the database is behind: {BEHIND + 1} lines of the journal wait",
    )


async def test_it_is_not_ready_before_it_knows_a_node() -> None:
    async with open_site(nodes=False) as site:
        assert (await site.ask("GET", "/readyz"))[1]["reasons"] == ["no node is known yet"]


# The port.


async def test_a_port_that_is_taken_is_told_with_the_remedy() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        told = f"HTTP cannot be served at 127.0.0.1:{port}: another program listens there"
        with pytest.raises(PortTaken, match=f"^{told}"):
            listen("127.0.0.1", port)


async def test_an_address_of_another_machine_cannot_be_listened_at() -> None:
    with pytest.raises(PortTaken, match="Cannot assign requested address"):
        listen("192.0.2.77", 0)


async def test_at_the_end_requests_under_way_are_answered() -> None:
    entered = asyncio.Event()

    async def slow(_: aiohttp.web.Request) -> aiohttp.web.Response:
        entered.set()
        await asyncio.sleep(0.05)
        return aiohttp.web.Response(text="done")

    application = aiohttp.web.Application()
    application.add_routes([aiohttp.web.get("/", slow)])
    with listen("127.0.0.1", 0) as at:
        url = f"http://127.0.0.1:{at.getsockname()[1]}/"
        async with aiohttp.ClientSession() as session:
            async with serving(application, at):
                asked = asyncio.create_task(session.get(url))
                await entered.wait()
            assert await (await asked).text() == "done"
    assert at.fileno() == -1


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00",
        b"GET / HTTP/1.1\r\nAuthorization: Bearer " + b"secret" * 2000 + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nsecret\r\n",
    ],
)
async def test_garbage_is_no_error_of_ours_and_not_repeated_in_the_log(
    garbage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with listen("127.0.0.1", 0) as at:
        port = at.getsockname()[1]
        async with serving(aiohttp.web.Application(), at):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(garbage)
            async with asyncio.timeout(10):
                assert b" 400 " in await reader.readline()
            writer.close()
    told = [(record.levelno, record.getMessage()) for record in caplog.records]
    assert set(told) <= {(logging.INFO, "a request cannot be read")}
    assert "secret" not in str([vars(record) for record in caplog.records])


def test_ipv6_is_listened_at_as_well() -> None:
    with listen("::1", 0) as at:
        assert at.family is socket.AF_INET6
