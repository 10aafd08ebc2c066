"""OpenAPI 3.1, made from the declarations of the routes."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from acd.http.problems import CONTENT_TYPE, TITLES, ProblemPicture
from acd.http.route import Nothing, Route

Json = dict[str, Any]
REF = "#/components/schemas/{model}"
TOKEN = "token"
"""The name of the only way to say who one is."""


def document(routes: Iterable[Route[Any]], version: str) -> Json:
    """The whole description."""
    routes = list(routes)
    schemas, components = _schemas(routes)
    paths: dict[str, Json] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "acd",
            "version": version,
            "description": "The HTTP API of the call distributor. docs/api.md says more.",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {TOKEN: {"type": "http", "scheme": "bearer"}},
        },
    }


Schemas = Mapping[tuple[Any, JsonSchemaMode], Json]
"""The schema of each type that is sent ("validation") or answered ("serialization")."""


def _schemas(routes: Iterable[Route[Any]]) -> tuple[Schemas, Json]:
    """What is sent and answered, and the components that it refers to."""
    wanted: dict[tuple[Any, JsonSchemaMode], Any] = {
        (ProblemPicture, "serialization"): ProblemPicture
    }
    for route in routes:
        wanted[route.sends, "validation"] = route.sends
        if route.answers is not None:
            wanted[route.answers, "serialization"] = route.answers
    inputs = [(key, mode, TypeAdapter(kind)) for (key, mode), kind in wanted.items()]
    found, more = TypeAdapter.json_schemas(inputs, ref_template=REF)
    return found, more.get("$defs", {})


def _operation(route: Route[Any], schemas: Schemas) -> Json:
    sent = schemas[route.sends, "validation"]
    operation: Json = {
        "operationId": _id(route),
        "summary": route.says,
        "parameters": [*_of_path(route.path), *([] if route.in_body else _of_query(sent))],
        "responses": {str(_success(route)): _answer(route, schemas)},
    }
    operation["security"] = [{TOKEN: []}] if route.needs else []
    if route.needs:
        operation["description"] = f"Needs the permission `{route.needs}`."
    if route.in_body and route.sends is not Nothing:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": sent}},
        }
    operation["responses"] |= _failures(route, schemas)
    return operation


def _success(route: Route[Any]) -> int:
    """The status when all is well."""
    return 204 if route.answers is None and route.status == 200 else route.status


def _id(route: Route[Any]) -> str:
    """post_agents_agent_login: no two routes have the same."""
    words = re.sub(r"^/api/v\d+", "", route.path)
    return route.method.lower() + re.sub(r"\W+", "_", words).rstrip("_")


def _of_path(path: str) -> Iterator[Json]:
    for name in re.findall(r"{(\w+)}", path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _of_query(schema: Json) -> Iterator[Json]:
    for name, one in schema.get("properties", {}).items():
        required = name in schema.get("required", [])
        yield {"name": name, "in": "query", "required": required, "schema": one}


def _answer(route: Route[Any], schemas: Schemas) -> Json:
    if route.answers is None:
        return {"description": "Done"}
    if route.answers is str:
        return {"description": "Done", "content": {"text/plain": {"schema": {"type": "string"}}}}
    schema = schemas[route.answers, "serialization"]
    return {"description": "Done", "content": {"application/json": {"schema": schema}}}


def _failures(route: Route[Any], schemas: Schemas) -> Json:
    """By status: the titles of the problems that can come."""
    titles: dict[str, list[str]] = {}
    for kind in kinds(route):
        status, title = TITLES[kind]
        titles.setdefault(str(status), []).append(f"{title} (`{kind}`)")
    schema = schemas[ProblemPicture, "serialization"]
    content = {CONTENT_TYPE: {"schema": schema}}
    return {
        status: {"description": "; ".join(found), "content": content}
        for status, found in sorted(titles.items())
    }


def kinds(route: Route[Any]) -> list[str]:
    """The problems that a request of this route can end with."""
    found = ["malformed", "web-page", "our-fault", *route.fails]
    if route.needs:
        found += ["not-logged-in", "not-allowed", "password-must-change", "database-away"]
    if route.in_body:
        found += ["too-large", "not-json"]
    if "{" in route.path:
        found.append("not-found")
    return list(dict.fromkeys(found))
