"""A plan in lines: what is added, removed and changed, and who would notice."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from acd.app.configuring import at_start
from acd.app.proposing import Proposal
from acd.config.concealing import concealed
from acd.config.difference import Change, keys

SIGNS = {"added": "+", "removed": "-", "changed": "~"}
AFFECTED = ("queues", "agents", "extensions", "trunks")


def as_json(proposal: Proposal, affected: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        "base": proposal.base,
        "plan": proposal.digest,
        "changes": [_told(change) for change in proposal.changes],
        "at_start": at_start(proposal.changes),
        "affected": affected,
        "warnings": proposal.warnings,
    }


def lines(proposal: Proposal, affected: Mapping[str, Any] | None) -> Iterator[str]:
    """What `acd plan` prints."""
    yield from (f"warning: {warning}" for warning in proposal.warnings)
    yield f"version {proposal.base} is in force" if proposal.base else "no version is in force yet"
    for change in proposal.changes:
        yield from _change(change)
    yield from who(affected)
    later = at_start(proposal.changes)
    if later and proposal.base:
        yield f"from the next start on: {', '.join(later)}"
    if proposal.changes or proposal.texts is not None:
        what = "" if proposal.changes else "only comments or the form have changed; "
        yield f"{what}plan {proposal.digest}: acd apply --plan {proposal.digest}"
    else:
        yield "nothing is to be changed"


def who(affected: Mapping[str, Any] | None) -> Iterator[str]:
    """Who would notice, in sentences."""
    if affected is None:
        return
    for queue, count in affected["waiting"].items():
        yield f"! {_callers(count)} in queue {queue}, which goes: served there until it is empty"
    for agent in affected["on_call"]:
        yield f"! {agent} is on a call, which goes on"
    for agent in affected["logged_in"]:
        yield f"! {agent} is logged in"
    for number in affected["registered"]:
        yield f"! a phone is registered as {number}, which goes or changes"
    for trunk, count in affected["calls"].items():
        yield f"! {count} call{_s(count)} on trunk {trunk}, which goes: they go on"


def about(changes: Sequence[Change]) -> dict[str, list[str]]:
    """Of what the process is asked who would notice."""
    asked: dict[str, list[str]] = {section: [] for section in AFFECTED}
    for change in changes:
        gone, section = change.kind == "removed", change.one.section
        if section in AFFECTED and (gone or _is_hurt(change)):
            asked[section].append(change.one.name)
    return asked


def _is_hurt(change: Change) -> bool:
    """Whether a change means something to who is there: a phone must register anew, an agent may
    be logged out."""
    return change.kind == "changed" and change.one.section in ("agents", "extensions")


def _change(change: Change) -> Iterator[str]:
    one = change.one
    owned = " (of the database)" if one.owner == "database" else ""
    yield f"{SIGNS[change.kind]} {' '.join(filter(None, (one.section, one.name)))}{owned}"
    if change.kind == "changed":
        for key, old, new in _keys(change):
            same = " (another one)" if old == new else ""
            yield f"    {key}: {_value(old)} -> {_value(new)}{same}"


def _keys(change: Change) -> Iterator[tuple[str, Any, Any]]:
    section = change.one.section
    for key, old, new in keys(change):
        yield key, concealed(section, key, old), concealed(section, key, new)


def _told(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "section": change.one.section,
        "name": change.one.name,
        "owner": change.one.owner,
        "keys": {key: [old, new] for key, old, new in _keys(change)},
    }


def _value(value: Any) -> str:
    match value:
        case None:
            return "not set"
        case list():
            return _list(value)
    return str(value)


def _list(value: Iterable[Any]) -> str:
    return f"[{', '.join(map(str, value))}]"


def _callers(count: int) -> str:
    return f"{count} caller{_s(count)} wait{'s' if count == 1 else ''}"


def _s(count: int) -> str:
    return "" if count == 1 else "s"
