"""An answer held against /openapi.json: what is not described there must not be answered."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

Json = dict[str, Any]


class Description:
    def __init__(self, document: Json) -> None:
        self.document = document
        self._registry = Registry().with_resource(
            "urn:api", Resource.from_contents(document, default_specification=DRAFT202012)
        )

    def operations(self) -> Iterator[tuple[str, Json]]:
        """Each with its path."""
        for path, operations in self.document["paths"].items():
            for operation in operations.values():
                yield path, operation

    def check(self, method: str, path: str, status: int, kind: str, body: Any) -> None:
        """Raises AssertionError, or jsonschema's ValidationError."""
        template = self._template(method, path)
        if template is None:
            # Where there is nothing to be asked only that can be answered, as a problem.
            assert status in (403, 404, 405), (method, path, status)
            return self._validate("components", "schemas", "ProblemPicture", body=body)
        steps = ["paths", template, method.lower(), "responses", str(status)]
        told = self.document["paths"][template][method.lower()]["responses"].get(str(status))
        assert told is not None, f"{method} {path} answers {status}, which is not described"
        if "content" not in told:
            assert body is None
            return None
        assert kind in told["content"], f"{method} {path} answers {kind}"
        return self._validate(*steps, "content", kind, "schema", body=body)

    def _template(self, method: str, path: str) -> str | None:
        """The described path that this is one of."""
        for template, operations in self.document["paths"].items():
            pattern = re.sub(r"{\w+}", "[^/]+", template)
            if re.fullmatch(pattern, path.partition("?")[0]) and method.lower() in operations:
                return str(template)
        return None

    def _validate(self, *steps: str, body: Any) -> None:
        pointer = "/".join(step.replace("~", "~0").replace("/", "~1") for step in steps)
        schema = {"$ref": "urn:api#/" + quote(pointer)}
        Draft202012Validator(schema, registry=self._registry).validate(body)
