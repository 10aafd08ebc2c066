"""Files in a folder, a database beside them, and a process that serves what is in force."""

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from acd.app.configuring import Configuring
from acd.app.database import open_store
from acd.app.nodes import NodeSettings
from acd.app.proposing import Proposal, of_files
from acd.app.starting import configuration_at_start
from acd.db import Store
from acd.db.versions import Versions
from acd.distributor import Distributor
from acd.ids import NodeId
from acd.requests import Apply
from acd.revision import revision

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
NODE = NodeId("asterisk")
TEXT = """\
database: sqlite:///DATABASE
nodes:
  - {ari_url: "http://127.0.0.1:8088/ari", ari_user: acd, ari_password: "${ARI}", media_address: a}
projects: [{name: support}]
extensions: [{number: "1001", password: "${PHONE}"}]
agents: [{username: ayse, name: Ayşe, extension: "1001", projects: [support]}]
queues:
  - {name: sales, project: support, number: "700", agents: [ayse]}
"""
MORE = '  - {name: help, project: support, number: "701", agents: [ayse]}\n'


class Link:
    """What a node is told."""

    def __init__(self) -> None:
        self.told: list[NodeSettings] = []

    async def take_over(self, settings: NodeSettings) -> None:
        self.told.append(settings)


@dataclass(kw_only=True)
class Process:
    """One that serves; the core is real, and fails if told to."""

    configuring: Configuring
    core: Distributor
    link: Link
    store: Store
    asked: list[Apply] = field(default_factory=list)
    fails: Exception | None = None

    async def ask(self, request: Apply) -> bool:
        if self.fails:
            raise self.fails
        self.asked.append(request)
        self.core.request(request, NOW)
        return True


@dataclass(kw_only=True)
class Folder:
    path: Path
    environment: dict[str, str]

    @property
    def file(self) -> Path:
        return self.path / "acd.yaml"

    def write(self, change: Callable[[str], str] = str) -> None:
        text = TEXT.replace("DATABASE", str(self.path / "acd.db"))
        self.file.write_text(change(text))

    @asynccontextmanager
    async def store(self) -> AsyncIterator[Store]:
        store = await open_store(f"sqlite:///{self.path}/acd.db")
        try:
            yield store
        finally:
            await store.close()

    async def proposal(self) -> Proposal:
        async with self.store() as store:
            return (await of_files(Versions(store), self.file, self.environment))[0]

    @asynccontextmanager
    async def process(self, *, apply: bool = False) -> AsyncIterator[Process]:
        """A life of the process, as acd/app/program.py builds it."""
        environment = self.environment
        configuration = await configuration_at_start(
            self.file, apply=apply, environment=environment
        )
        async with self.store() as store:
            versions, link = Versions(store), Link()
            run = await store.new_run()
            core = Distributor(run=run)
            core.request(Apply(revision=revision(core.state.settings, configuration.settings)), NOW)
            made: list[Process] = []

            async def ask(request: Apply) -> bool:
                return await made[0].ask(request)

            configuring = Configuring(
                versions=versions,
                run=run,
                configuration=configuration,
                latest=await versions.latest(),
                ask=ask,
                links={NODE: link},
                environment=environment,
                now=lambda: NOW,
            )
            made.append(Process(configuring=configuring, core=core, link=link, store=store))
            yield made[0]


def folder(path: Path, empty: Path) -> Folder:
    """With the files as above, and a copy of an empty database: making one takes its time."""
    shutil.copy(empty, path / "acd.db")
    made = Folder(path=path, environment={"ARI": "a", "PHONE": "secret-of-phone"})
    made.write()
    return made
