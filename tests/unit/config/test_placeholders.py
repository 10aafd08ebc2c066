"""What stands for variables and files, and that nobody is shown what is put in."""

from pathlib import Path

import pytest

from acd.config import bootstrap, written
from acd.config.placeholders import escape, fill, has_any
from tests.unit.config.texts import ENVIRONMENT, SMALL, compiled, source, told

PASSWORD = '{number: "1001", password: "${PHONE}"}'


def password(text: str) -> str:
    """The phone's, where this stands for it."""
    changed = SMALL.replace(PASSWORD, f'{{number: "1001", password: {text}}}')
    return compiled(changed).file.extensions[0].password.get_secret_value()


def test_a_variable_needs_no_quotes_and_may_be_a_part() -> None:
    assert password("${PHONE}") == "secret of phone"
    assert password("'<${PHONE}|${ARI}>'") == "<secret of phone|secret of ari>"


def test_two_dollars_stand_for_the_characters_themselves() -> None:
    assert password('"$${PHONE}"') == "${PHONE}"
    assert password('"a$b$"') == "a$b$"


def test_a_file_is_put_in_without_the_end_of_its_line(tmp_path: Path) -> None:
    secret = tmp_path / "a secret: of #1"
    for content in ("käse", "käse\n", "käse\r\n"):
        secret.write_bytes(content.encode())
        assert password(f"${{file:{secret}}}") == "käse"
    secret.write_text("a\n\n")
    (line,) = told(SMALL.replace('"${PHONE}"', f'"${{file:{secret}}}"'))
    assert line.endswith(
        "extensions[0].password: holds the character U+000A: "
        "a value is one line that can be printed"
    )


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("${file:/nowhere/x}", "/nowhere/x cannot be read: No such file or directory"),
        ("${file:secret}", "secret is no absolute path"),
        ("${file:}", " is no absolute path"),
        ("${file:/dev/zero}", "/dev/zero is no file"),
        ("${file:/usr}", "/usr is no file"),
        ("${NOT_SET}${NEITHER}", "the environment variable NOT_SET is not set; the environment va"),
        ("${a b}", "${a b} is not understood: write ${NAME} for a variable, ${file:/PATH} for"),
        ("${}", "${} is not understood"),
        ("${X", "${ is not understood"),
    ],
)
def test_what_cannot_be_put_in_is_told_with_its_place(written: str, says: str) -> None:
    (line,) = told(SMALL.replace('"${PHONE}"', f"'{written}'"))
    assert line.startswith(f"acd.yaml:4:41: extensions[0].password: {says}")


def test_a_file_that_is_no_text_or_too_large_is_told(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    for content, says in ((b"\xff", "is not text in UTF-8"), (b"x" * 70_000, "is larger than")):
        secret.write_bytes(content)
        (line,) = told(SMALL.replace('"${PHONE}"', f'"${{file:{secret}}}"'))
        assert f"password: {secret} {says}" in line


def test_what_was_put_in_is_in_no_message() -> None:
    environment = {name: "s3cr3t" for name in ("DATABASE", "HTTP", "ACW", "NUMBER", "STRATEGY")}
    text = SMALL.replace('number: "700"', "number: ${NUMBER}, acw_s: ${ACW}, strategy: ${STRATEGY}")
    lines = told(text + "database: ${DATABASE}\nhttp: ${HTTP}\n", environment=environment)
    assert len(lines) == 5
    assert "s3cr3t" not in "".join(lines)
    assert (
        "acd.yaml:6:68: queues[0].acw_s: expected a whole number, got what ${ACW} stands for"
        in (lines)
    )


def test_a_number_may_be_put_in() -> None:
    text = SMALL.replace('number: "700"', "number: ${NUMBER}, acw_s: ${ACW}")
    (queue,) = compiled(text, environment={"NUMBER": "701", "ACW": "30"}).file.queues
    assert (queue.number, queue.acw_s) == ("701", 30)


def test_a_secret_is_nowhere_to_be_seen() -> None:
    configuration = compiled(SMALL)
    shown = f"{configuration!r}{configuration.file}{written(configuration)}{configuration.warnings}"
    assert not [secret for secret in ENVIRONMENT.values() if secret in shown]


@pytest.mark.parametrize("text", ["", "$", "${", "$${", "${A}", "$$${A}", "a${b}c$$", "}{$"])
def test_what_is_escaped_is_given_back(text: str) -> None:
    assert fill(escape(text), {}) == text
    assert not has_any(escape(text))


# The database alone.


def url(text: str, **environment: str) -> str:
    return bootstrap([source(text)], environment)


@pytest.mark.key("database")
def test_the_database_is_found_whatever_else_is_wrong() -> None:
    right = "database: sqlite:///${FOLDER}/acd.db"
    for text in (
        right,
        f"{right}\nqueues: nonsense\ncolour: red\n",
        f"queues: [\n{right}\n",
        f"{right}\n\tbroken",
        f"x: *nothing\n{right}",
    ):
        assert url(text, FOLDER="/srv") == "sqlite:////srv/acd.db"
    assert url("queues: [") == "sqlite:///acd.db"
    assert url("") == "sqlite:///acd.db"


def test_the_environment_beats_the_file_for_the_database() -> None:
    environment = {"ACD_DATABASE": "postgresql://acd@127.0.0.1/acd"}
    assert url("database: nonsense", **environment) == environment["ACD_DATABASE"]
    configuration = compiled(SMALL, environment=environment)
    assert configuration.file.database == environment["ACD_DATABASE"]
    assert "postgresql" not in written(configuration)


def test_a_database_that_cannot_be_is_told() -> None:
    for text, environment, says in (
        ("database: mysql://x", {}, "acd.yaml:1:11: database: expected sqlite:///PATH or postg"),
        ("database: ${X}", {}, "acd.yaml:1:11: database: the environment variable X is not set"),
        ("database: ${X}", {"X": "y"}, "acd.yaml:1:11: database: expected sqlite:///PATH or "),
        ("", {"ACD_DATABASE": "mysql://x"}, "ACD_DATABASE: expected sqlite:///PATH or postgres"),
    ):
        with pytest.raises(Exception, match=r".") as bad:
            url(text, **environment)
        assert str(bad.value).startswith(says)
        assert str(bad.value).endswith("stands for") == (environment == {"X": "y"})
