"""What is known of an instance, kept in its folder as long as it is not stopped."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from _asterisk import places
from _asterisk.ports import Ports, Wishes
from _asterisk.processes import Process


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked for in an instance."""

    name: str
    ports: Wishes = field(default_factory=Wishes)
    address: str = "127.0.0.1"
    sip: str = "here"
    """Who says where SIP is spoken: `here`, at the address, or `acd`, its configuration."""
    identify_by: str = "ip"
    password: str | None = None
    music: Path | None = None
    config: Path | None = None
    verbose: bool = False
    fresh: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """An instance that was started and not stopped; its process may have died since."""

    order: Order
    folder: Path
    kind: str
    home: str
    ports: Ports
    password: str
    process: Process

    @property
    def name(self) -> str:
        return self.order.name

    @property
    def ari_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.http}/ari"

    def alive(self) -> bool:
        return self.process.alive()

    def facts(self) -> dict[str, object]:
        """All that a client needs, ready for JSON."""
        return {
            "name": self.name,
            "state": "running" if self.alive() else "dead",
            "pid": self.process.pid,
            "source": self.kind,
            "ari_url": self.ari_url,
            "ari_user": "acd",
            "ari_password": self.password,
            "sip_address": self.order.address,
            "sip_port": self.ports.sip,
            "http_port": self.ports.http,
            "rtp_start": self.ports.rtp_start,
            "rtp_end": self.ports.rtp_end,
            # The same folders twice: as seen here, and as Asterisk sees them.
            "paths": _paths(str(self.folder)),
            "asterisk_paths": _paths(self.home),
        }


def find(name: str) -> Instance | None:
    """The instance of that name; None if it was never started, or was stopped."""
    record = _record(places.run() / name)
    return _loaded(record) if record.exists() else None


def every() -> list[Instance]:
    """All that were started and not stopped, by name."""
    return [_loaded(record) for record in sorted(places.run().glob("*/instance.json"))]


def save(instance: Instance) -> None:
    """Keep it; only its owner may read it, for the password."""
    record = _record(instance.folder)
    record.touch(mode=0o600)
    record.write_text(json.dumps(asdict(instance), default=str))


def forget(instance: Instance) -> None:
    """It was stopped."""
    _record(instance.folder).unlink(missing_ok=True)


def _record(folder: Path) -> Path:
    return folder / "instance.json"


def _loaded(record: Path) -> Instance:
    entry: dict[str, Any] = json.loads(record.read_text())
    order = entry.pop("order")
    order["ports"] = Wishes(**order["ports"])
    for name in ("music", "config"):
        order[name] = order[name] and Path(order[name])
    entry["folder"] = Path(entry["folder"])
    entry["ports"] = Ports(**entry["ports"])
    entry["process"] = Process(**entry["process"])
    return Instance(order=Order(**order), **entry)


def _paths(folder: str) -> dict[str, str]:
    names = ("etc", "log", "moh", "music", "sounds")
    own = {name: f"{folder}/{name}" for name in names}
    return {"home": folder, "recordings": f"{folder}/spool/recording", **own}
