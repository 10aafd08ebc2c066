"""The command line."""

import argparse
import json
import re
import sys
import time
from pathlib import Path

from _asterisk import instances, sources
from _asterisk.instances import Instance, Order
from _asterisk.places import Trouble
from _asterisk.ports import Wishes


def main() -> int:
    """Run one command; its exit code."""
    words = _parser().parse_args()
    try:
        words.run(words)
    except Trouble as trouble:
        print(f"tools/asterisk: {trouble}", file=sys.stderr)
        return 1
    return 0


def _install(words: argparse.Namespace) -> None:
    source = sources.find()
    print(f"{source.banner.strip()} ({source.kind})")


def _start(words: argparse.Namespace) -> None:
    began = time.monotonic()
    order = Order(
        name=words.name,
        ports=Wishes(
            sip=words.sip_port, http=words.http_port, rtp_start=words.rtp_start,
            rtp_end=words.rtp_end,
        ),
        address=words.address, identify_by=words.identify_by, password=words.ari_password,
        music=words.music, config=words.config_dir, fresh=words.fresh,
    )  # fmt: skip
    _tell(instances.start(order), began, words.json)


def _restart(words: argparse.Namespace) -> None:
    began = time.monotonic()
    _tell(instances.restart(_named(words.name)), began, words.json)


def _stop(words: argparse.Namespace) -> None:
    for instance in instances.every() if words.all else _perhaps(words.name):
        instances.stop(instance)


def _kill(words: argparse.Namespace) -> None:
    if not instances.kill(_named(words.name)):
        raise Trouble(f"Instance {words.name!r} outlives SIGKILL. See the kernel's log.")


def _status(words: argparse.Namespace) -> None:
    found = _perhaps(words.name) if words.name else instances.every()
    facts = [instance.facts() for instance in found]
    if words.json:
        print(json.dumps(facts))
        return
    for fact in facts:
        print("{name}: {state}, process {pid}, SIP {sip_port}, {ari_url}".format(**fact))


def _cli(words: argparse.Namespace) -> None:
    print(instances.console(_named(words.name), words.command), end="")


def _rest_api(words: argparse.Namespace) -> None:
    print(sources.find().rest_api())


def _logs(words: argparse.Namespace) -> None:
    for name in ("console", "messages"):
        log = _named(words.name).folder / "log" / name
        if log.exists():
            sys.stdout.write(log.read_text(errors="replace"))


def _tell(instance: Instance, began: float, as_json: bool) -> None:
    facts = instance.facts() | {"start_s": round(time.monotonic() - began, 2)}
    if as_json:
        print(json.dumps(facts))
        return
    for name, value in facts.items():
        print(f"{name}: {value}")


def _named(name: str) -> Instance:
    instance = instances.find(name)
    if instance is None:
        raise Trouble(f"There is no instance {name!r}. See: tools/asterisk status")
    return instance


def _perhaps(name: str) -> list[Instance]:
    instance = instances.find(name)
    return [instance] if instance else []


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tools/asterisk", description=_PURPOSE)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _command(commands, "install", _install, "prepare a fit Asterisk and print its version")
    _add_start(_command(commands, "start", _start, "start an instance; back when ARI answers"))
    for name, run, purpose in (
        ("restart", _restart, "the same instance anew: its ports, password and database"),
        ("kill", _kill, "end an instance as a crash would"),
        ("logs", _logs, "print its log"),
    ):
        _add_name(_command(commands, name, run, purpose))
    commands.choices["restart"].add_argument("--json", action="store_true")
    stop = _command(commands, "stop", _stop, "end one instance, or all")
    which = stop.add_mutually_exclusive_group(required=True)
    which.add_argument("--name", type=_name)
    which.add_argument("--all", action="store_true")
    status = _command(commands, "status", _status, "list the instances")
    status.add_argument("--name", type=_name)
    status.add_argument("--json", action="store_true")
    cli = _command(commands, "cli", _cli, "run one console command")
    _add_name(cli)
    cli.add_argument("command")
    _command(commands, "rest-api", _rest_api, "print the folder of ARI's JSON files")
    return parser


def _command(commands, name, run, purpose):  # type: ignore[no-untyped-def]
    command = commands.add_parser(name, help=purpose, description=purpose)
    command.set_defaults(run=run)
    return command


def _add_name(command: argparse.ArgumentParser) -> None:
    command.add_argument("--name", type=_name, default="acd", help="which instance (acd)")


def _add_start(start: argparse.ArgumentParser) -> None:
    _add_name(start)
    for option in ("--sip-port", "--http-port", "--rtp-start", "--rtp-end"):
        start.add_argument(option, type=int, metavar="PORT", help="default: a free one")
    start.add_argument("--address", default="127.0.0.1", help="for SIP and RTP (127.0.0.1)")
    start.add_argument("--identify-by", choices=("ip", "username"), default="ip", help=_IDENTIFY)
    start.add_argument("--ari-password", help="default: a random one")
    start.add_argument("--music", type=Path, help="folder of music; its folders become classes")
    start.add_argument("--config-dir", type=Path, help="*.conf that replace those of the product")
    start.add_argument("--fresh", action="store_true", help="forget the database of that name")
    start.add_argument("--json", action="store_true", help="print one JSON object")


def _name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,40}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no name; use letters, digits, - and _")
    return text


_IDENTIFY = "what tells whose a request is first; username where phones share a trunk's address (ip)"
_PURPOSE = "Brings a fit Asterisk 22 and runs instances of it side by side."
