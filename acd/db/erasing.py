"""Erasing one person's data: a pseudonym takes the place of name and numbers, everywhere.

What is still to be changed is found by the person's own name, so that it may be stopped at any
time and begun again. The salt of the pseudonym goes when all is done: then nobody can tell whose
it was.
"""

import json
import logging
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Table,
    Update,
    and_,
    delete,
    event,
    exists,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.engine import Connection, Engine

from acd.db import notes
from acd.db.account_tables import accounts, tokens
from acd.db.configuration_tables import entities
from acd.db.errors import DatabaseError
from acd.db.journal_tables import erasures, snapshots
from acd.db.moment import brief, one_moment
from acd.db.pseudonyms import Kind, Person, digest, for_agent, for_caller
from acd.db.snapshots import packed, unpacked
from acd.db.tables import (
    agent_intervals,
    attempts,
    callback_marks,
    dispositions,
    interactions,
    journal,
    legs,
    live,
    offers,
)

logger = logging.getLogger(__name__)
BATCH = 200
"""Rows that are changed in one transaction."""
CONFIGURED = "this {} is part of the configuration: take it out of there and apply that"
PAUSE_S = 0.02
"""Between two of them the writer of the journal has its turn."""
Values = dict[str, Any]
Changed = Mapping[str, int]
"""How many rows of each table."""


class NotErasable(DatabaseError):
    """The person is in a call, or part of the configuration; the text says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    pseudonym: str
    changed: Changed


def erase(
    engine: Engine,
    kind: Kind,
    name: str,
    forget: Callable[[Engine, Person], Changed] = lambda engine, person: {},
) -> Erased:
    """Erase a caller, by number, or an agent, by user name. forget: what has the configuration's
    earlier versions forget the person. Raises NotErasable."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _overwrite)
    person = _begin(engine, kind, name)
    changed = {
        "journal": change(engine, journal, _in_journal(person), lambda row: _line(person, row)),
        "snapshots": change(
            engine, snapshots, select(snapshots), lambda row: _snapshot(person, row)
        ),
        **{table.name: change(engine, table, *how) for table, how in _reports(person).items()},
        **_forget_account(engine, person),
        **forget(engine, person),
    }
    _end(engine, person, something=any(changed.values()))
    about = {"pseudonym": person.pseudonym, "kind": kind, **changed}
    logger.info("a person's data is erased", extra=about)
    return Erased(pseudonym=person.pseudonym, changed=changed)


def _overwrite(connection: Any, _record: Any) -> None:
    """What is deleted is overwritten, not only forgotten."""
    connection.execute("pragma secure_delete = on").close()


# Beginning and end.


def _begin(engine: Engine, kind: Kind, name: str) -> Person:
    with one_moment(engine) as connection:
        agents = connection.scalars(select(agent_intervals.c.agent).distinct()).all()
        numbers = _numbers(connection, kind, name)
    with brief(engine) as connection:
        _refuse_present(connection, kind, name)
        found = _unfinished(connection, kind, name)
        if found is None:
            salt = secrets.token_bytes(16)
            found = for_caller(salt, name) if kind == "caller" else for_agent(salt, name, agents)
            values = {"pseudonym": found, "kind": kind, "salt": salt}
            connection.execute(insert(erasures), {**values, "started_at": datetime.now(UTC)})
    return Person(kind=kind, id=name, pseudonym=found, numbers=numbers)


def _end(engine: Engine, person: Person, *, something: bool) -> None:
    """Forget the salt; forget all where there was nothing to erase."""
    this = erasures.c.pseudonym == person.pseudonym
    ended = update(erasures).where(this).values(salt=None, ended_at=datetime.now(UTC))
    with brief(engine) as connection:
        connection.execute(ended if something else delete(erasures).where(this))
    if engine.dialect.name == "sqlite":
        # The log that is written ahead still has the old pages; if it is in use, not for long.
        with engine.connect() as connection:
            connection.connection.driver_connection.execute(  # type: ignore[union-attr]
                "pragma wal_checkpoint(truncate)"
            ).close()


def _unfinished(connection: Connection, kind: Kind, name: str) -> str | None:
    query = select(erasures.c.pseudonym, erasures.c.salt)
    for pseudonym, salt in connection.execute(
        query.where(erasures.c.kind == kind, erasures.c.ended_at.is_(None))
    ):
        if pseudonym.endswith(digest(salt, name)):
            return str(pseudonym)
    return None


def _refuse_present(connection: Connection, kind: Kind, name: str) -> None:
    """Whoever is part of the live state, or will be from the next start on, is called by name in
    all that is still to come."""
    mine = and_(entities.c.section == "agents", entities.c.name == name)
    if kind == "agent" and connection.scalar(select(exists().where(mine))):
        raise NotErasable(CONFIGURED.format(kind))
    quoted = json.dumps(name)
    calls = select(interactions.c.id).where(interactions.c.caller == name)
    own = frozenset(connection.scalars(calls)) if kind == "caller" else frozenset()
    for of, body in connection.execute(select(live.c.kind, live.c.body)):
        if of == "Agent" and own.intersection(_calls_of(json.loads(body))):
            raise NotErasable(f"an agent still has a call of this {kind}: try again after it")
        if quoted not in body and f"/{name}@" not in body:
            continue
        if of in ("Interaction", "Leg", "Entry", "Offer", "Attempt"):
            raise NotErasable(f"this {kind} is in a call: try again when it is over")
        if of == "KeptPlace":
            until = json.loads(body)["due"]
            raise NotErasable(f"this {kind} has a place in a queue until {until}: try again then")
        if _is_own(kind, of, json.loads(body), name):
            raise NotErasable(CONFIGURED.format(kind))


def _calls_of(agent: Any) -> Iterator[str]:
    """The interactions that an agent talks in, or can still write about."""
    return (assignment["interaction"] for assignment in agent["assignments"])


def _is_own(kind: Kind, of: str, body: Any, name: str) -> bool:
    """Whether a row of the configuration means the person by that word."""
    if kind == "agent":
        return name in (body.get("id"), body.get("agent"), *body.get("agents", ()))
    numbers = [body.get(key) for key in ("number", "extension", "mobile")]
    return name in (*numbers, *body.get("routes", ())) and of != "Agent"


def _numbers(connection: Connection, kind: Kind, name: str) -> frozenset[str]:
    """All the numbers of the person: an agent has had mobiles."""
    if kind == "caller":
        return frozenset({name})
    texts = [*connection.scalars(select(journal.c.input).where(_about_agents(name)))]
    for body in connection.scalars(select(snapshots.c.body)):
        texts += [text for of, text in unpacked(body) if of == "AgentSettings"]
    found = [mobile for text in texts for mobile in _mobiles(json.loads(text), name)]
    return frozenset(found)


def _about_agents(name: str) -> ColumnElement[bool]:
    return and_(journal.c.type == "Apply", journal.c.input.contains(name, autoescape=True))


def _mobiles(body: Any, agent: str) -> Iterator[str]:
    if isinstance(body, list):
        for each in body:
            yield from _mobiles(each, agent)
    elif isinstance(body, dict):
        if body.get("agent") == agent and body.get("mobile"):
            yield body["mobile"]
        for each in body.values():
            yield from _mobiles(each, agent)


# What is changed, and how.


def _in_journal(person: Person) -> Any:
    words = (person.id, *person.numbers)
    columns = (journal.c.input, journal.c.effects, journal.c.detail)
    found = [column.contains(word, autoescape=True) for column in columns for word in words]
    if person.kind == "caller":
        found.append(notes.journalled(person.id))
    return select(journal).where(or_(*found))


def _line(person: Person, row: Any) -> Values:
    if row.kind == "quarantine":
        about = json.dumps(person.value(json.loads(row.input), "agent"))
    elif row.type == notes.SUBMITTED:
        about = _dumps(notes.request_without(person, json.loads(row.input)))
    else:
        about = _dumps(person.value(json.loads(row.input)))
    effects = _dumps(person.value(json.loads(row.effects)))
    return {"input": about, "effects": effects, "detail": person.text(row.detail)}


def _snapshot(person: Person, row: Any) -> Values:
    rows = unpacked(row.body)
    if not any(person.is_in(text) for _, text in rows):
        return {"body": row.body}
    changed = ((kind, _dumps(person.row(kind, json.loads(text)))) for kind, text in rows)
    return {"body": packed(changed)}


def _dumps(value: Any) -> str:
    """As the codec writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _reports(person: Person) -> dict[Table, tuple[Any, Callable[[Any], Values]]]:
    """What is over, of which nothing is written any more."""
    closings = {
        dispositions: (
            select(dispositions).where(notes.about(person)),
            lambda row: notes.disposition_without(person, row),
        )
    }
    if person.kind == "agent":
        return (
            closings
            | {
                table: (
                    select(table).where(table.c.agent == person.id),
                    lambda _: {"agent": person.pseudonym},
                )
                for table in (legs, attempts, agent_intervals)
            }
            | {offers: (select(offers), lambda row: _offer(person, row))}
            | {
                callback_marks: (
                    select(callback_marks).where(callback_marks.c.by == person.id),
                    lambda _: {"by": person.pseudonym},
                )
            }
        )
    number, table = person.id, interactions
    mine = or_(table.c.caller == number, table.c.number == number)
    # The calls last: by their caller what was written about them is found.
    return closings | {
        table: (
            select(table).where(mine, table.c.ended_at.is_not(None)),
            lambda row: {
                "caller": person.value(row.caller),
                "number": person.value(row.number),
            },
        )
    }


def _forget_account(engine: Engine, person: Person) -> Changed:
    """Whoever is erased logs in no more; what others call their tokens may name the person."""
    if person.kind != "agent":
        return {}
    with brief(engine) as connection:
        connection.execute(delete(tokens).where(tokens.c.username == person.id))
        gone = connection.execute(delete(accounts).where(accounts.c.username == person.id))
    named = change(engine, tokens, select(tokens), lambda row: {"name": person.text(row.name)})
    return {"accounts": gone.rowcount, "tokens": named}


def _offer(person: Person, row: Any) -> Values:
    agent = person.value(row.agent, "agent")
    return {"agent": agent, "explanation": person.value(row.explanation)}


def change(engine: Engine, table: Table, query: Any, values_of: Callable[[Any], Values]) -> int:
    """Change the rows that the query finds now, some at a time; gives how many did change."""
    keys = list(table.primary_key)
    with one_moment(engine) as connection:
        found = connection.execute(query.with_only_columns(*keys)).all()
    changed = 0
    for begin in range(0, len(found), BATCH):
        # Nobody else changes what is past, and nobody waits while it is only read.
        with one_moment(engine) as connection:
            some = [
                change
                for key in found[begin : begin + BATCH]
                if (change := _change_of(connection, table, keys, key, values_of)) is not None
            ]
        with brief(engine) as connection:
            for change in some:
                connection.execute(change)
        changed += len(some)
        time.sleep(PAUSE_S)
    return changed


def _change_of(
    connection: Connection,
    table: Table,
    keys: Sequence[Any],
    key: Sequence[Any],
    values_of: Callable[[Any], Values],
) -> Update | None:
    """What changes the row with that key; None if nothing does."""
    this = and_(*(column == value for column, value in zip(keys, key, strict=True)))
    row = connection.execute(select(table).where(this)).one_or_none()
    values = values_of(row) if row else {}
    if all(getattr(row, name) == value for name, value in values.items()):
        return None
    return update(table).where(this).values(values)
