"""A program that speaks JSON, and holds every answer against the schema."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from . import contract


class Program:
    """A client with a token; answers are (status, body)."""

    def __init__(self, client) -> None:
        self.client = client

    def get(self, path: str, **headers: str) -> tuple[int, Any]:
        return self._told(self.client.get(f"/api/v1/{path}", headers=headers))

    def post(self, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        return self._told(self.raw(path, json.dumps(body or {}).encode(), **headers))

    def raw(self, path: str, body: bytes, content_type: str = "application/json", **headers: str):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.generic("POST", f"/api/v1/{path}", body, content_type, headers=headers)

    @staticmethod
    def _told(response) -> tuple[int, Any]:
        asked, body = response.wsgi_request, json.loads(response.content)
        contract.holds(asked.method, asked.path, response.status_code, body)
        return response.status_code, body


@pytest.fixture
def speak(program) -> Callable[..., Program]:
    """`speak(ada)` is a program that holds a token of Ada's."""
    return lambda owner, *scopes: Program(program(owner, *scopes))
