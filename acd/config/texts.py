"""The texts of a version: what the files said, and where each thing stood in them."""

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from hashlib import sha256
from pathlib import PurePath

from acd.config.entities import Place
from acd.config.sources import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Files in their order, and the places of what they declare."""

    files: tuple[Source, ...] = ()
    places: tuple[Place, ...] = ()

    def where(self, section: str, name: str) -> str | None:
        """acd.yaml:12:5, for what the files declare."""
        found = (p.where for p in self.places if (p.section, p.name) == (section, name))
        return next(found, None)


def packed(texts: Texts) -> bytes:
    """As they are kept and sent: a tenth of their size."""
    files = [astuple(file) for file in texts.files]
    places = [astuple(place) for place in texts.places]
    return zlib.compress(json.dumps([files, places], ensure_ascii=False).encode())


def unpacked(body: bytes) -> Texts:
    """The texts again. Raises ValueError."""
    try:
        files, places = json.loads(zlib.decompress(body))
        return Texts(
            files=tuple(Source(name=name, text=text) for name, text in files),
            places=tuple(
                Place(section=section, name=name, where=where) for section, name, where in places
            ),
        )
    except (zlib.error, TypeError) as error:
        raise ValueError(f"the texts of a version cannot be read: {error}") from error


def texts_digest(files: Sequence[Source]) -> str:
    """The same for files of the same names and texts, wherever they are."""
    said: Iterable[object] = [(PurePath(file.name).name, file.text) for file in files]
    return sha256(json.dumps(said).encode()).hexdigest()
