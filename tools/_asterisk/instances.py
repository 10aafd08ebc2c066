"""The life of an instance: start, restart, stop, kill, and a word with its console."""

import base64
import secrets
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import asdict, replace

from _asterisk import configuration, places, ports, records, sources
from _asterisk.places import Trouble
from _asterisk.ports import Ports, Wishes
from _asterisk.processes import Process
from _asterisk.records import Instance, Order

_BOOT_S = 30.0
_STOP_S = 10.0
_POLL_S = 0.02


def start(order: Order) -> Instance:
    """Start an instance and return once it is booted and ARI answers.

    Raises Trouble if the name runs already, a port is taken or it does not come up.
    """
    source = sources.find()
    with places.locked("start"):
        _refuse_running(order.name)
        instance = _launch(order, source, ports.choose(order.ports))
        ports.claim(instance.ports, instance.process)
    _await_ready(instance)
    return instance


def restart(instance: Instance) -> Instance:
    """Stop it if it lives, and start it as it was: ports, password, database."""
    stop(instance)
    wishes = Wishes(**asdict(instance.ports))
    return start(replace(instance.order, ports=wishes, password=instance.password, fresh=False))


def stop(instance: Instance) -> None:
    """End it, gently if it listens; its folder stays, for the logs. Gone already is success."""
    if not instance.process.end(signal.SIGTERM, _STOP_S):
        kill(instance)
    records.forget(instance)


def kill(instance: Instance) -> None:
    """End it as a crash would; it stays listed, dead. Raises Trouble if it cannot be ended."""
    if not instance.process.end(signal.SIGKILL, _STOP_S):
        pid = instance.process.pid
        raise Trouble(f"Process {pid} outlives SIGKILL. See what it waits for: ps -l {pid}")


def console(instance: Instance, command: str) -> str:
    """What the console prints for the command. Raises Trouble if it does not answer."""
    if not instance.alive():
        remedy = f"Run: tools/asterisk restart --name {instance.name}"
        raise Trouble(f"Instance {instance.name!r} is dead. {remedy}")
    words = sources.find(instance.kind).console(instance.folder, instance.process.pid, command)
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Trouble(f"The console says: {done.stderr.strip() or done.stdout.strip()}.")
    return done.stdout


def _refuse_running(name: str) -> None:
    earlier = records.find(name)
    if earlier and earlier.alive():
        raise Trouble(
            f"Instance {name!r} runs already, process {earlier.process.pid}. Choose another "
            f"--name, or run: tools/asterisk stop --name {name}"
        )


def _launch(order: Order, source: sources.Source, chosen: Ports) -> Instance:
    folder = places.run() / order.name
    if order.fresh and folder.exists():
        shutil.rmtree(folder)
    password = order.password or secrets.token_urlsafe(18)
    home = source.home(folder)
    configuration.prepare(folder, order, chosen, home, password)
    source.give(folder)
    instance = Instance(
        order=order,
        folder=folder,
        kind=source.kind,
        home=home,
        ports=chosen,
        password=password,
        process=Process.of(source.launch(folder)),
    )
    records.save(instance)
    return instance


def _await_ready(instance: Instance) -> None:
    deadline = time.monotonic() + _BOOT_S
    while not _answers(instance):
        if not instance.alive() or time.monotonic() > deadline:
            stop(instance)
            raise Trouble(f"Instance {instance.name!r} did not come up: {_last_words(instance)}")
        time.sleep(_POLL_S)


def _answers(instance: Instance) -> bool:
    """Whether ARI answers; it does so only once Asterisk is fully booted."""
    word = base64.b64encode(f"acd:{instance.password}".encode()).decode()
    url = f"{instance.ari_url}/asterisk/info?only=status"
    request = urllib.request.Request(url, headers={"Authorization": f"Basic {word}"})
    try:
        with urllib.request.urlopen(request, timeout=2):
            return True
    except OSError:
        return False


def _last_words(instance: Instance) -> str:
    console = instance.folder / "log/console"
    lines = console.read_text(errors="replace").splitlines()[-3:] if console.exists() else []
    return f"{' '.join(lines) or 'it said nothing.'} See {console.parent}."
