"""What agents have written about a caller: it goes with the caller's name and numbers."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select

from acd.db.pseudonyms import Person
from acd.db.tables import dispositions, interactions, journal

SUBMITTED = "SubmitDisposition"


def journalled(caller: str) -> ColumnElement[bool]:
    """The lines in which a call of that caller is closed. To be asked for while the call still
    has the caller's number."""
    key = '%"interaction":"' + interactions.c.id + '"%'
    mine = exists().where(interactions.c.caller == caller, journal.c.input.like(key))
    return and_(journal.c.type == SUBMITTED, mine)


def about(person: Person) -> ColumnElement[bool]:
    """The dispositions that have to do with the person."""
    words = [dispositions.c.note.contains(word, autoescape=True) for word in person.numbers]
    if person.kind == "agent":
        named = dispositions.c.note.contains(person.id, autoescape=True)
        return or_(dispositions.c.agent == person.id, named, *words)
    calls = select(interactions.c.id).where(interactions.c.caller == person.id)
    return or_(dispositions.c.interaction.in_(calls), *words)


def disposition_without(person: Person, row: Any) -> dict[str, Any]:
    """What changes in the row of a disposition."""
    return {"agent": person.value(row.agent, "agent")} | _words(person, row.note, row.tags)


def request_without(person: Person, body: dict[str, Any]) -> dict[str, Any]:
    """The request in the journal without the person."""
    request: dict[str, Any] = person.value(body)
    return request | _words(person, body["note"], body["tags"])


def _words(person: Person, note: str, tags: list[str]) -> dict[str, Any]:
    """A note on a caller may say anything: nothing of it is left, but that there was one, for
    without it the request may have been refused. Tags are words of the trade."""
    wiped = person.pseudonym if person.kind == "caller" and note.strip() else person.text(note)
    return {"note": wiped, "tags": [person.text(tag) for tag in tags]}
