"""Erasing a person where the configuration's earlier versions name one too."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Engine

from acd.config.difference import Change, changes_of, changes_text
from acd.config.forgetting import Forgetting, called, digests
from acd.config.texts import packed, unpacked
from acd.db import erasing
from acd.db.configuration_tables import configuration_sources, configurations
from acd.db.erasing import Changed, Erased
from acd.db.moment import brief, one_moment
from acd.db.pseudonyms import Kind, Person


def erase_person(engine: Engine, kind: Kind, name: str) -> Erased:
    """Erase a caller, by number, or an agent, by user name; of an agent the account goes, and
    earlier versions are as if there had been no such agent. Raises NotErasable."""
    return erasing.erase(engine, kind, name, forget=_forget)


def _forget(engine: Engine, person: Person) -> Changed:
    """The texts come first: what the agent was called is known from the versions."""
    if person.kind != "agent":
        return {}
    with one_moment(engine) as connection:
        newest_first = configurations.c.version.desc()
        versions = connection.execute(select(configurations).order_by(newest_first)).all()
    changes = [changes_of(json.loads(version.changes)) for version in versions]
    known = person.also(name for each in changes for name in called(each, person.id))
    forgetting = Forgetting(agent=person.id, value=known.value, text=known.text)

    def texts(row: Any) -> dict[str, Any]:
        before = unpacked(row.body)
        after = forgetting.texts(before)
        return {"body": row.body if after == before else packed(after)}

    query = select(configuration_sources)
    return {
        "configuration_sources": erasing.change(engine, configuration_sources, query, texts),
        "configurations": _rewrite(engine, person, forgetting, versions, changes),
    }


def _rewrite(
    engine: Engine,
    person: Person,
    forgetting: Forgetting,
    versions: Sequence[Any],
    changes: Iterable[list[Change]],
) -> int:
    """All versions in one transaction, for each tells how to go back beyond it; how many change."""
    left = [forgetting.changes(each) for each in changes]
    newest = versions[0].digest if versions else ""
    changed = 0
    with brief(engine) as connection:
        for row, each, digest in zip(versions, left, digests(newest, left), strict=True):
            values = {
                "author": person.pseudonym if row.author == person.id else row.author,
                "note": forgetting.text(row.note),
                "digest": digest,
                "changes": changes_text(each),
            }
            if any(getattr(row, name) != value for name, value in values.items()):
                this = configurations.c.version == row.version
                connection.execute(update(configurations).where(this).values(values))
                changed += 1
    return changed
