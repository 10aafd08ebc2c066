"""tools/asterisk, and what Asterisk does on its own while no ACD answers."""

import asyncio
import hashlib
import json
import os
import re
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

pytestmark = pytest.mark.asterisk

REPOSITORY = Path(__file__).resolve().parents[2]
Tool = Callable[..., subprocess.CompletedProcess[str]]
Facts = dict[str, Any]
JsonObject = dict[str, Any]


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tool]:
    """tools/asterisk with a run folder of its own; whatever it started is stopped."""
    environment = {**os.environ, "ACD_RUN": str(tmp_path_factory.mktemp("run"))}

    def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [REPOSITORY / "tools/asterisk", *words],
            env={**environment, **variables}, capture_output=True, text=True, check=False,
        )  # fmt: skip

    yield run
    stopped = run("stop", "--all")
    assert stopped.returncode == 0, stopped.stderr


@pytest.fixture(scope="module")
def asterisk(tool: Tool) -> Facts:
    """An instance that the tests of one module share."""
    return started(tool, "shared", "--identify-by=username", "--verbose")


@pytest.fixture
async def ari(asterisk: Facts) -> AsyncIterator["Ari"]:
    """ARI of the shared instance, with a trunk from this machine and short bounds."""
    async with Ari.of(asterisk) as ari:
        await ari.provision("aor", "trunk")
        await ari.provision("endpoint", "trunk", context="from-trunk", allow="!all,ulaw")
        await ari.provision("identify", "trunk", endpoint="trunk", match="127.0.0.1")
        await ari.set_globals(
            ACD_RETRIES="1", ACD_ABSENCE_S="60", ACD_FALLBACK="", ACD_APOLOGY="beep"
        )
        yield ari
        await until(ari.is_empty)


def started(tool: Tool, name: str, *options: str) -> Facts:
    done = tool("start", f"--name={name}", "--fresh", "--json", *options)
    assert done.returncode == 0, done.stderr
    facts: Facts = json.loads(done.stdout)
    return facts


async def test_instances_run_side_by_side_and_leave_nothing(tool: Tool) -> None:
    mounts = mounted()
    first, second = started(tool, "one"), started(tool, "two")
    for facts in (first, second):
        async with Ari.of(facts) as ari:
            info = await ari.get("asterisk/info")
            assert info["config"]["name"] == facts["name"]
    assert first["sip_port"] != second["sip_port"]
    assert first["rtp_end"] < second["rtp_start"] or second["rtp_end"] < first["rtp_start"]

    for facts in (first, second):
        assert tool("stop", f"--name={facts['name']}").returncode == 0
        assert not runs(facts["pid"])
        assert_free(facts)
    assert mounted() == mounts


def test_what_was_killed_is_listed_dead_and_restarts_as_it_was(tool: Tool) -> None:
    before = started(tool, "crash")
    assert tool("kill", "--name=crash").returncode == 0
    (listed,) = json.loads(tool("status", "--name=crash", "--json").stdout)
    assert listed["state"] == "dead"

    after = json.loads(tool("restart", "--name=crash", "--json").stdout)
    same = ("sip_port", "http_port", "rtp_start", "rtp_end", "ari_password")
    assert {key: after[key] for key in same} == {key: before[key] for key in same}
    assert after["pid"] != before["pid"]
    assert "System uptime" in tool("cli", "--name=crash", "core show uptime").stdout
    assert tool("stop", "--name=crash").returncode == 0
    assert json.loads(tool("status", "--name=crash", "--json").stdout) == []


@pytest.mark.parametrize(
    ("banner", "why"),
    [
        ("Asterisk 20.6.0~dfsg+~cs6.13.40431414-2build5", "shell commands"),
        ("Asterisk 22.10.0", "shell commands"),
        ("Asterisk 22.11.0", "crashes in calls"),
        ("Asterisk 23.0.1", "another series"),
        ("not found", "version is unknown"),
    ],
)
def test_an_unfit_asterisk_is_refused_with_why_and_remedy(
    tool: Tool, tmp_path: Path, banner: str, why: str
) -> None:
    done = tool("install", PATH=fake(tmp_path, banner), ACD_ASTERISK="path")
    assert done.returncode == 1
    assert why in done.stderr
    assert "Install Asterisk 22.10.1" in done.stderr


@pytest.mark.parametrize("version", ["22.10.1", "22.11.1", "22.12.0"])
def test_a_fit_asterisk_on_path_is_used(tool: Tool, tmp_path: Path, version: str) -> None:
    done = tool("install", PATH=fake(tmp_path, f"Asterisk {version}"))
    assert done.stdout == f"Asterisk {version} (path)\n"


def test_a_port_that_is_taken_is_named(tool: Tool, asterisk: Facts) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        done = tool("start", "--name=late", f"--sip-port={port}")
    assert done.returncode == 1
    assert f"Port {port} of --sip-port is taken" in done.stderr
    done = tool("start", "--name=late", f"--http-port={asterisk['http_port']}")
    assert f"Port {asterisk['http_port']} of --http-port is taken" in done.stderr


def test_a_name_that_runs_already_is_refused(tool: Tool, asterisk: Facts) -> None:
    done = tool("start", "--name=shared")
    assert done.returncode == 1
    assert "runs already" in done.stderr


def test_the_start_logs_neither_warning_nor_error(tool: Tool) -> None:
    started(tool, "quiet")
    log = tool("logs", "--name=quiet").stdout
    assert "Asterisk Ready" in log
    assert re.findall(r".*(?:WARNING|ERROR).*", log) == []
    assert tool("stop", "--name=quiet").returncode == 0


async def test_without_an_acd_callers_hear_music_and_then_the_fallback(
    asterisk: Facts, ari: "Ari"
) -> None:
    async with party(asterisk) as caller:
        began = time.monotonic()
        assert await caller.invite("700") == 200
        await until(caller.hears)
        await caller.ended()
        assert 1 <= time.monotonic() - began < 5


async def test_the_fallback_rings_its_phone_before_it_apologises(
    asterisk: Facts, ari: "Ari"
) -> None:
    await ari.provision_phone("2002", "secret")
    async with party(asterisk) as caller, party(asterisk) as phone:
        assert await phone.register("2002", "secret") == 200
        await ari.set_globals(ACD_FALLBACK="PJSIP/2002", ACD_RETRIES="0")
        assert await caller.invite("700") == 200
        await caller.ended()
        assert phone.rung == 1


@pytest.mark.parametrize("number", ["700", "+902120000700", "*8", "sales-desk"])
async def test_a_call_enters_stasis_unanswered_with_its_number(
    asterisk: Facts, ari: "Ari", number: str
) -> None:
    async with ari.app() as events, party(asterisk) as caller:
        call = asyncio.create_task(caller.invite(number))
        start = await events("StasisStart")
        assert start["args"] == ["in", number]
        assert start["channel"]["state"] == "Ring"
        assert start["channel"]["dialplan"]["context"] == "from-trunk"
        await ari.delete(f"channels/{start['channel']['id']}?reason_code=21")
        assert await call == 403


async def test_every_call_of_a_phone_enters_stasis(asterisk: Facts, ari: "Ari") -> None:
    await ari.provision_phone("2003", "secret")
    async with ari.app() as events, party(asterisk) as phone:
        call = asyncio.create_task(phone.invite("2004", user="2003", password="secret"))
        start = await events("StasisStart")
        assert start["args"] == ["in", "2004"]
        assert start["channel"]["dialplan"]["context"] == "from-phone"
        await ari.delete(f"channels/{start['channel']['id']}")
        assert await call >= 400


async def test_a_caller_of_the_gap_is_taken_when_the_acd_comes(asterisk: Facts, ari: "Ari") -> None:
    await ari.set_globals(ACD_RETRIES="30")
    async with party(asterisk) as caller:
        assert await caller.invite("700") == 200
        async with ari.app() as events:
            start = await events("StasisStart")
            assert start["channel"]["state"] == "Up"
            await ari.post(f"channels/{start['channel']['id']}/answer")
            await ari.delete(f"channels/{start['channel']['id']}")
            await caller.ended()


async def test_only_callers_whose_switch_is_set_again_stay(asterisk: Facts, ari: "Ari") -> None:
    await ari.set_globals(ACD_ABSENCE_S="1")
    async with ari.app() as events, party(asterisk) as kept, party(asterisk) as forgotten:
        calls = asyncio.gather(kept.invite("700"), forgotten.invite("701"))
        starts = [await events("StasisStart") for _ in range(2)]
        ids = {start["args"][1]: start["channel"]["id"] for start in starts}
        await ari.set_variable(ids["700"], "TIMEOUT(absolute)", "30")
        for channel in ids.values():
            await ari.post(f"channels/{channel}/answer")
        assert list(await calls) == [200, 200]

        await forgotten.ended()
        assert [channel["id"] for channel in await ari.get("channels")] == [ids["700"]]
        await ari.set_variable(ids["700"], "TIMEOUT(absolute)", "1")
        await kept.ended()
        assert (await events("StasisEnd"))["channel"]["id"] == ids["701"]
        assert (await events("StasisEnd"))["channel"]["id"] == ids["700"]


async def test_the_acd_sends_a_call_to_the_fallback(asterisk: Facts, ari: "Ari") -> None:
    async with ari.app() as events, party(asterisk) as caller:
        call = asyncio.create_task(caller.invite("700"))
        channel = (await events("StasisStart"))["channel"]["id"]
        await ari.post(f"channels/{channel}/continue?context=acd-fallback&extension=s&priority=1")
        assert await call == 200
        await caller.ended()


async def test_provisioned_phones_register_and_survive_a_restart(tool: Tool) -> None:
    facts = started(tool, "phones", "--identify-by=username")
    async with Ari.of(facts) as ari:
        await ari.provision_phone("2001", "secret")
    async with party(facts) as phone:
        assert await phone.register("2001", "secret") == 200
        assert await phone.register("2001", "wrong") == 401
    assert tool("restart", "--name=phones").returncode == 0
    async with party(facts) as phone:
        assert await phone.register("2001", "secret") == 200
    async with Ari.of(facts) as ari:
        assert (await ari.get("endpoints/PJSIP/2001"))["state"] == "online"
    assert "ERROR" not in tool("logs", "--name=phones").stdout
    assert tool("stop", "--name=phones").returncode == 0


# What the stories above are told with.


class Ari:
    """As much of ARI as is needed here."""

    def __init__(self, session: aiohttp.ClientSession, facts: Facts) -> None:
        self._session = session
        self._url = facts["ari_url"]

    @classmethod
    @asynccontextmanager
    async def of(cls, facts: Facts) -> AsyncIterator["Ari"]:
        word = aiohttp.encode_basic_auth(facts["ari_user"], facts["ari_password"])
        headers = {"Authorization": word}
        async with aiohttp.ClientSession(headers=headers, raise_for_status=True) as session:
            yield cls(session, facts)

    async def get(self, path: str) -> Any:
        async with self._session.get(f"{self._url}/{path}") as answer:
            return await answer.json()

    async def is_empty(self) -> bool:
        return bool(await self.get("channels") == [])

    async def post(self, path: str, **query: str) -> None:
        await (await self._session.post(f"{self._url}/{path}", params=query or None)).read()

    async def delete(self, path: str) -> None:
        await (await self._session.delete(f"{self._url}/{path}")).read()

    async def provision(self, kind: str, name: str, **fields: str) -> None:
        url = f"{self._url}/asterisk/config/dynamic/res_pjsip/{kind}/{name}"
        body = {"fields": [{"attribute": k, "value": v} for k, v in fields.items()]}
        await (await self._session.put(url, json=body)).read()

    async def provision_phone(self, number: str, password: str) -> None:
        await self.provision("auth", number, username=number, password=password)
        await self.provision("aor", number, max_contacts="1", remove_existing="yes")
        await self.provision(
            "endpoint", number, aors=number, auth=number, context="from-phone", allow="!all,ulaw"
        )

    async def set_globals(self, **values: str) -> None:
        for name, value in values.items():
            await self.post("asterisk/variable", variable=name, value=value)

    async def set_variable(self, channel: str, name: str, value: str) -> None:
        await self.post(f"channels/{channel}/variable", variable=name, value=value)

    @asynccontextmanager
    async def app(self) -> AsyncIterator[Callable[[str], Awaitable[JsonObject]]]:
        """Be the ACD's application; yields a function that waits for the next event of a type."""
        async with self._session.ws_connect(f"{self._url}/events?app=acd") as socket:

            async def next_of(kind: str) -> JsonObject:
                async with asyncio.timeout(10):
                    while (event := await socket.receive_json())["type"] != kind:
                        pass
                return dict(event)

            yield next_of


class Party(asyncio.DatagramProtocol):
    """One SIP user agent and its ear: places one call or registers, and hears G.711."""

    def __init__(self, facts: Facts, ear: "Ear") -> None:
        self.rung = 0
        self._server = ("127.0.0.1", facts["sip_port"])
        self._ear = ear
        self._answers: asyncio.Queue[str] = asyncio.Queue()
        self._over = asyncio.Event()
        self._sequence = 0
        self._id = os.urandom(8).hex()

    def connection_made(self, transport: Any) -> None:
        self._transport: asyncio.DatagramTransport = transport
        self._port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: Any) -> None:
        text = data.decode()
        match text.split(maxsplit=2)[:2]:
            case ["SIP/2.0", code]:
                if int(code) >= 200:
                    self._answers.put_nowait(text)
            case ["INVITE", _]:
                self.rung += 1
                self._reply(text, "486 Busy Here")
            case ["BYE", _]:
                self._reply(text, "200 OK")
                self._over.set()

    async def register(self, user: str, password: str) -> int:
        return code(await self._request("REGISTER", "", user, password))

    async def invite(self, number: str, user: str = "caller", password: str = "") -> int:
        answer = await self._request("INVITE", number, user, password)
        self._ack(answer, number, user)
        return code(answer)

    async def hears(self) -> bool:
        """Whether more than half a second of something else than silence has arrived."""
        return len(self._ear.heard) > 25 and loudness(self._ear.heard) > 0

    async def ended(self) -> None:
        """Wait until Asterisk hangs up."""
        async with asyncio.timeout(10):
            await self._over.wait()

    async def _request(self, method: str, number: str, user: str, password: str) -> str:
        answer = await self._send(method, number, user)
        if code(answer) != 401 or not password:
            return answer
        if method == "INVITE":
            self._ack(answer, number, user)
        return await self._send(
            method, number, user, self._credentials(answer, method, user, password)
        )

    async def _send(self, method: str, number: str, user: str, extra: str = "") -> str:
        self._sequence += 1
        body = self._offer() if method == "INVITE" else ""
        kind = "Content-Type: application/sdp\r\n" if body else ""
        self._put(method, number, user, f"{extra}{kind}", body)
        async with asyncio.timeout(15):
            while f"CSeq: {self._sequence} {method}" not in (answer := await self._answers.get()):
                pass
        return answer

    def _put(
        self, method: str, number: str, user: str, extra: str, body: str, tag: str = ""
    ) -> None:
        host = f"127.0.0.1:{self._server[1]}"
        uri = f"sip:{number}@{host}" if number else f"sip:{host}"
        to = f"sip:{number or user}@{host}"
        branch = f"z9hG4bK{os.urandom(6).hex()}"
        self._transport.sendto(
            (
                f"{method} {uri} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP 127.0.0.1:{self._port};rport;branch={branch}\r\n"
                f"From: <sip:{user}@{host}>;tag={self._id}\r\nTo: <{to}>{tag}\r\n"
                f"Call-ID: {self._id}\r\nCSeq: {self._sequence} {method}\r\nMax-Forwards: 70\r\n"
                f"Contact: <sip:{user}@127.0.0.1:{self._port}>\r\n{extra}"
                f"Content-Length: {len(body)}\r\n\r\n{body}"
            ).encode(),
            self._server,
        )

    def _ack(self, answer: str, number: str, user: str) -> None:
        tag = re.search(r"^To:.*?(;tag=[^;\r]+)", answer, re.M)
        self._put("ACK", number, user, "", "", tag[1] if tag else "")

    def _reply(self, request: str, status: str) -> None:
        kept = re.findall(r"^(?:Via|From|To|Call-ID|CSeq):.*\r\n", request, re.M)
        self._transport.sendto(
            f"SIP/2.0 {status}\r\n{''.join(kept)}Content-Length: 0\r\n\r\n".encode(), self._server
        )

    def _offer(self) -> str:
        return (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {self._ear.port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
        )

    def _credentials(self, answer: str, method: str, user: str, password: str) -> str:
        field = dict(re.findall(r'(\w+)="([^"]*)"', answer))
        uri = f"sip:127.0.0.1:{self._server[1]}"
        secret = md5(f"{user}:{field['realm']}:{password}")
        proof = md5(f"{secret}:{field['nonce']}:00000001:c:auth:{md5(f'{method}:{uri}')}")
        return (
            f'Authorization: Digest username="{user}",realm="{field["realm"]}",'
            f'nonce="{field["nonce"]}",uri="{uri}",response="{proof}",qop=auth,nc=00000001,'
            f'cnonce="c",opaque="{field.get("opaque", "")}",algorithm=MD5\r\n'
        )


class Ear(asyncio.DatagramProtocol):
    """Collects the G.711 bytes that arrive."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.heard.append(data[12:])


@asynccontextmanager
async def party(facts: Facts) -> AsyncIterator[Party]:
    loop = asyncio.get_running_loop()
    sound, ear = await loop.create_datagram_endpoint(Ear, local_addr=("127.0.0.1", 0))
    signal, one = await loop.create_datagram_endpoint(
        lambda: Party(facts, ear), local_addr=("127.0.0.1", 0)
    )
    try:
        yield one
    finally:
        sound.close()
        signal.close()


def code(answer: str) -> int:
    return int(answer.split()[1])


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def loudness(heard: list[bytes]) -> int:
    """How many bytes are no µ-law silence."""
    return sum(byte not in (0x7F, 0xFF) for packet in heard for byte in packet)


def fake(folder: Path, banner: str) -> str:
    """A PATH on which asterisk claims to be this."""
    program = folder / "asterisk"
    program.write_text(f"#!/bin/sh\necho '{banner}'\n")
    program.chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def mounted() -> str:
    return Path("/proc/mounts").read_text()


def runs(pid: int) -> bool:
    """Whether the process lives; one that ended and was not collected yet does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def assert_free(facts: Facts) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", facts["sip_port"]))
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", facts["http_port"]))


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while not await condition():
            await asyncio.sleep(0.02)
