"""What is done beside answering: a call written down, a checklist, fields, a bulk undone."""

from datetime import datetime, timedelta

from apps.accounts.models import User
from apps.tickets.choices import FieldType
from apps.tickets.models import BulkChange, Checklist, Queue, Ticket

MINUTE = timedelta(minutes=1)
REFUND = (
    ("Find the payment at the bank", True),
    ("Send the credit note", True),
    ("Thank them for telling us", False),
)


def tell_work(now: datetime, people: dict[str, User], queues: dict[str, Queue]) -> None:
    """Through the verbs, on the tickets that are on the desk."""
    ada, sol = people["ada@demo.test"], people["sol@demo.test"]
    _call(now, ada)
    _thanks(now, ada)
    _billing(now, ada, sol, queues["billing"])
    _bulk(now, sol)


def _on_the_desk(subject: str) -> Ticket:
    return Ticket.objects.filter(subject=subject).latest("pk")


def _call(now: datetime, ada: User) -> None:
    ticket = _on_the_desk("Warehouse connection drops every hour")
    ticket.log_call(
        "He called while it was down. Their firewall ends idle connections after an hour; we"
        " agreed that he sets it to four hours today, and that we look again tomorrow.",
        by=ada,
        at=now - 20 * MINUTE,
        happened_at=now - 41 * MINUTE,
        answered=True,
        duration=14 * MINUTE,
    )


def _thanks(now: datetime, ada: User) -> None:
    """Ada likes to be told when a message only thanks; here is one."""
    ada.suggest_thanks = True
    ada.save(update_fields=["suggest_thanks"])
    ticket = _on_the_desk("Warehouse connection drops every hour")
    said = f"That did it, many thanks for the quick help!\n\nBest regards\n{ticket.contact.name}"
    ticket.hear(said, contact=ticket.contact, at=now - 6 * MINUTE)


def _billing(now: datetime, ada: User, sol: User, billing: Queue) -> None:
    for position, (key, label, kind, options, required) in enumerate(
        (
            ("invoice", "Invoice", FieldType.TEXT, [], True),
            ("reason", "Reason", FieldType.CHOICE, ["VAT id", "Address", "Amount", "Other"], True),
            ("credit", "Credit note sent", FieldType.YES_NO, [], False),
        )
    ):
        billing.fields.create(
            key=key, label=label, type=kind, options=options, required=required, position=position
        )
    billing.insists = True
    billing.save(update_fields=["insists"])
    checklist = Checklist.objects.create(queue=billing, name="Correct an invoice")
    for position, (text, required) in enumerate(REFUND):
        checklist.lines.create(text=text, required=required, position=position)
    ticket = _on_the_desk("Invoice shows wrong VAT id")
    ticket.file_under(billing, by=sol, at=now - 7 * MINUTE)
    ticket.fill({"reason": "VAT id"}, by=ada, at=now - 6 * MINUTE)
    ticket.use_checklist(checklist, by=ada, at=now - 6 * MINUTE)
    ticket.tick(ticket.items.order_by("position").first(), by=ada, at=now - 5 * MINUTE)


def _bulk(now: datetime, sol: User) -> None:
    """Sol takes a wave for one outage, sees that it is none, and takes it all back."""
    lately = Ticket.objects.unresolved().order_by("-updated_at", "-pk").values("pk")[:12]
    wave = BulkChange.order(
        Ticket.objects.filter(pk__in=lately),
        [{"do": "priority", "to": "high"}, {"do": "tag", "add": ["outage"]}],
        by=sol,
        at=now - 4 * MINUTE,
    )
    wave.undo(by=sol, at=now - 3 * MINUTE)
    BulkChange.order(
        Ticket.objects.filter(subject__startswith="Webhooks arrive").unresolved(),
        [{"do": "tag", "add": ["webhook-retries"]}],
        by=sol,
        at=now - 2 * MINUTE,
    )
