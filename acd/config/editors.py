"""The JSON Schema of a configuration file, by which editors complete and check it."""

from collections.abc import Mapping
from typing import Any

from acd.config.file import File
from acd.config.strict import PATTERNS

PLACEHOLDER = {
    "type": "string",
    "pattern": r"\$\{",
    "description": "Holds ${NAME}, a variable, or ${file:/PATH}, what a file holds.",
}


def json_schema() -> dict[str, Any]:
    """As the models are, but that a placeholder may stand for every value, and that no key is
    missing: each may be in another file of the folder."""
    schema = File.model_json_schema()
    for model in (schema, *schema["$defs"].values()):
        if "properties" in model:
            keys = {key: _or_placeholder(value) for key, value in model["properties"].items()}
            model["properties"] = keys
    del schema["required"]
    schema["title"] = "A configuration of acd"
    schema["$defs"]["Placeholder"] = PLACEHOLDER
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _or_placeholder(value: Mapping[str, Any]) -> dict[str, Any]:
    """The same with a placeholder as another possibility, where it would not do anyway."""
    said = {key: value[key] for key in ("description", "default", "examples") if key in value}
    is_secret = value.get("format") == "password"
    of_value = {
        key: part
        for key, part in value.items()
        if key not in (*said, "title", "format", "writeOnly")
    }
    if of_value.get("type") == "array" and "$ref" in of_value["items"]:
        return {**said, **of_value}
    if is_secret or of_value == {"type": "string"}:
        return {**said, "type": "string"}
    if of_value.get("type") == "array":
        of_value["items"] = _or_placeholder(of_value["items"])
    error = _words(of_value)
    return {
        **said,
        "anyOf": [*_branches(of_value), {"$ref": "#/$defs/Placeholder"}],
        **({"errorMessage": error} if error else {}),
    }


def _branches(of_value: dict[str, Any]) -> list[dict[str, Any]]:
    branches: list[dict[str, Any]] = of_value.get("anyOf") or [of_value]
    return [
        {key: part for key, part in branch.items() if key not in ("format", "writeOnly")}
        for branch in branches
    ]


def _words(of_value: Mapping[str, Any]) -> str | None:
    """What a pattern asks for, as yaml-language-server shows it."""
    patterns = (branch.get("pattern") for branch in of_value.get("anyOf", [of_value]))
    words = [PATTERNS[pattern] for pattern in patterns if pattern in PATTERNS]
    return f"expected {words[0]}" if words else None
