"""Holds an answer against what OpenAPI says of it."""

import re
from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator


def holds(method: str, path: str, status: int, body: Any) -> None:
    """Fails where the schema tells something else of this answer."""
    operation = _operation(method.lower(), path)
    if operation is None:  # nothing of ours: a 404 or a 405
        assert status in (404, 405), f"{method} {path} answers {status} and is not in the schema"
        return
    checked = _validator(operation, str(status))
    assert checked is not None, f"{method} {operation} does not tell of {status}"
    wrong = [
        f"{'.'.join(map(str, one.absolute_path))}: {one.message}"
        for one in checked.iter_errors(body)
    ]
    assert not wrong, f"{method} {path} {status} is not what the schema says: {wrong[:3]}"


@cache
def _schema() -> dict[str, Any]:
    return SchemaGenerator().get_schema(request=None, public=True)


@cache
def _paths() -> list[tuple[re.Pattern[str], str]]:
    found = sorted(_schema()["paths"], key=lambda path: path.count("{"))
    return [(re.compile(re.sub(r"{\w+}", "[^/]+", path)), path) for path in found]


def _operation(method: str, path: str) -> tuple[str, str] | None:
    for pattern, name in _paths():
        if pattern.fullmatch(path) and method in _schema()["paths"][name]:
            return method, name
    return None


@cache
def _validator(operation: tuple[str, str], status: str) -> Draft202012Validator | None:
    method, name = operation
    answers = _schema()["paths"][name][method]["responses"]
    kind = "application/json" if status in answers else "application/problem+json"
    answer = answers.get(status) or (answers["default"] if int(status) >= 400 else None)
    if answer is None:
        return None
    said = answer.get("content", {}).get(kind, {}).get("schema", {})
    return Draft202012Validator({**said, "components": _schema()["components"]})
