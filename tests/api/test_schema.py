"""OpenAPI says what is true."""

import inspect
import json

import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator

from apps.api.resource import router


def test_the_schema_is_complete_and_valid(tmp_path):
    out = tmp_path / "schema.yml"
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(out))
    schema = yaml.safe_load(out.read_text())
    assert schema["openapi"] == "3.1.0"
    assert schema["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            assert "default" in operation["responses"], f"{method} {path} tells of no refusal"
            if method == "post":
                names = {p["name"] for p in operation.get("parameters", [])}
                assert "Idempotency-Key" in names


@pytest.fixture(scope="module")
def told():
    """The schema, as a program reads it."""
    return SchemaGenerator().get_schema(request=None, public=True)


def verbs_of(viewset):
    """The verbs of a resource that take words, and what they take."""
    for name, method in inspect.getmembers(viewset, inspect.isfunction):
        if takes := getattr(method, "takes", None):
            yield getattr(method, "url_path", name), takes


def test_the_schema_tells_what_each_verb_takes(told):
    every = [(name, *one) for name, viewset, _ in router.registry for one in verbs_of(viewset)]
    assert len(every) > 80
    for name, path, takes in every:
        at = f"/api/v1/{name}/" if path == "create" else f"/api/v1/{name}/{{id}}/{path}/"
        at = at if at in told["paths"] else at.replace("{id}", "{person}")
        body = told["paths"][at]["post"]["requestBody"]["content"]["application/json"]["schema"]
        shape = told["components"]["schemas"][body["$ref"].rpartition("/")[2]]
        assert set(shape["properties"]) == set(takes().fields), at


def test_a_verb_without_words_takes_none(told):
    take = told["paths"]["/api/v1/tickets/{id}/take/"]["post"]
    assert "requestBody" not in take and take["summary"] == "Take"
    split = told["paths"]["/api/v1/tickets/{id}/split/"]["post"]
    assert split["description"] == "Answers with the new ticket."


def test_anybody_may_read_the_schema():
    response = Client().get("/api/schema/", headers={"accept": "application/json"})
    assert response.status_code == 200
    assert "/api/v1/actions/{id}/finish/" in json.loads(response.content)["paths"]


def test_the_page_that_tries_it_has_no_inline_script():
    response = Client().get(reverse("api:docs"))
    assert response.status_code == 200
    policy = response["Content-Security-Policy"]
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "script-src 'self'" in policy and "unsafe-eval" not in policy
    script = Client().get("/api/docs/?script=")
    assert script.status_code == 200 and b"SwaggerUIBundle" in script.content
    assert "unsafe" not in Client().get("/api/v1/actions/")["Content-Security-Policy"]
