"""The tables of accounts. No secret is in them: passwords are argon2id hashes, of tokens there is
the SHA-256."""

from sqlalchemy import Boolean, Column, ForeignKey, String, Table

from acd.db.tables import Utc, metadata

accounts = Table(
    "accounts",
    metadata,
    Column("username", String, primary_key=True),
    Column("role", String, nullable=False),
    Column("password_hash", String, nullable=False),
    Column("must_change_password", Boolean, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("logged_in_at", Utc),
)
tokens = Table(
    "tokens",
    metadata,
    Column("id", String, primary_key=True),
    Column("digest", String, nullable=False, index=True, unique=True),
    Column(
        "username",
        String,
        ForeignKey("accounts.username", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("name", String, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("expires_at", Utc),
    Column("used_at", Utc),
)
