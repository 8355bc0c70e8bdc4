"""The whole story, in the order it happened."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from django.core.management import call_command
from django.db import connection

from apps.accounts.models import User
from apps.metrics import rollups
from apps.outbox.models import Notification
from apps.tickets.models import ImportRun
from apps.tickets.withdrawing import undo_import

from . import customers, tickets
from .desk import tell_duties, tell_rules, tell_views
from .incidents import tell_incidents
from .mailroom import tell_mail
from .metrics import tell_metrics
from .nouns import tell_hours, tell_offsite, tell_people, tell_product, tell_promises, tell_queues
from .prepared import tell_prepared
from .relations import tell_relations
from .reporting import tell_report
from .requests import tell_requests
from .surveys import tell_surveys
from .today import tell_today
from .work import tell_work

DAYS = 182
TICKETS = 2_000
TIERS = {"enterprise": "enterprise", "team": "business", "starter": "standard"}

Say = Callable[[str], None]


class Untold(Exception):
    """A part of the story was refused by the importer it went through."""


def tell(now: datetime, say: Say) -> None:
    """Everything, as of `now`; the same day tells the same story."""
    now = now.astimezone(UTC).replace(second=0, microsecond=0)
    dice = Random(now.strftime("%Y%m%d"))
    people = tell_people()
    admin = people["admin@demo.test"]
    office = tell_hours(now, admin)
    tell_product(now, people)
    queues = tell_queues(office)
    tell_promises(office, now, people)
    organisations = customers.organisations(now.date(), dice)
    with TemporaryDirectory() as folder:
        _import_customers(organisations, Path(folder) / "customers.csv")
        customers.tell_owners(now, people)
        say(f"{len(organisations)} customers")
        _import_tickets(organisations, now, dice, Path(folder) / "tickets.jsonl")
        _import_by_mistake(now, admin, Path(folder) / "old-helpdesk.jsonl")
    say(f"{TICKETS:,} tickets with their history")
    tell_duties(now, people)
    tell_rules()
    tell_today(now, people, queues["support"])
    say(f"{tell_mail(now, people, queues['support'])} mails")
    tell_prepared(now, people)
    tell_work(now, people, queues)
    tell_relations(now, people)
    say(f"{tell_requests(now, people)} who ask for a feature")
    say(f"{tell_incidents(now, people, queues['support'])} tickets of incidents")
    say(f"{tell_surveys(now)} answers to surveys")
    tell_views(now, people)
    tell_offsite(office, now, people["sol@demo.test"])
    samples = tell_metrics(now, people, dice)
    _count_samples()
    rollups.drain()
    tell_report(now, people)
    _put_notices_in_order()
    say(f"{samples:,} samples")


def _count_samples() -> None:
    """PostgreSQL plans by how many rows there are; half a million have come since it looked."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE metrics_sample, metrics_sampledist, metrics_dirtybucket")


def _import_customers(organisations: list[customers.Organisation], path: Path) -> None:
    columns = (
        "external_id", "name", "domain", "plan", "tier", "status", "arr", "currency", "renews_at",
        "contact.email", "contact.name", "contact.timezone", "contact.language",
    )  # fmt: skip
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for one in organisations:
            for contact in one.contacts:
                writer.writerow(
                    (
                        one.external_id, one.name, one.domain, one.plan.title(), TIERS[one.plan],
                        "active", one.arr, "EUR", one.renews_on.isoformat(),
                        contact.email, contact.name, one.timezone,
                        customers.READS.get(one.timezone, ""),
                    )
                )  # fmt: skip
    _run("import_customers", path)


def _import_tickets(
    organisations: list[customers.Organisation], now: datetime, dice: Random, path: Path
) -> None:
    rows = tickets.conversations(
        organisations, now=int(now.timestamp()), days=DAYS, count=TICKETS, dice=dice
    )
    with path.open("w") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    _run("import_tickets", path)


def _put_notices_in_order() -> None:
    """The newest told last, as in a life that was not told in chapters."""
    notices = list(Notification.objects.order_by("at", "pk"))
    Notification.objects.all().delete()
    for notice in notices:
        notice.pk = None
    Notification.objects.bulk_create(notices)


def _import_by_mistake(now: datetime, admin: User, path: Path) -> None:
    """Three test tickets of the old helpdesk came along, and were taken back."""
    reported = (now - timedelta(days=DAYS + 9)).isoformat()
    with path.open("w") as file:
        for number in range(1, 4):
            row = {
                "external_id": f"old-test-{number}",
                "subject": f"Test {number}, please ignore",
                "body": "Does this arrive?",
                "reported_at": reported,
                "contact": {"email": "tester@old-helpdesk.example", "name": "Tester"},
            }
            file.write(json.dumps(row) + "\n")
    _run("import_tickets", path)
    run = ImportRun.objects.latest("pk")
    undo_import(run, by=admin, at=now)


def _run(command: str, path: Path) -> None:
    """The importer a team would use; the story has no rows that may be refused."""
    said = StringIO()
    call_command(command, str(path), json=True, stdout=said, stderr=StringIO())
    report = json.loads(said.getvalue())
    if report["rejected"]:
        raise Untold(f"{command}: {report['rejected'][0]}")
