"""An instance's folder: its configuration from the templates, its music, its sounds."""

import shutil
from hashlib import sha256
from pathlib import Path

from _asterisk import music, places, sounds
from _asterisk.places import Trouble
from _asterisk.ports import Ports
from _asterisk.records import Order

# Debian's package lacks spool/recording, without which each recording is an error 500.
_FOLDERS = ("etc", "db/keys", "cache", "run", "log", "music", "moh", "sounds", "spool/recording")
_IDENTIFIERS = {"ip": "ip,username,auth_username", "username": "username,auth_username,ip"}
_LEVELS = "notice,warning,error"


def prepare(folder: Path, order: Order, ports: Ports, home: str, password: str) -> None:
    """Fill the folder; its Asterisk sees it as home. What an earlier life left there stays.

    Raises Trouble if a folder that the order names is missing.
    """
    for name in _FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    _fill_music(folder / "music", order.music)
    sounds.copy(folder / "sounds")
    (folder / "etc").chmod(0o750)  # there is a password in it
    classes = sorted(place.name for place in (folder / "music").iterdir())
    values = _values(order, ports, home, password, classes)
    for templates in filter(None, (places.TEMPLATES, order.config)):
        _render(_existing(templates, "--config-dir"), folder / "etc", values)


def _render(templates: Path, target: Path, values: dict[str, str]) -> None:
    """Write each template's text with its @NAME@ places filled."""
    for template in sorted(templates.glob("*.conf")):
        text = template.read_text()
        for name, value in values.items():
            text = text.replace(f"@{name}@", value)
        (target / template.name).write_text(text)


def _values(
    order: Order, ports: Ports, home: str, password: str, classes: list[str]
) -> dict[str, str]:
    return {
        "NAME": order.name,
        "HOME": home,
        "ENTITY_ID": _entity(order.name),
        "ARI_PASSWORD": password,
        "TRANSPORT": _transport(order, ports),
        "HTTP_PORT": str(ports.http),
        "RTP_START": str(ports.rtp_start),
        "RTP_END": str(ports.rtp_end),
        "IDENTIFIER_ORDER": _IDENTIFIERS[order.identify_by],
        "LOG_LEVELS": f"{_LEVELS},verbose(3)" if order.verbose else _LEVELS,
        "MUSIC_CLASSES": "\n".join(
            f"[{name}]\nmode = files\ndirectory = {home}/music/{name}" for name in classes
        ),
    }


def _transport(order: Order, ports: Ports) -> str:
    """Where SIP is spoken, unless the ACD is to say so."""
    if order.sip == "acd":
        return "; Nor are transports: nodes[].sip_udp and its like say where SIP is spoken."
    bind = f"{order.address}:{ports.sip}"
    return f"[udp]\ntype = transport\nprotocol = udp\nbind = {bind}"


def _entity(name: str) -> str:
    """An Ethernet address that follows from the name; the 02 marks it as nobody's hardware."""
    return ":".join(["02", *(f"{byte:02x}" for byte in sha256(name.encode()).digest()[:5])])


def _fill_music(target: Path, chosen: Path | None) -> None:
    """One folder per class: those of the folder given, its own files being class default."""
    shutil.rmtree(target)
    default = target / "default"
    if chosen is None:
        music.compose(default)
        return
    default.mkdir(parents=True)
    for place in sorted(_existing(chosen, "--music").iterdir()):
        if place.is_dir():
            shutil.copytree(place, target / place.name, dirs_exist_ok=True)
        else:
            shutil.copy(place, default)


def _existing(folder: Path, option: str) -> Path:
    if not folder.is_dir():
        raise Trouble(f"{folder} is no folder. Give one with {option}.")
    return folder
