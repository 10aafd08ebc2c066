"""One instance: its folder, its configuration, its life."""

import base64
import json
import os
import secrets
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from _asterisk import music, places, ports, sources
from _asterisk.places import Trouble
from _asterisk.ports import Ports, Wishes
from _asterisk.processes import Process

_FOLDERS = ("etc", "db", "cache", "run", "log", "music", "sounds", "spool/recording", "spool/tmp")
_IDENTIFIERS = {"ip": "ip,username,auth_username", "username": "username,auth_username,ip"}
_BOOT_S = 30.0
_STOP_S = 10.0
_POLL_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked for in an instance."""

    name: str
    ports: Wishes = field(default_factory=Wishes)
    address: str = "127.0.0.1"
    identify_by: str = "ip"
    password: str | None = None
    music: Path | None = None
    config: Path | None = None
    fresh: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """An instance that was started and not stopped; its process may have died since."""

    name: str
    folder: Path
    kind: str
    home: str
    ports: Ports
    address: str
    identify_by: str
    password: str
    music: Path | None
    config: Path | None
    process: Process

    def alive(self) -> bool:
        return self.process.alive()

    def facts(self) -> dict[str, object]:
        """All that a client needs, ready for JSON."""
        return {
            "name": self.name,
            "state": "running" if self.alive() else "dead",
            "pid": self.process.pid,
            "source": self.kind,
            "ari_url": f"http://127.0.0.1:{self.ports.http}/ari",
            "ari_user": "acd",
            "ari_password": self.password,
            "sip_address": self.address,
            "sip_port": self.ports.sip,
            "http_port": self.ports.http,
            "rtp_start": self.ports.rtp_start,
            "rtp_end": self.ports.rtp_end,
            # The same folders twice: as seen here, and as Asterisk sees them.
            "paths": _paths(str(self.folder)),
            "asterisk_paths": _paths(self.home),
        }


def start(order: Order) -> Instance:
    """Start an instance and return once it is booted and ARI answers.

    Raises Trouble if the name runs already, a port is taken or it does not come up.
    """
    earlier = find(order.name)
    if earlier and earlier.alive():
        raise Trouble(
            f"Instance {order.name!r} runs already, process {earlier.process.pid}. Choose "
            f"another --name, or run: tools/asterisk stop --name {order.name}"
        )
    source = sources.find()
    with places.locked("start"):
        instance = _launch(order, source, ports.choose(order.ports))
        ports.claim(instance.ports, instance.process)
    _await_ready(instance)
    return instance


def restart(instance: Instance) -> Instance:
    """Stop it if it lives, and start it as it was: ports, password, database."""
    stop(instance)
    chosen = instance.ports
    wishes = Wishes(
        sip=chosen.sip, http=chosen.http, rtp_start=chosen.rtp_start, rtp_end=chosen.rtp_end
    )
    return start(
        Order(
            name=instance.name, ports=wishes, address=instance.address,
            identify_by=instance.identify_by, password=instance.password,
            music=instance.music, config=instance.config,
        )  # fmt: skip
    )


def stop(instance: Instance) -> None:
    """End it, gently if it listens; its folder stays, for the logs. One that is gone is success."""
    gone = instance.process.end(signal.SIGTERM, _STOP_S) or kill(instance)
    if not gone:
        raise Trouble(f"Process {instance.process.pid} cannot be ended. See: ps {instance.process.pid}")
    _state(instance.folder).unlink(missing_ok=True)


def kill(instance: Instance) -> bool:
    """End it as a crash would; it stays listed, dead. Whether it is gone."""
    return instance.process.end(signal.SIGKILL, _STOP_S)


def console(instance: Instance, command: str) -> str:
    """What the console prints for the command. Raises Trouble if it does not answer."""
    if not instance.alive():
        raise Trouble(f"Instance {instance.name!r} is dead. Run: tools/asterisk restart --name "
                      f"{instance.name}")
    words = sources.find(instance.kind).console(instance.folder, instance.process.pid, command)
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Trouble(f"The console says: {done.stderr.strip() or done.stdout.strip()}.")
    return done.stdout


def find(name: str) -> Instance | None:
    """The instance of that name; None if it was never started, or was stopped."""
    state = _state(places.run() / name)
    return _loaded(state) if state.exists() else None


def every() -> list[Instance]:
    """All that were started and not stopped, by name."""
    return [_loaded(state) for state in sorted(places.run().glob("*/state.json"))]


def render(templates: Path, target: Path, values: dict[str, str]) -> None:
    """Write each template's text, its @NAME@ places filled. Raises Trouble at an unknown name."""
    for template in sorted(templates.glob("*.conf")):
        text = template.read_text()
        for name, value in values.items():
            text = text.replace(f"@{name}@", value)
        (target / template.name).write_text(text)


def _launch(order: Order, source: sources.Source, chosen: Ports) -> Instance:
    folder = places.run() / order.name
    if order.fresh and folder.exists():
        shutil.rmtree(folder)
    for name in _FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    password = order.password or secrets.token_urlsafe(18)
    home = source.home(folder)
    _fill_music(folder / "music", order.music)
    values = _values(order, chosen, home, password, folder)
    for templates in filter(None, (places.TEMPLATES, order.config)):
        render(templates, folder / "etc", values)
    source.give(folder)
    instance = Instance(
        name=order.name, folder=folder, kind=source.kind, home=home, ports=chosen,
        address=order.address, identify_by=order.identify_by, password=password,
        music=order.music, config=order.config, process=Process.of(source.launch(folder)),
    )  # fmt: skip
    _save(instance)
    return instance


def _values(
    order: Order, chosen: Ports, home: str, password: str, folder: Path
) -> dict[str, str]:
    classes = sorted(place.name for place in (folder / "music").iterdir())
    number = int.from_bytes(order.name.encode()[-5:], "big")
    entity = ":".join(f"{byte:02x}" for byte in (2, *number.to_bytes(5, "big")))
    return {
        "NAME": order.name,
        "HOME": home,
        "ENTITY_ID": entity,
        "ARI_PASSWORD": password,
        "SIP_ADDRESS": order.address,
        "SIP_PORT": str(chosen.sip),
        "HTTP_PORT": str(chosen.http),
        "RTP_START": str(chosen.rtp_start),
        "RTP_END": str(chosen.rtp_end),
        "IDENTIFIER_ORDER": _IDENTIFIERS[order.identify_by],
        "MUSIC_CLASSES": "\n".join(
            f"[{name}]\nmode = files\ndirectory = {home}/music/{name}" for name in classes
        ),
    }


def _fill_music(target: Path, chosen: Path | None) -> None:
    """One folder per class: those of the folder given, its own files being class default."""
    shutil.rmtree(target)
    default = target / "default"
    if chosen is None:
        music.compose(default)
        return
    default.mkdir(parents=True)
    for place in sorted(chosen.iterdir()):
        if place.is_dir():
            shutil.copytree(place, target / place.name, dirs_exist_ok=True)
        else:
            shutil.copy(place, default)


def _await_ready(instance: Instance) -> None:
    deadline = time.monotonic() + _BOOT_S
    while not _answers(instance):
        if not instance.alive() or time.monotonic() > deadline:
            stop(instance)
            raise Trouble(f"Instance {instance.name!r} did not come up: {_last_words(instance)}")
        time.sleep(_POLL_S)


def _answers(instance: Instance) -> bool:
    """Whether ARI answers; it does so only once Asterisk is fully booted."""
    url = f"http://127.0.0.1:{instance.ports.http}/ari/asterisk/info?only=status"
    word = base64.b64encode(f"acd:{instance.password}".encode()).decode()
    request = urllib.request.Request(url, headers={"Authorization": f"Basic {word}"})
    try:
        with urllib.request.urlopen(request, timeout=2):
            return True
    except (urllib.error.URLError, OSError):
        return False


def _last_words(instance: Instance) -> str:
    console = instance.folder / "log/console"
    lines = console.read_text(errors="replace").splitlines()[-3:] if console.exists() else []
    return f"{' '.join(lines) or 'it said nothing.'} See {instance.folder / 'log'}."


def _paths(folder: str) -> dict[str, str]:
    names = ("etc", "log", "music", "sounds")
    return {"home": folder, **{n: f"{folder}/{n}" for n in names},
            "recordings": f"{folder}/spool/recording"}


def _state(folder: Path) -> Path:
    return folder / "state.json"


def _save(instance: Instance) -> None:
    entry = asdict(instance)
    for name in ("folder", "music", "config"):
        entry[name] = entry[name] and str(entry[name])
    state = _state(instance.folder)
    state.touch(mode=0o600)
    state.write_text(json.dumps(entry))


def _loaded(state: Path) -> Instance:
    entry = json.loads(state.read_text())
    for name in ("folder", "music", "config"):
        entry[name] = entry[name] and Path(entry[name])
    entry["ports"] = Ports(**entry["ports"])
    entry["process"] = Process(**entry["process"])
    return Instance(**entry)
