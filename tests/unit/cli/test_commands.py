"""The commands that talk with a running process, against a server that answers as it is told."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from acd.cli import main
from acd.http.live import agent, picture
from tests.unit.http import rows
from tests.unit.http.rows import AYSE, NOW, state

AGENT = agent(state(rows.agent()), AYSE, NOW)


@dataclass(kw_only=True)
class Process:
    """What answers, and what it was asked."""

    url: str = ""
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

        def _answer(self, body: Any) -> None:
            process.asked.append((self.command, self.path, body))
            self.send_response(process.status)
            self.end_headers()
            self.wfile.write(process.answer.encode())

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        process.url = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("ACD_SERVER", process.url)
        # What is meant for this machine must not go to a proxy.
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        thread = threading.Thread(target=server.serve_forever)
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
        (["login", "ayse", "support"], "/agents/ayse/login", {"project": "support"}),
        (["logout", "ayse"], "/agents/ayse/logout", {}),
        (["status", "ayse", "On a trip"], "/agents/ayse/status", {"status": "On a trip"}),
        (["finish", "ayse"], "/agents/ayse/acw/finish", {}),
        (["logout", "a/b ç"], "/agents/a%2Fb%20%C3%A7/logout", {}),
    ],
)
def test_what_agents_ask_for_goes_to_the_process(
    process: Process, acd: Any, words: list[str], path: str, body: Any
) -> None:
    assert acd("agent", *words) == End(code=0, out="ayse is logged in to support: ready\n", err="")
    assert process.asked == [("POST", path, body)]


def test_a_request_that_is_not_written_down_says_so(process: Process, acd: Any) -> None:
    process.answer = json.dumps({"durable": False, "agent": AGENT})
    assert acd("agent", "logout", "ayse").out.splitlines()[1:] == [
        "The database is away: it is done, but not written down yet."
    ]


def test_the_answer_can_be_had_as_json(process: Process, acd: Any) -> None:
    assert json.loads(acd("agent", "logout", "ayse", "--json").out) == json.loads(process.answer)


def test_a_refusal_is_a_sentence_and_a_code(process: Process, acd: Any) -> None:
    process.status, process.answer = 409, json.dumps({"error": "ayse is on a call"})
    assert acd("agent", "logout", "ayse") == End(code=1, out="", err="acd: ayse is on a call\n")


def test_another_program_at_that_port_is_recognised(process: Process, acd: Any) -> None:
    process.status, process.answer = 404, "<html>"
    told = f"acd: {process.url}/live answers 404 Not Found: that is no acd\n"
    assert acd("agent", "list") == End(code=1, out="", err=told)
    process.status = 200
    assert acd("agent", "list").err.startswith(f"acd: no acd answers at {process.url} (Expecting")


@pytest.mark.parametrize("server", ["http://127.0.0.1:9", "nonsense", "http://"])
def test_a_process_that_is_not_there_is_a_sentence_with_the_remedy(acd: Any, server: str) -> None:
    end = acd("agent", "list", "--server", server)
    assert (end.code, end.out) == (1, "")
    assert end.err.startswith(f"acd: no acd answers at {server} (")
    assert end.err.endswith(
        "start one with `acd run`, or name another with --server or ACD_SERVER\n"
    )


def test_agents_are_listed_as_a_table_and_as_json(process: Process, acd: Any) -> None:
    process.answer = json.dumps(picture(state(rows.agent()), 3, NOW))
    assert acd("agent", "list").out.splitlines()[1].split() == [
        *("ayse", "1001", "support", "ready", "0:30")
    ]
    assert json.loads(acd("agent", "list", "--json").out) == [AGENT]


def test_one_frame_of_the_live_view(process: Process, acd: Any) -> None:
    process.answer = json.dumps(picture(state(rows.agent()), 3, NOW))
    end = acd("top", "--once")
    assert (end.code, end.err) == (0, "")
    assert end.out.startswith("acd  12:00:00 UTC  run 3  asterisk up  0 calls\n")


def test_a_wrong_command_line_is_the_code_of_a_wrong_configuration(acd: Any) -> None:
    assert acd("agent", "login").code == 2
    assert acd("nonsense").code == 2
