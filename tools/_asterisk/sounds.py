"""What the ACD says: put where Asterisk looks for sounds, as folder acd of each language."""

import filecmp
import shutil
import sys
from pathlib import Path

from _asterisk import places

OURS = places.REPOSITORY / "sounds"


def languages() -> list[str]:
    """Those there are sounds of."""
    return sorted(path.parent.name for path in OURS.glob("*/acd"))


def copy(folder: Path) -> None:
    """Put them into an instance's folder of sounds; its own files there stay."""
    for language in languages():
        shutil.copytree(OURS / language / "acd", folder / language / "acd", dirs_exist_ok=True)


def linked(folder: str) -> str:
    """Shell commands: let Asterisk's sounds, of Debian's package, be those of an instance too."""
    place = "/usr/share/asterisk/sounds"
    return "\n".join(
        f"[ -L {place}/{language}/acd ] || "
        f"{{ mkdir -p {place}/{language} && ln -s {folder}/{language}/acd {place}/{language}/; }}"
        for language in languages()
    )


def install(theirs: Path) -> None:
    """Put them among the sounds of this machine's Asterisk. Where that may not be written it is
    said what is to be done: calls work without."""
    for language in languages():
        ours, place = OURS / language / "acd", theirs / language / "acd"
        if _same(ours, place):
            continue
        try:
            shutil.copytree(ours, place, dirs_exist_ok=True)
        except OSError:
            print(
                f"tools/asterisk: {place} cannot be written, so nothing is announced in that "
                f"language. Run as root: mkdir -p {place} && cp {ours}/* {place}/",
                file=sys.stderr,
            )


def _same(ours: Path, theirs: Path) -> bool:
    names = [path.name for path in ours.iterdir()]
    return filecmp.cmpfiles(ours, theirs, names)[0] == names
