"""OpenAPI says what is true."""

import json

import yaml
from django.core.management import call_command
from django.test import Client
from django.urls import reverse


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
