"""Music classes: copies where Asterisk reads them, and a reload that cuts nobody's music.

A class that changes gets a folder of another name: who listens goes on with the old one, who comes
hears the new one (seen: a reload takes 15 ms, and not a packet is missing).
"""

import asyncio
import logging
import shutil
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath

from acd.ari.rest import RestClient

logger = logging.getLogger(__name__)

MODULE = "res_musiconhold.so"
CLASSES = "classes.conf"
KEPT_S = 86_400
"""So long a folder that no class uses any more stays, for those who still listen to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MusicClass:
    name: str
    folder: Path


async def have(rest: RestClient, place: Path, classes: Iterable[MusicClass]) -> None:
    """Have Asterisk know these classes; place: its folder moh as this machine sees it. A class that
    cannot be made is logged, and the others are. Raises AriError."""
    home = PurePosixPath(await rest.asterisk.get_variable("ASTETCDIR")).parent
    made = [(each.name, await _made(place, each)) for each in classes]
    folders = {name: folder for name, folder in made if folder}
    text = "".join(
        f"[{name}]\nmode = files\ndirectory = {home}/moh/{folder}\n\n"
        for name, folder in folders.items()
    )
    try:
        changed = await asyncio.to_thread(_write, place / CLASSES, text)
        await asyncio.to_thread(_forget, place, set(folders.values()))
    except OSError as error:
        about = {"folder": str(place), "reason": str(error)}
        logger.error("music cannot be put where Asterisk reads it", extra=about)  # noqa: TRY400
        return
    if changed:
        await rest.asterisk.reload_module(MODULE)


async def _made(place: Path, wanted: MusicClass) -> str | None:
    """The folder of the class's copies; they are made if they are not there."""
    name = f"{wanted.name}.{await asyncio.to_thread(_digest, wanted.folder)}"
    if (place / name).is_dir():
        return name
    making = place / f".{name}"
    try:
        await asyncio.to_thread(making.mkdir, parents=True, exist_ok=True)
        trouble = await _copy(wanted.folder, making)
        if trouble is None:
            await asyncio.to_thread(making.rename, place / name)
            return name
    except OSError as error:
        trouble = f"{place} cannot be written: {error.strerror}"
    about = {"music": wanted.name, "reason": trouble}
    logger.error("a music class cannot be made", extra=about)
    return None


async def _copy(source: Path, target: Path) -> str | None:
    """What went wrong. In a process of its own: it would hold the loop for seconds."""
    words = (sys.executable, "-m", "acd.audio.copies", str(source), str(target))
    process = await asyncio.create_subprocess_exec(*words, stderr=asyncio.subprocess.PIPE)
    _, said = await process.communicate()
    return said.decode(errors="replace").strip() if process.returncode else None


def _digest(folder: Path) -> str:
    """Another one when a file of the folder is another one."""
    try:
        files = [(path.name, path.stat()) for path in sorted(folder.iterdir())]
    except OSError:
        return "unreadable"
    what = [(name, stat.st_size, stat.st_mtime_ns) for name, stat in files]
    return sha256(repr((str(folder), what)).encode()).hexdigest()[:12]


def _write(path: Path, text: str) -> bool:
    """Whether it says something else now."""
    if path.exists() and path.read_text() == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(text)
    new.rename(path)
    return True


def _forget(place: Path, used: set[str]) -> None:
    """Remove what nobody can be listening to any more."""
    for folder in place.iterdir():
        old = folder.is_dir() and time.time() - folder.stat().st_mtime > KEPT_S
        if old and folder.name not in used:
            shutil.rmtree(folder, ignore_errors=True)
