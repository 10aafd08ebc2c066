"""The commands that talk with a running process, against a server that answers as it is told."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from acd.app import local_token
from acd.cli import client, main
from acd.http.live import agent
from tests.unit.http import rows
from tests.unit.http.drawing import picture
from tests.unit.http.rows import AYSE, state

AGENT = agent(state(rows.agent()), AYSE)


@dataclass(kw_only=True)
class Process:
    """What answers, and what it was asked."""

    url: str = ""
    port: int = 0
    shown: str | None = None
    """The token, as it was shown last."""
    status: int = 200
    answer: str = json.dumps({"durable": True, "agent": AGENT})
    asked: list[tuple[str, str, Any]] = field(default_factory=list)


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> Iterator[Process]:
    process = Process()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("")

        def do_POST(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        do_PUT = do_POST  # noqa: N815

        def _answer(self, body: Any) -> None:
            process.shown = self.headers["Authorization"]
            process.asked.append((self.command, self.path, body))
            self.send_response(process.status)
            self.end_headers()
            self.wfile.write(process.answer.encode())

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        process.port = server.server_port
        process.url = f"http://127.0.0.1:{process.port}"
        monkeypatch.setenv("ACD_SERVER", process.url)
        # What is meant for this machine must not go to a proxy.
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield process
        server.shutdown()
        thread.join()


@dataclass(frozen=True, kw_only=True)
class End:
    code: int
    out: str
    err: str


@pytest.fixture
def acd(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*words: str) -> End:
        monkeypatch.setattr("sys.argv", ["acd", *words])
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        return End(code=int(end.value.code or 0), out=out, err=err)

    return run


@pytest.mark.parametrize(
    ("words", "path", "body"),
    [
        (["login", "ayse", "support"], "/api/v1/agents/ayse/login", {"project": "support"}),
        (
            ["login", "ayse", "support", "--queue", "a", "--queue", "b"],
            "/api/v1/agents/ayse/login",
            {"project": "support", "queues": ["a", "b"]},
        ),
        (["queues", "ayse", "--queue", "a"], "/api/v1/agents/ayse/queues", {"queues": ["a"]}),
        (["queues", "ayse", "--none"], "/api/v1/agents/ayse/queues", {"queues": []}),
        (["override", "ayse"], "/api/v1/agents/ayse/override", {"on": True}),
        (["override", "ayse", "--off"], "/api/v1/agents/ayse/override", {"on": False}),
        (["logout", "ayse"], "/api/v1/agents/ayse/logout", {}),
        (["status", "ayse", "On a trip"], "/api/v1/agents/ayse/status", {"status": "On a trip"}),
        (["finish", "ayse"], "/api/v1/agents/ayse/acw/finish", {}),
        (
            ["close", "ayse", "1-7", "Sale", "--note", "two", "--tag", "a", "--tag", "b"],
            "/api/v1/agents/ayse/disposition",
            {"interaction": "1-7", "code": "Sale", "note": "two", "tags": ["a", "b"]},
        ),
        (
            ["close", "ayse", "1-7", "Sale"],
            "/api/v1/agents/ayse/disposition",
            {"interaction": "1-7", "code": "Sale", "note": "", "tags": []},
        ),
        (["take", "ayse", "1-7"], "/api/v1/agents/ayse/call/take", {"interaction": "1-7"}),
        (["assign", "ayse", "1-7"], "/api/v1/agents/ayse/call/assign", {"interaction": "1-7"}),
        (["end", "ayse"], "/api/v1/agents/ayse/call/end", {}),
        (
            ["transfer", "ayse", "--to", "cem"],
            "/api/v1/agents/ayse/call/transfer",
            {"agent": "cem"},
        ),
        (
            ["transfer", "ayse", "service"],
            "/api/v1/agents/ayse/call/transfer",
            {"queue": "service"},
        ),
        (["consult", "ayse", "service"], "/api/v1/agents/ayse/call/consult", {"queue": "service"}),
        (["cancel-consult", "ayse"], "/api/v1/agents/ayse/call/cancel-consult", {}),
        (["confer", "ayse"], "/api/v1/agents/ayse/call/confer", {}),
        (["listen", "ayse", "cem"], "/api/v1/agents/ayse/call/listen", {"supervisor": "cem"}),
        (["logout", "a/b ç"], "/api/v1/agents/a%2Fb%20%C3%A7/logout", {}),
    ],
)
def test_what_agents_ask_for_goes_to_the_process(
    process: Process, acd: Any, words: list[str], path: str, body: Any
) -> None:
    assert acd("agent", *words) == End(code=0, out="ayse is logged in to support: ready\n", err="")
    assert process.asked == [("POST", path, body)]


def test_a_transfer_goes_to_a_queue_or_to_a_colleague(process: Process, acd: Any) -> None:
    for words in ([], ["service", "--to", "cem"]):
        end = acd("agent", "transfer", "ayse", *words)
        assert (end.code, "either a queue or" in end.err) == (2, True)
    assert process.asked == []


def test_the_queues_that_can_be_chosen_are_shown(process: Process, acd: Any) -> None:
    one = {"queue": "sales", "project": "support", "number": "700"}
    ways = [(True, False), (False, True), (False, False)]
    found = [{**one, "assigned": assigned, "chosen": chosen} for assigned, chosen in ways]
    process.answer = json.dumps({"queues": found})
    assert acd("agent", "queues", "ayse").out.splitlines() == [
        "sales (700) of support: assigned",
        "sales (700) of support: chosen",
        "sales (700) of support: can be chosen",
    ]
    assert json.loads(acd("agent", "queues", "ayse", "--json").out) == found
    assert process.asked[0] == ("GET", "/api/v1/agents/ayse", "")


def test_the_result_codes_for_a_call_are_shown(process: Process, acd: Any) -> None:
    code = {"category": "other", "extra_time_s": 0, "note_required": False}
    codes = [
        {**code, "name": "Sale", "category": "success", "extra_time_s": 30},
        {**code, "name": "Complaint", "note_required": True},
    ]
    call = {"interaction": "1-7", "queue": "sales", "closed_with": None}
    found = {**call, "required": False, "codes": codes}

    def told(**other: Any) -> list[str]:
        process.answer = json.dumps({**found, **other})
        return acd("agent", "codes", "ayse").out.splitlines()  # type: ignore[no-any-return]

    assert told() == [
        "1-7 of sales can be closed with one of:",
        "  Sale (success), 30 s of extra time",
        "  Complaint (other), with a note",
    ]
    assert told(required=True, queue=None)[0] == "1-7 must be closed with one of:"
    assert told(closed_with="Sale") == ["1-7 of sales is closed with Sale"]
    assert told(codes=[]) == ["1-7 of sales cannot be closed: no result codes are configured"]
    assert told(interaction=None) == ["ayse has no call to close"]
    process.answer = json.dumps(found)
    assert json.loads(acd("agent", "codes", "ayse", "--json").out) == found
    assert process.asked[0] == ("GET", "/api/v1/agents/ayse/result-codes", "")


def test_it_is_said_why_an_agent_gets_no_calls(process: Process, acd: Any) -> None:
    found = [{"cause": "status", "says": "is at lunch", "remedy": "come back"}]
    process.answer = json.dumps({"hindrances": found})
    assert acd("agent", "why", "ayse").out == "status: is at lunch; come back\n"
    assert json.loads(acd("agent", "why", "ayse", "--json").out) == found
    process.answer = json.dumps({"hindrances": []})
    assert acd("agent", "why", "ayse").out.startswith("nothing: ayse is offered calls")


def test_a_caller_who_is_to_be_called_back(process: Process, acd: Any) -> None:
    process.answer = json.dumps({"durable": True})
    assert acd("agent", "callback", "1-7").out == "1-7 will be called back\n"
    assert json.loads(acd("agent", "callback", "1-7", "--json").out) == {"durable": True}
    path = "/api/v1/interactions/1-7/callback"
    assert process.asked == [("POST", path, {}), ("POST", path, {})]


# Whose token is shown.


def test_the_token_of_the_process_on_this_machine_is_found(process: Process, acd: Any) -> None:
    acd("agent", "list")
    assert process.shown is None
    with local_token.kept(process.port, "secret"):
        acd("agent", "list")
    assert process.shown == "Bearer secret"


def test_a_token_of_the_environment_goes_before(
    process: Process, acd: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACD_TOKEN", "mine")
    with local_token.kept(process.port, "secret"):
        acd("agent", "list")
    assert process.shown == "Bearer mine"


def test_where_no_token_is_found_the_places_are_told(process: Process, acd: Any) -> None:
    process.status, process.answer = 401, json.dumps({"detail": "no token was shown"})
    end = acd("agent", "list")
    assert (end.code, end.out) == (1, "")
    path = local_token.folder() / f"{process.port}.token"
    assert end.err.startswith(f"acd: no token was shown (there is no token in {path} nor /run/acd/")
    assert end.err.endswith(": set ACD_TOKEN, or ACD_TOKEN_FOLDER as acd has it)\n")


def test_a_token_that_an_earlier_process_has_left_is_named(process: Process, acd: Any) -> None:
    process.status, process.answer = 401, json.dumps({"detail": "this token is not valid"})
    with local_token.kept(process.port, "old"):
        end = acd("agent", "list")
    path = local_token.folder() / f"{process.port}.token"
    told = f"(the token is from {path}: it may be of an earlier process)\n"
    assert end.err == f"acd: this token is not valid {told}"


def test_a_token_that_others_may_not_read_says_whose_it_is(
    process: Process, acd: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    process.status, process.answer = 401, json.dumps({"detail": "no token was shown"})

    def denied(path: Path, **_: Any) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    with local_token.kept(process.port, "secret"), monkeypatch.context() as patch:
        patch.setattr(Path, "read_text", denied)
        end = acd("agent", "list")
    path = local_token.folder() / f"{process.port}.token"
    assert f"and root may read {path}: be one of them, or set ACD_TOKEN" in end.err


def test_another_machines_token_is_not_looked_for_here() -> None:
    secret, why = client.token("https://acd.example")
    assert secret is None
    assert why.startswith("set ACD_TOKEN to a token, which `acd user token NAME` makes")


def test_a_request_that_is_not_written_down_says_so(process: Process, acd: Any) -> None:
    process.answer = json.dumps({"durable": False, "agent": AGENT})
    assert acd("agent", "logout", "ayse").out.splitlines()[1:] == [
        "The database is away: it is done, but not written down yet."
    ]


def test_the_answer_can_be_had_as_json(process: Process, acd: Any) -> None:
    assert json.loads(acd("agent", "logout", "ayse", "--json").out) == json.loads(process.answer)


def test_a_refusal_is_a_sentence_and_a_code(process: Process, acd: Any) -> None:
    process.status, process.answer = 409, json.dumps({"detail": "ayse is on a call"})
    assert acd("agent", "logout", "ayse") == End(code=1, out="", err="acd: ayse is on a call\n")


def test_another_program_at_that_port_is_recognised(process: Process, acd: Any) -> None:
    process.status, process.answer = 404, "<html>"
    told = f"acd: {process.url}/api/v1/live?show=agents answers 404 Not Found: that is no acd\n"
    assert acd("agent", "list") == End(code=1, out="", err=told)
    process.status = 200
    assert acd("agent", "list").err.startswith(f"acd: no acd answers at {process.url} (Expecting")


def test_a_process_that_is_not_there_is_a_sentence_with_the_remedy(acd: Any) -> None:
    server = "http://127.0.0.1:9"
    end = acd("agent", "list", "--server", server)
    assert (end.code, end.out) == (1, "")
    assert end.err.startswith(f"acd: no acd answers at {server} (")
    assert end.err.endswith(
        "start one with `acd run`, or name another with --server or ACD_SERVER\n"
    )


@pytest.mark.parametrize("server", ["bla", "127.0.0.1:8080", "ftp://here", "http://", "http://["])
def test_a_server_is_named_with_http_before_it(
    acd: Any, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = acd("agent", "list", "--server", server)
    assert (end.code, end.out) == (2, "")
    assert "http://127.0.0.1:8080" in end.err
    monkeypatch.setenv("ACD_SERVER", server)
    assert acd("apply").code == 2, "what cannot be asked is not what does not run"


def test_agents_are_listed_as_a_table_and_as_json(process: Process, acd: Any) -> None:
    process.answer = json.dumps(picture(state(rows.agent())))
    assert acd("agent", "list").out.splitlines()[1].split() == [
        *("ayse", "1001", "support", "ready", "0:30")
    ]
    assert json.loads(acd("agent", "list", "--json").out) == [AGENT]


def test_one_frame_of_the_live_view(process: Process, acd: Any) -> None:
    process.answer = json.dumps(picture(state(rows.agent())))
    end = acd("top", "--once")
    assert (end.code, end.err) == (0, "")
    assert end.out.startswith("acd  12:00:00 UTC  run 3  asterisk up  0 calls\n")


def test_a_wrong_command_line_is_the_code_of_a_wrong_configuration(acd: Any) -> None:
    assert acd("agent", "login").code == 2
    assert acd("nonsense").code == 2


def test_one_frame_can_be_had_as_json(process: Process, acd: Any) -> None:
    process.answer = json.dumps(picture(state(rows.agent())))
    assert json.loads(acd("top", "--once", "--json").out) == json.loads(process.answer)


def test_without_a_terminal_there_is_one_frame(process: Process, acd: Any) -> None:
    process.answer = json.dumps(picture(state(rows.agent())))
    end = acd("top")
    assert end.out.startswith("acd  12:00:00 UTC  run 3  asterisk up  0 calls\n")
    assert unquote(process.asked[0][1]) == "/api/v1/live?show=nodes,queues,groups,agents,entries"


def test_top_shows_extensions_instead(process: Process, acd: Any) -> None:
    process.answer = json.dumps(picture(state(rows.agent())))
    end = acd("top", "--once", "--extensions")
    assert unquote(process.asked[0][1]) == "/api/v1/live?show=nodes,extensions"
    assert end.out.splitlines()[2].split() == [
        *("EXTENSION", "AGENT", "PHONES", "DOING", "FOR", "WITH")
    ]
    wrong = acd("top", "--once", "--extensions", "--group", "service")
    assert (wrong.code, "leave out --group" in wrong.err) == (2, True)


def test_top_asks_for_a_group_alone(process: Process, acd: Any) -> None:
    process.answer = json.dumps(picture(state(rows.agent())))
    assert acd("top", "--once", "--group", "customer care").code == 0
    assert [asked[1] for asked in process.asked] == ["/api/v1/live?group=customer+care"]
