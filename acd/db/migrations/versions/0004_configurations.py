"""Versions of the configuration; its settings as rows of their own.

Revision ID: 0004
Revises: 0003
"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

TIME = sa.DateTime(timezone=True)
LIVE = sa.table("live", sa.column("kind"), sa.column("key"), sa.column("body"))
SPLIT = {"queues": "QueueSettings", "agents": "AgentSettings"}
"""What was kept within the one row of the settings, and is a kind of rows now."""


def upgrade() -> None:
    op.create_table(
        "configurations",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("sources", sa.String(), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_configurations"),
    )
    op.create_table(
        "configuration_sources",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_configuration_sources"),
    )
    op.create_table(
        "entities",
        sa.Column("section", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("section", "name", name="pk_entities"),
    )
    _split()


def downgrade() -> None:
    for table in ("entities", "configuration_sources", "configurations"):
        op.drop_table(table)
    _join()


def _split() -> None:
    """One row of settings becomes many: calls that wait in a queue need its row."""
    for whole in _taken("Settings").values():
        for field, kind in SPLIT.items():
            for key, body in whole.pop(field, {}).items():
                _insert(kind, key, body)
        _insert("General", "general", whole)


def _join() -> None:
    parts = {field: _taken(kind) for field, kind in SPLIT.items()}
    for general in _taken("General").values():
        _insert("Settings", "settings", general | parts)


def _taken(kind: str) -> dict[str, Any]:
    """The live rows of the kind, by their keys; they are there no longer."""
    connection = op.get_bind()
    of_kind = LIVE.c.kind == kind
    rows = connection.execute(sa.select(LIVE.c.key, LIVE.c.body).where(of_kind)).all()
    connection.execute(sa.delete(LIVE).where(of_kind))
    return {key: json.loads(body) for key, body in rows}


def _insert(kind: str, key: str, body: Any) -> None:
    values = {"kind": kind, "key": key, "body": json.dumps(body, ensure_ascii=False)}
    op.get_bind().execute(sa.insert(LIVE).values(values))
