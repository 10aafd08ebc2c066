"""With which configuration a process begins.

The last version that was applied is in force, whatever the files say by now: a file that somebody
is in the middle of writing must not stop a restart, and a roll-back must outlive one.
"""

import logging
import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path

from acd.app.database import open_store
from acd.app.proposing import of_files, pieces_of
from acd.config import BadConfiguration, Configuration, bootstrap, check, compile, read
from acd.config.compiling import OVERRIDE
from acd.config.entities import document_of, in_order
from acd.config.texts import Texts, texts_digest, unpacked
from acd.db import Store
from acd.db.connection import is_missing
from acd.db.versions import Version, Versions, VersionTaken

logger = logging.getLogger(__name__)


def database_of(
    path: Path, environment: Mapping[str, str] = os.environ, *, instead: str | None = None
) -> str:
    """The database that the files or the environment name; instead: another one. Where it is a
    file that is not there yet, all that the files say is checked before anybody makes it.

    Raises BadConfiguration.
    """
    sources = read(path) if path.exists() or not (instead or OVERRIDE in environment) else ()
    url = instead or bootstrap(sources, environment)
    if is_missing(url):
        compile(sources, environment)
    return url


async def configuration_at_start(
    path: Path,
    *,
    apply: bool = False,
    database: str | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Configuration:
    """The version that is in force. apply: first make one of the files, if they say anything new;
    in a database without any that is done in any case. database: instead of the one they name.

    Raises BadConfiguration, DatabaseError.
    """
    url = database_of(path, environment, instead=database)
    store = await open_store(url)
    try:
        return await _begin(store, url, path, environment, apply=apply)
    finally:
        await store.close()


async def _begin(
    store: Store, url: str, path: Path, environment: Mapping[str, str], *, apply: bool
) -> Configuration:
    versions = Versions(store)
    latest = await versions.latest()
    if apply or latest is None:
        await _apply(versions, path, environment)
        latest = await versions.latest()
    else:
        _warn_of_others(path, latest)
    assert latest is not None
    return await stored(versions, latest, url, environment)


async def _apply(versions: Versions, path: Path, environment: Mapping[str, str]) -> None:
    proposal, configuration = await of_files(versions, path, environment)
    for warning in configuration.warnings:
        logger.warning("the configuration is odd", extra={"about": warning})
    if proposal.is_needless:
        return
    addition = proposal.addition(at=datetime.now(UTC), author=whoever(), note="at the start")
    try:
        await versions.add(addition, run=None)
    except VersionTaken:
        logger.info("another process has applied the files")


async def stored(
    versions: Versions, latest: Version, url: str, environment: Mapping[str, str]
) -> Configuration:
    """The latest version, as it is stored; secrets are read anew. Raises BadConfiguration."""
    texts = await texts_of(versions, latest)
    pieces = in_order(pieces_of(await versions.pieces()).values(), texts.places)
    raw = document_of(pieces) | {"database": url.replace("${", "$${")}
    configuration = check(raw, f"version {latest.version}", environment)
    settings = replace(configuration.settings, version=latest.version)
    return replace(configuration, settings=settings, sources=texts.files)


async def texts_of(versions: Versions, version: Version) -> Texts:
    body = await versions.sources(version.sources)
    return unpacked(body) if body is not None else Texts()


def _warn_of_others(path: Path, latest: Version) -> None:
    try:
        same = texts_digest(read(path)) == latest.sources
    except BadConfiguration as error:
        reason = str(error)
    else:
        if same:
            return
        reason = "they differ"
    about = {"version": latest.version, "files": str(path), "reason": reason}
    logger.warning(
        "the files are not what is in force: `acd plan` shows the difference, `acd apply` applies "
        "them",
        extra=about,
    )


def whoever() -> str:
    """Who works at the command line."""
    try:
        return getuser()
    except (KeyError, OSError):
        return str(os.getuid())
