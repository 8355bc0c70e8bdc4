"""Things to send, and where they would go."""

import uuid
from pathlib import Path

import pytest
from django.db import connection

from apps.outbox.models import Delivery, Endpoint

LISTENER = "https://hooks.tidewater.example/afterlaunch"


@pytest.fixture(autouse=True)
def journal_of_its_own(settings, tmp_path: Path) -> Path:
    """Every test writes its own send journal."""
    from apps.outbox import journal

    settings.OUTBOX_JOURNAL = tmp_path / "sent"
    journal._open.cache_clear()
    return settings.OUTBOX_JOURNAL


@pytest.fixture
def mail(db):
    """`mail("a@b.example")` puts a mail into the outbox."""

    def enqueue(to: str = "wim@harbour.example", cause: str = "", **more) -> Delivery:
        payload = more.pop("payload", {"subject": "Your ticket", "text": "We are on it."})
        return Delivery.objects.enqueue(
            channel="mail",
            cause=cause or f"test:{uuid.uuid4()}",
            recipient=to,
            payload=payload,
            **more,
        )

    return enqueue


@pytest.fixture
def endpoint(db) -> Endpoint:
    """A program that hears of everything."""
    listener = Endpoint(name="Tidewater", url=LISTENER)
    listener.renew_secret()
    listener.save()
    return listener


@pytest.fixture
def hook(endpoint: Endpoint):
    """`hook()` puts a webhook for that program into the outbox."""

    def enqueue(cause: str = "", **more) -> Delivery:
        return Delivery.objects.enqueue(
            channel="webhook",
            cause=cause or f"test:{uuid.uuid4()}",
            recipient=endpoint.url,
            payload={"event": "ticket.reported", "data": {"number": 7}},
            **more,
        )

    return enqueue


@pytest.fixture
def later():
    """`later(row, seconds)` lets the database's clock run on for one row."""

    def pass_time(row, seconds: float) -> None:
        moved = [
            name
            for name in ("first_at", "next_at", "lease_until", "probe_at", "first_failed_at")
            if hasattr(row, name)
        ]
        changes = ", ".join(f"{name} = {name} - %s * interval '1 second'" for name in moved)
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {row._meta.db_table} SET {changes} WHERE id = %s",
                [*([seconds] * len(moved)), row.pk],
            )
        row.refresh_from_db()

    return pass_time
