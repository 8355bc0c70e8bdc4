"""Work for the portal: one request asks for mail, webhooks and an event to be read later.

Effects inside the database are rows of a table without any unique constraint, so that doing
something twice shows.
"""

import json
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import connection, transaction
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from apps.outbox.models import Delivery, Endpoint, InboundEvent

MAILS = HOOKS = 2
TABLES = """
CREATE TABLE IF NOT EXISTS faults_ask (key text PRIMARY KEY, at timestamptz DEFAULT now());
CREATE TABLE IF NOT EXISTS faults_effect (kind text, key text, at timestamptz DEFAULT now());
"""


def make_tables() -> None:
    """The harness's own tables beside the portal's."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)


@csrf_exempt
@login_not_required
@require_POST
def work(request: HttpRequest) -> JsonResponse:
    """Take one order, once per key: business row, deliveries and event in one transaction."""
    key = request.headers["Idempotency-Key"]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO faults_ask VALUES (%s) ON CONFLICT DO NOTHING", [key])
        if cursor.rowcount:
            Delivery.objects.bulk_create(drafts(key))
            InboundEvent.objects.store("faults", key, json.dumps({"key": key}).encode(), {})
    return JsonResponse({"key": key}, status=201)


def drafts(key: str) -> list[Delivery]:
    """Two mails and two webhooks."""
    mails = [
        Delivery.draft(
            channel="mail",
            cause=f"faults:{key}",
            recipient=f"person{n}@customer.example",
            payload={"subject": f"About {key}", "text": "We are on it.\n"},
        )
        for n in range(MAILS)
    ]
    hooks = [
        Delivery.draft(
            channel="webhook",
            cause=f"faults:{key}",
            recipient=endpoint.url,
            payload={"event": "faults.asked", "data": {"key": key}},
        )
        for endpoint in _endpoints()
    ]
    return mails + hooks


def _endpoints() -> list[Endpoint]:
    global _known
    if not _known:
        _known = list(Endpoint.objects.order_by("pk")[:HOOKS])
    return _known


_known: list[Endpoint] = []


def read(event: InboundEvent) -> None:
    """Read an event: its effect is one row."""
    _effect("event", json.loads(bytes(event.body))["key"])


def slot(*, at: datetime) -> None:
    """Periodic work: its effect is one row."""
    _effect("slot", str(int(at.timestamp())))


def _effect(kind: str, key: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO faults_effect (kind, key) VALUES (%s, %s)", [kind, key])
