"""`acd db migrate`, and what it says without changing anything."""

import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from acd.app.endings import ending
from acd.app.exits import Exit
from acd.cli.commands import app


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "acd.yaml"
    node = "{ari_url: 'http://127.0.0.1:1/ari', ari_user: a, ari_password: b, media_address: c}"
    path.write_text(f"database: sqlite:///{tmp_path}/acd.db\nnodes: [{node}]\n")
    return path


def migrate(config: Path, *options: str) -> Exit:
    done = CliRunner().invoke(app, ["db", "migrate", f"--config={config}", *options])
    if done.exception is None:
        return Exit.DONE
    found = ending(done.exception)
    assert found, done.exception
    return found[0]


def version(config: Path) -> str:
    database = sqlite3.connect(config.with_name("acd.db"))
    [(found,)] = database.execute("SELECT version_num FROM alembic_version")
    database.close()
    return str(found)


def test_a_check_ends_with_3_where_tables_would_change_and_changes_none(config: Path) -> None:
    assert migrate(config) is Exit.DONE
    assert migrate(config, "--check") is Exit.DONE
    newest = version(config)
    database = sqlite3.connect(config.with_name("acd.db"), isolation_level=None)
    database.execute("UPDATE alembic_version SET version_num = '0001'")
    database.close()
    assert migrate(config, "--check") is Exit.DATABASE
    assert version(config) == "0001" != newest
