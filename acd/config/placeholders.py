"""${NAME} and ${file:/PATH}: what stands in a value for a variable or the content of a file.

$${ stands for the two characters themselves. What is put in is never parsed, so that a password may
hold anything; and nobody is shown it: messages, plans and exports hold the text as written.
"""

import re
from collections.abc import Iterator, Mapping

from acd.config.sources import secret

_ANY = re.compile(r"\$\$\{|\$\{([^{}]*)\}|\$\{")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# YAML would take the braces for its own: the parser is shown characters of private use instead,
# as many, so that columns stay.
_IN_TEXT = re.compile(r"""\$\$?\{[ !#-&(-z|~]*\}""")
_TO_PRIVATE = {code: 0xE000 + code for code in range(0x80)}
_FROM_PRIVATE = {private: code for code, private in _TO_PRIVATE.items()}
TAKEN = re.compile(r"[\ue000-\ue07f\ud800-\udfff\x85\u2028\u2029]|\\u[eE]0[0-7]|\\U0000[eE]0[0-7]")
"""What no text may hold: hide() needs it; halves of characters are none; and what is the end of a
line for YAML, but not for editors, would make other lines of theirs."""


def hide(text: str) -> str:
    """The text with all placeholders as characters that mean nothing to YAML."""
    return _IN_TEXT.sub(lambda found: found[0].translate(_TO_PRIVATE), text)


def show(text: str) -> str:
    """The reverse of hide."""
    return text if text.isascii() else text.translate(_FROM_PRIVATE)


def escape(text: str) -> str:
    """How the text is written, for fill() to give it back."""
    return text.replace("${", "$${")


def has_any(text: str) -> bool:
    """Whether something is put in there."""
    return any(found[0] != "$${" for found in _ANY.finditer(text))


def fill(text: str, environment: Mapping[str, str]) -> str:
    """The value. Raises ValueError that says all that is wrong, without what was put in."""
    if "${" not in text:
        return text
    if wrong := list(_wrong(text, environment)):
        raise ValueError("; ".join(wrong))
    return _ANY.sub(lambda found: _value(found, environment), text)


def _value(found: re.Match[str], environment: Mapping[str, str]) -> str:
    if found[0] == "$${":
        return "${"
    inner = str(found[1])
    if inner.startswith("file:"):
        return secret(inner.removeprefix("file:"))
    return environment[inner]


def _wrong(text: str, environment: Mapping[str, str]) -> Iterator[str]:
    for found in _ANY.finditer(text):
        inner = found[1]
        if found[0] == "$${":
            continue
        if inner is not None and inner.startswith("file:"):
            try:
                _value(found, environment)
            except ValueError as error:
                yield f"{inner.removeprefix('file:')} {error}"
        elif inner is None or not _NAME.fullmatch(inner):
            yield (
                f"{found[0]} is not understood: write ${{NAME}} for a variable, ${{file:/PATH}} "
                "for what a file holds, $${ for the characters themselves"
            )
        elif inner not in environment:
            yield f"the environment variable {inner} is not set"
