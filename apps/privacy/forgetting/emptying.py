"""What both halves of forgetting empty: messages, mails, what was sent, files nobody names."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from apps.outbox.models import Delivery, DeliveryAttempt
from apps.tickets.files import path_of
from apps.tickets.models import (
    Attachment,
    CannedFile,
    DraftFile,
    InboundMail,
    Message,
    RawMail,
)
from apps.timeline import seals
from apps.timeline.models import Activity

from ..models import ERASED_DOMAIN

GONE = "Erased"
# What is counted or decides a clock; everything else an activity says goes.
FACTS = (
    *("status", "priority", "tags", "queue", "team", "assignee", "component", "capability"),
    *("origin", "answered_in_contact", "message", "of", "kind", "cycle", "due", "run"),
    *("without_history", "policy_version", "calendar_version", "status_label", "into"),
    *("customer", "contact", "tier", "plan", "arr", "currency", "renews_at", "owner", "state"),
    *(
        "is_placeholder",
        "imported",
        "snoozed_until",
        "stand",
        "ticket",
        "through",
        "messages",
        "merged_into",
        "answer",
        "told",
    ),
)


def empty_messages(messages: QuerySet[Message]) -> int:
    return messages.update(
        author_label="",
        cc=[],
        body=GONE,
        quoted="",
        html="",
        headers="",
        message_id="",
        remarks="",
    )


def empty_mails(found: QuerySet[InboundMail], *, at: datetime) -> int:
    """Mails as they came: the bytes go, that one came stays."""
    numbers = list(found.values_list("pk", flat=True))
    raws = set(found.exclude(raw=None).values_list("raw", flat=True))
    chosen = InboundMail.objects.filter(pk__in=numbers)
    told = dict.fromkeys(("detail", "remarks", "sender", "sender_name", "recipient", "subject"), "")
    count = chosen.update(raw=None, header_id="", fingerprint="", **told)
    raws -= set(InboundMail.objects.filter(raw__in=raws).values_list("raw", flat=True))
    RawMail.objects.filter(pk__in=raws).delete()
    about = Activity.objects.filter(kind="mail", subject_id__in=numbers)
    seals.redact(about, keep=FACTS, at=at)
    return count


def empty_deliveries(found: QuerySet[Delivery]) -> int:
    """What was told, and to whom; what was not sent yet is not sent any more."""
    numbers = list(found.values_list("pk", flat=True))
    chosen = Delivery.objects.filter(pk__in=numbers)
    DeliveryAttempt.objects.filter(delivery__in=numbers).update(response="")
    chosen.filter(state__in=["pending", "held"]).update(state="cancelled", held_for="")
    chosen.filter(channel="mail").update(
        recipient=numbered("erased-", f"@{ERASED_DOMAIN}"), host=ERASED_DOMAIN
    )
    about = Activity.objects.filter(kind="delivery", subject_id__in=numbers)
    seals.redact(about, keep=FACTS, at=timezone.now())
    return chosen.update(payload={}, last_error="")


def remove_files(digests: Iterable[str]) -> None:
    """Content that no row names any more."""
    digests = set(digests)
    for model in (Attachment, CannedFile, DraftFile):
        digests -= set(model.objects.filter(digest__in=digests).values_list("digest", flat=True))
    for digest in digests:
        path_of(digest).unlink(missing_ok=True)


def numbered(before: str, after: str = "") -> Concat:
    return Concat(Value(before), Cast("pk", CharField()), Value(after))


def escaped(text: str) -> str:
    """Text that a LIKE takes literally."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
