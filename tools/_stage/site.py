"""The site: an Asterisk, the passwords, and the environment that the sample wants.

| variable | |
| --- | --- |
| ACD_RUN | the folder of all that is kept; .run. The demo has a folder in it |
| CONFIG | the configuration; config/acd.yaml |
| ADDRESS | the address of this machine where phones register; 127.0.0.1 |
| SIP_PORT | and at which port; 5060 |
| ACD_HTTP | instead of the configuration's http |
"""

import json
import os
import secrets
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from acd.config import BadConfiguration, Configuration, http_address, load

ROOT = Path(__file__).resolve().parents[2]
NAME = "acd"
EXTENSIONS = ("1001", "1002", "1003", "1004")


class Trouble(Exception):
    """It cannot go on; the text says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """An Asterisk that runs, and the configuration filled in for it."""

    environment: dict[str, str]
    configuration: Configuration
    config: Path
    variables: Path
    server: tuple[str, int]
    http: str
    started_here: bool

    @property
    def url(self) -> str:
        return f"http://{self.http}"

    def password(self, number: str) -> str:
        return next(
            extension.password.get_secret_value()
            for extension in self.configuration.file.extensions
            if extension.number == number
        )


def open_site(*, apart: str = "") -> Site:
    """Start the Asterisk, or take the one an earlier run has left, calls and all. Raises
    Trouble.

    apart: the name of a folder of its own, in which nothing is kept from one time to the next.
    """
    run = Path(os.environ.get("ACD_RUN", ROOT / ".run"), apart).resolve()
    os.environ["ACD_RUN"] = str(run)
    run.mkdir(parents=True, exist_ok=True)
    earlier = [one for one in _tool("status", "--name", NAME, "--json") if one["state"] != "dead"]
    if apart and not earlier:
        shutil.rmtree(run)
        run.mkdir()
    facts = earlier[0] if earlier else _start()
    variables = {
        **_passwords(run / "env"),
        "ACD_RUN": str(run),
        "ARI_URL": facts["ari_url"],
        "ARI_USER": facts["ari_user"],
        "ARI_PASSWORD": facts["ari_password"],
        "SIP_ADDRESS": facts["sip_address"],
    }
    environment = {**os.environ, **variables}
    config = Path(os.environ.get("CONFIG", ROOT / "config/acd.yaml"))
    try:
        configuration = load(config, environment)
        http = os.environ.get("ACD_HTTP", configuration.file.http)
        http_address(http)
    except BadConfiguration as error:
        if not earlier:
            close_site()
        raise Trouble(str(error)) from error
    _keep(run / "env", {**variables, "ACD_SERVER": f"http://{http}"})
    return Site(
        environment=environment,
        configuration=configuration,
        config=config,
        variables=run / "env",
        server=(facts["sip_address"], facts["sip_port"]),
        http=http,
        started_here=not earlier,
    )


def close_site() -> None:
    """Stop the Asterisk. Raises Trouble."""
    _run("stop", "--name", NAME)


def _address() -> str:
    """Asterisk tells phones this address for voice: it must be one, not all of them."""
    address = os.environ.get("ADDRESS", "127.0.0.1")
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).bind((address, 0))
    except OSError as error:
        raise Trouble(f"ADDRESS {address} is no address of this machine ({error}).") from error
    if address == "0.0.0.0":
        raise Trouble("ADDRESS must be the one address that phones reach this machine at.")
    return address


def _start() -> dict[str, Any]:
    address = _address()
    print("Asterisk:", _run("install").strip(), flush=True)
    found: dict[str, Any] = _tool(
        "start",
        "--name",
        NAME,
        "--address",
        address,
        "--sip-port",
        os.environ.get("SIP_PORT", "5060"),
        # Softphones may be on the address that the sample's callers come from.
        "--identify-by",
        "username",
        "--json",
    )
    return found


def _tool(*words: str) -> Any:
    return json.loads(_run(*words))


def _run(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools/asterisk"), *words],
        capture_output=True,
        text=True,
        check=False,
        # ctrl-C is for us: what we start must not be cut off halfway.
        start_new_session=True,
    )
    if done.returncode:
        raise Trouble(done.stderr.strip())
    return done.stdout


def _passwords(path: Path) -> dict[str, str]:
    """What the file says, with passwords of the phones that are made once and kept there."""
    words = shlex.split(path.read_text(), comments=True) if path.exists() else []
    kept = dict(word.split("=", 1) for word in words if "=" in word)
    new = {name: _password() for name in _names() if name not in kept}
    if new:
        _keep(path, {**kept, **new})
    return {**kept, **new}


def _keep(path: Path, variables: dict[str, str]) -> None:
    """So that a shell reads it, and with it any other command works on this site."""
    path.touch(mode=0o600)
    lines = (f"{name}={shlex.quote(value)}\n" for name, value in variables.items())
    path.write_text("".join(lines))


def _password() -> str:
    """Easy to type, and 59 bits."""
    return "".join(secrets.choice("abcdefghijkmnpqrstuvwxyz23456789") for _ in range(12))


def _names() -> Iterable[str]:
    return (f"EXT_{number}_PASSWORD" for number in EXTENSIONS)
