"""The command line."""

import argparse
import json
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

from _asterisk import instances, records, sources
from _asterisk.places import Trouble
from _asterisk.ports import Wishes
from _asterisk.records import Instance, Order

Words = argparse.Namespace


def main() -> int:
    """Run one command; its exit code."""
    words = _parser().parse_args()
    try:
        words.run(words)
    except Trouble as trouble:
        print(f"tools/asterisk: {trouble}", file=sys.stderr)
        return 1
    return 0


def _install(words: Words) -> None:
    source = sources.find()
    print(f"{source.banner.strip()} ({source.kind})")


def _start(words: Words) -> None:
    began = time.monotonic()
    wishes = Wishes(
        sip=words.sip_port,
        http=words.http_port,
        rtp_start=words.rtp_start,
        rtp_end=words.rtp_end,
    )
    order = Order(
        name=words.name,
        ports=wishes,
        address=words.address,
        sip=words.sip,
        identify_by=words.identify_by,
        password=words.ari_password,
        music=words.music,
        config=words.config_dir,
        verbose=words.verbose,
        fresh=words.fresh,
    )
    _tell(instances.start(order), began, words.json)


def _restart(words: Words) -> None:
    began = time.monotonic()
    _tell(instances.restart(_named(words.name)), began, words.json)


def _stop(words: Words) -> None:
    for instance in records.every() if words.all else _perhaps(words.name):
        instances.stop(instance)


def _kill(words: Words) -> None:
    instances.kill(_named(words.name))


def _status(words: Words) -> None:
    found = _perhaps(words.name) if words.name else records.every()
    facts = [instance.facts() for instance in found]
    if words.json:
        print(json.dumps(facts))
        return
    for fact in facts:
        print("{name}: {state}, process {pid}, SIP {sip_port}, {ari_url}".format(**fact))


def _cli(words: Words) -> None:
    print(instances.console(_named(words.name), words.command), end="")


def _rest_api(words: Words) -> None:
    print(sources.find().rest_api())


def _logs(words: Words) -> None:
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
    instance = records.find(name)
    if instance is None:
        raise Trouble(f"There is no instance {name!r}. See: tools/asterisk status")
    return instance


def _perhaps(name: str) -> list[Instance]:
    instance = records.find(name)
    return [instance] if instance else []


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tools/asterisk", description=_PURPOSE)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[Words], None], purpose: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=purpose, description=purpose)
        added.set_defaults(run=run)
        return added

    command("install", _install, "prepare a fit Asterisk and print its version")
    _add_start(command("start", _start, "start an instance; returns when ARI answers"))
    restart = command("restart", _restart, "start it anew with its ports, password and database")
    _add_name(restart)
    _add_json(restart)
    _add_stop(command("stop", _stop, "end one instance, or all"))
    _add_name(command("kill", _kill, "end an instance as a crash would"))
    status = command("status", _status, "list the instances")
    status.add_argument("--name", type=_name)
    _add_json(status)
    cli = command("cli", _cli, "run one console command")
    _add_name(cli)
    cli.add_argument("command")
    command("rest-api", _rest_api, "print the folder of ARI's JSON files")
    _add_name(command("logs", _logs, "print an instance's log"))
    return parser


def _add_start(start: argparse.ArgumentParser) -> None:
    _add_name(start)
    for option in ("--sip-port", "--http-port", "--rtp-start", "--rtp-end"):
        start.add_argument(option, type=_port, metavar="PORT", help="default: a free one")
    start.add_argument("--address", default="127.0.0.1", help="for SIP (127.0.0.1)")
    start.add_argument("--sip", choices=("here", "acd"), default="here", help=_SIP)
    start.add_argument("--identify-by", choices=("ip", "username"), default="ip", help=_IDENTIFY)
    start.add_argument("--ari-password", type=_password, help="default: a random one")
    start.add_argument("--music", type=Path, help="folder of music; its folders become classes")
    start.add_argument("--config-dir", type=Path, help="*.conf that replace those of the product")
    start.add_argument("--verbose", action="store_true", help="log the dialplan's steps too")
    start.add_argument("--fresh", action="store_true", help="forget what this name left behind")
    _add_json(start)


def _add_stop(stop: argparse.ArgumentParser) -> None:
    which = stop.add_mutually_exclusive_group(required=True)
    which.add_argument("--name", type=_name)
    which.add_argument("--all", action="store_true")


def _add_name(command: argparse.ArgumentParser) -> None:
    command.add_argument("--name", type=_name, default="acd", help="which instance (acd)")


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON")


def _name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,40}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no name; use letters, digits, - and _")
    return text


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; use a number from 1 to 65535")
    return int(text)


def _password(text: str) -> str:
    # In Asterisk's configuration a semicolon starts a comment and spaces at the ends are lost.
    if not re.fullmatch(r"[!-:<-~]+", text):
        raise argparse.ArgumentTypeError("use visible ASCII without semicolons")
    return text


_PURPOSE = "Brings a fit Asterisk 22 and runs instances of it side by side."
_SIP = "who says where SIP is spoken: --address and --sip-port, or the ACD's nodes[].sip_udp etc."
_IDENTIFY = "what tells first whose a request is; username where phones share a trunk's address"
