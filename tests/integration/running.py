"""A running ACD on a real Asterisk, for tests: configuration, phones, and how a test must end.

`site` is one Asterisk for a module; `start` builds the program on it, in this process, for a test:

    acd = await start(queue("sales", "700", "ayse", acw_s=1))
    phone = await acd.phone("ayse", Answer(after=0.2))
    call = await acd.caller().dial("700")

At the end of a test the calls are over: nothing is left in Asterisk, nothing in the state, every
agent is idle, nothing was logged at ERROR on either side, and a sweep finds no difference.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from acd.agents.agent import Agent, NotReady
from acd.agents.device import DeviceKind
from acd.app import program as acd_program
from acd.app.program import Program
from acd.config import check
from acd.distributor import State
from acd.facts import Fact
from acd.ids import HOLDING, AgentId, ProjectName
from acd.requests import LogIn, Request
from tests.integration.databases import Place, SqlitePlace
from tests.integration.instances import Ari, Facts, Tool, started, tool_in
from tests.parties.behaviour import Behaviour, Ring
from tests.parties.fixtures import PartyFactory
from tests.parties.party import Party
from tests.parties.tones import AGENTS, CALLERS, MUSIC, PROMPTS, Law, frames
from tests.parties.wire import Address

AGENT_NAMES = ("ayse", "baris", "cem", "deniz", "emel")
"""Each with an extension of its own, 1001 on, and a tone of its own."""
ALL_AGENTS = len(AGENT_NAMES)
PROJECT = ProjectName("support")
WHISPER, APOLOGY = PROMPTS[:2]
Start = Callable[..., Any]


def extension(agent: str) -> str:
    """1001 on; agents without a name of their own are called agent1006 and so on."""
    if agent in AGENT_NAMES:
        return str(1001 + AGENT_NAMES.index(agent))
    return agent.removeprefix("agent")


def tone_of(agent: str) -> float:
    """Its own for each agent with a name."""
    return AGENTS[AGENT_NAMES.index(agent) if agent in AGENT_NAMES else -1]


def queue(name: str, number: str, *agents: str, **settings: Any) -> dict[str, Any]:
    """A queue of the configuration file."""
    return {
        "name": name,
        "number": number,
        "project": PROJECT,
        "agents": list(agents),
        **settings,
    }


def configuration(
    facts: Facts,
    database: Path,
    *queues: dict[str, Any],
    extensions: int | list[dict[str, Any]] = ALL_AGENTS,
    **more: Any,
) -> dict[str, Any]:
    """A configuration file for that Asterisk. More keys replace those that are there."""
    if isinstance(extensions, int):
        numbers = [str(1001 + place) for place in range(extensions)]
        extensions = [{"number": number, "password": f"pw{number}"} for number in numbers]
    else:
        numbers = [str(each["number"]) for each in extensions]
    names = [*AGENT_NAMES, *(f"agent{number}" for number in numbers[len(AGENT_NAMES) :])]
    node = {
        "ari_url": facts["ari_url"],
        "ari_user": facts["ari_user"],
        "ari_password": facts["ari_password"],
        "media_address": facts["sip_address"],
    }
    return {
        "database": f"sqlite:///{database}",
        "nodes": [node],
        "projects": [{"name": PROJECT}],
        "extensions": extensions,
        # Callers come from this machine; nobody is called there.
        "trunks": [
            {"name": "carrier", "match": ["127.0.0.1"], "host": "127.0.0.1:5999", "qualify_s": 0}
        ],
        "agents": [
            {"username": name, "name": name.title(), "extension": number, "projects": [PROJECT]}
            for name, number in zip(names, numbers, strict=False)
        ],
        "queues": list(queues) or [queue("sales", "700", "ayse", "baris")],
        **more,
    }


async def until(condition: Callable[[], object], within: float = 8.0, what: str = "") -> None:
    """Wait until it holds. Raises AssertionError."""
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, f"not within {within} s: {what or condition}"
        await asyncio.sleep(0.005)


def sound(tone: float, seconds: float) -> bytes:
    """The tone as a file of G.711 (µ-law), without a click where it is repeated."""
    return b"".join(frames(tone, Law.MU)) * int(seconds * 50)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One Asterisk: music is a tone, and so is the sound for whispers and the apology."""

    name: str
    facts: Facts
    tool: Tool

    @property
    def server(self) -> Address:
        return self.facts["sip_address"], self.facts["sip_port"]

    @property
    def whisper(self) -> str:
        return f"sound:{self.facts['asterisk_paths']['sounds']}/whisper"

    def log(self) -> str:
        """All that it has logged."""
        folder = Path(self.facts["paths"]["log"])
        return "".join(
            path.read_text(errors="replace") for path in sorted(folder.glob("messages*"))
        )

    @contextmanager
    def without_errors(self, *but: str) -> Iterator[None]:
        """Nothing may be logged at ERROR meanwhile, lines with one of these words apart."""
        before = len(self.log())
        yield
        lines = [line for line in self.log()[before:].splitlines() if "ERROR" in line]
        assert [line for line in lines if not any(word in line for word in but)] == []

    async def is_bare(self, ari: Ari) -> str:
        """What is left over, as text; empty if there is nothing. ARI has no list of playbacks, but
        one without its channel and its bridge cannot be."""
        channels = [f"{c['name']} ({c['id']})" for c in await ari.get("channels")]
        bridges = [b["id"] for b in await ari.get("bridges") if b["id"] != HOLDING]
        held = [b["channels"] for b in await ari.get("bridges") if b["channels"]]
        stored = await ari.get("recordings/stored")
        left = {"channels": channels, "bridges": bridges, "held": held, "recordings": stored}
        return "; ".join(f"{kind}: {what}" for kind, what in left.items() if what)

    async def becomes_bare(self, within: float = 8.0) -> None:
        """Wait until no call has left anything. Raises AssertionError."""
        async with Ari.of(self.facts) as ari:
            end = time.monotonic() + within
            while left := await self.is_bare(ari):
                assert time.monotonic() < end, f"left in Asterisk: {left}"
                await asyncio.sleep(0.02)

    async def hang_up_all(self) -> None:
        """End every channel, as its other side would."""
        async with Ari.of(self.facts) as ari:
            for channel in await ari.get("channels"):
                with suppress(aiohttp.ClientResponseError):
                    await ari.delete(f"channels/{channel['id']}")

    async def clear(self) -> None:
        """End what a failed test has left."""
        await self.hang_up_all()
        async with Ari.of(self.facts) as ari:
            # Never that in which all wait: an id that is used a second time is a race in Asterisk.
            bridges = [bridge for bridge in await ari.get("bridges") if bridge["id"] != HOLDING]
            for bridge in bridges:
                with suppress(aiohttp.ClientResponseError):
                    await ari.delete(f"bridges/{bridge['id']}")


@contextmanager
def open_site(folder: Path, name: str, *options: str) -> Iterator[Site]:
    """Start an Asterisk, and stop it at the end."""
    music = folder / "music"
    music.mkdir(parents=True)
    (music / "tone.ulaw").write_bytes(sound(MUSIC, seconds=2))
    with tool_in(folder / "run") as tool:
        facts = started(tool, name, "--identify-by=username", f"--music={music}", *options)
        sounds = Path(facts["paths"]["sounds"])
        (sounds / "whisper.ulaw").write_bytes(sound(WHISPER, seconds=0.6))
        (sounds / "apology.ulaw").write_bytes(sound(APOLOGY, seconds=0.3))
        yield Site(name=name, facts=facts, tool=tool)


class Errors(logging.Handler):
    """Collects what is logged at ERROR, and what the sweep has found to be wrong."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def bad(self) -> list[str]:
        """The lines, with the fields that were added to them."""
        bad = [
            record
            for record in self.records
            if record.levelno >= logging.ERROR or record.getMessage().startswith("sweep found")
        ]
        return [_told(record) for record in bad]

    def failed_effects(self) -> str:
        """What Asterisk would not do, for the message of a failed test: often it may not."""
        records = (record for record in self.records if record.getMessage() == "effect failed")
        return "\n".join(map(_told, records))


def _told(record: logging.LogRecord) -> str:
    """The line, with the fields that were added to it."""
    usual = set(vars(logging.makeLogRecord({})))
    fields = {name: value for name, value in vars(record).items() if name not in usual}
    return f"{record.getMessage()} {fields}"


@dataclass(slots=True, kw_only=True)
class House:
    """The people around one program: agents with their phones, and callers."""

    site: Site
    parties: PartyFactory
    database: Path
    phones: list[Party] = field(default_factory=list)
    place: Place | None = None
    """The database, where it is not that file."""

    def ari(self) -> AbstractAsyncContextManager[Ari]:
        """ARI of the site, past the program."""
        return Ari.of(self.site.facts)

    async def registered(
        self, agent: str, behaviour: Behaviour | None = None, **wishes: Any
    ) -> Party:
        """The agent's phone, registered. Called again: a second one."""
        number = extension(agent)
        party: Party = self.parties(
            tone=wishes.pop("tone", tone_of(agent)),
            server=self.site.server,
            number=number,
            password=f"pw{number}",
            name=agent,
            behaviour=behaviour or Ring(),
            **wishes,
        )
        self.phones.append(party)
        assert await party.register() == 200
        return party

    def caller(self, place: int = 0, **wishes: Any) -> Party:
        """Somebody outside; each place has its own tone and number."""
        tone = CALLERS[place % len(CALLERS)]
        number = f"+4930{place}"
        party: Party = self.parties(tone=tone, server=self.site.server, number=number, **wishes)
        return party

    def rows(self, table: str, columns: str) -> list[tuple[Any, ...]]:
        """What is written for reports."""
        place = self.place or SqlitePlace(path=self.database)
        return place.execute(f"SELECT {columns} FROM {table}")

    async def written(self, table: str, columns: str, *rows: tuple[Any, ...]) -> None:
        """Wait until these, and only these, rows are written. Raises AssertionError."""
        wanted = sorted(rows, key=repr)
        with suppress(AssertionError):
            await until(lambda: sorted(self.rows(table, columns), key=repr) == wanted)
        assert sorted(self.rows(table, columns), key=repr) == wanted

    async def leave(self) -> None:
        """Take back all registrations: the next test's phones are at other ports."""
        for phone in self.phones:
            phone.come_back()
        gone = (phone.unregister() for phone in self.phones)
        await asyncio.gather(*gone, return_exceptions=True)


@dataclass(slots=True, kw_only=True)
class Acd(House):
    """The program in this process."""

    program: Program
    errors: Errors
    facts: list[Fact] = field(default_factory=list)
    """All that the core was told, in order."""

    @property
    def state(self) -> State:
        return self.program.state

    def agent(self, name: str) -> Agent:
        return self.state.agents[AgentId(name)]

    async def ask(self, request: Request) -> None:
        """Put a request; it is durable. Raises Refused."""
        assert await self.program.engine.ask(request)

    async def phone(self, agent: str, behaviour: Behaviour | None = None, **wishes: Any) -> Party:
        """The agent's phone, registered and known, and the agent logged in."""
        party = await self.registered(agent, behaviour, **wishes)
        await until(lambda: self.reaches(agent, party), what=f"{agent}'s phone is known")
        await self.log_in(agent)
        return party

    async def log_in(self, agent: str) -> None:
        await self.ask(LogIn(agent=AgentId(agent), project=PROJECT))

    def reaches(self, agent: str, party: Party) -> bool:
        endpoints = self.agent(agent).device(DeviceKind.EXTENSION).endpoints
        return any(party.uri in endpoint for endpoint in endpoints)

    async def idle(self, agent: str, within: float = 8.0) -> None:
        """Wait until the agent can be offered a call. Raises AssertionError."""
        await until(lambda: self.agent(agent).not_ready is None, within, f"{agent} is idle")

    async def settled(self) -> None:
        """Wait until all calls are over, and see that nothing is left. Raises AssertionError."""
        state = self.state
        tables = (state.interactions, state.legs, state.entries, state.offers, state.attempts)
        with suppress(AssertionError):
            await until(lambda: not any(tables))
        assert [table for table in tables if table] == []
        await self.site.becomes_bare()
        busy = NotReady.BUSY
        await until(
            lambda: all(agent.not_ready is not busy for agent in state.agents.values()),
            what="every agent is idle",
        )
        for link in self.program.links.values():
            await link.sweep()
        assert self.errors.bad() == []


@asynccontextmanager
async def running(
    site: Site, parties: PartyFactory, configured: Mapping[str, Any], database: Path
) -> AsyncIterator[Acd]:
    """Run the program in this process; back when its node is reached."""
    errors = Errors()
    logging.getLogger().addHandler(errors)
    # The usual WARNING would keep what the sweep says of itself, but the root may say less.
    level = logging.getLogger().level
    logging.getLogger().setLevel(logging.INFO)
    built: asyncio.Future[Program] = asyncio.get_running_loop().create_future()

    async def serve(program: Program) -> None:
        for link in program.links.values():
            await link.live.wait()
        built.set_result(program)

    task = asyncio.create_task(acd_program.run(check(configured, "test"), serve))
    try:
        await asyncio.wait([task, built], timeout=10, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            await task
        acd = Acd(
            site=site,
            program=built.result(),
            database=database,
            parties=parties,
            errors=errors,
        )
        _note_facts(acd)
        with site.without_errors():
            yield acd
        assert not task.done(), task.exception()
        assert errors.bad() == []
    finally:
        task.cancel()
        await asyncio.wait([task])
        logging.getLogger().removeHandler(errors)
        logging.getLogger().setLevel(level)


def _note_facts(acd: Acd) -> None:
    """Keep what the core is told, so that a test may see that something was told at all."""
    handle = acd.program.engine.distributor.handle

    def noting(fact: Fact, now: Any) -> Any:
        acd.facts.append(fact)
        return handle(fact, now)

    acd.program.engine.distributor.handle = noting  # type: ignore[method-assign]


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Site]:
    """An Asterisk for the module's tests."""
    name = request.module.__name__.rpartition(".")[2].removeprefix("test_").replace("_", "-")
    with open_site(tmp_path_factory.mktemp(name), name) as opened:
        yield opened


@pytest.fixture
async def start(site: Site, party_factory: PartyFactory, tmp_path: Path) -> AsyncIterator[Start]:
    """Starts the program with these queues; at the end the test's calls must be over."""
    database = tmp_path / "acd.db"
    opened: list[Any] = []

    async def start(*queues: dict[str, Any], **more: Any) -> Acd:
        configured = configuration(site.facts, database, *queues, **more)
        context = running(site, party_factory, configured, database)
        acd = await context.__aenter__()
        opened.append((context, acd))
        return acd

    yield start
    for context, acd in opened:
        try:
            await acd.settled()
        except AssertionError as error:
            error.add_note(acd.errors.failed_effects())
            raise
        finally:
            await acd.leave()
            await site.clear()
            await context.__aexit__(None, None, None)
            await site.becomes_bare()
