"""Forgetting tickets: their words, mails and files; times, statuses and people of ours stay."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.db.models import F, Q

from apps.features.models import Insight
from apps.outbox.models import Delivery, Notification
from apps.sla.models import StepFired, Waiver
from apps.surveys.models import Response
from apps.tickets.models import (
    Attachment,
    Draft,
    DraftFile,
    ImportBefore,
    ImportedTicket,
    ImportSeen,
    InboundMail,
    Message,
    OwedAnswer,
    SearchDoc,
    SideConversation,
    SideDraft,
    Ticket,
)
from apps.timeline import seals
from apps.timeline.models import Activity

from .emptying import (
    FACTS,
    GONE,
    empty_deliveries,
    empty_mails,
    empty_messages,
    numbered,
    remove_files,
)


def forget_tickets(tickets: Sequence[int], *, at: datetime) -> dict[str, int | bytes]:
    """All words of these tickets and about them."""
    messages = Message.objects.filter(ticket__in=tickets)
    files = Attachment.objects.filter(message__in=messages)
    drafts = Draft.objects.filter(ticket__in=tickets)
    digests = {
        *files.values_list("digest", flat=True),
        *DraftFile.objects.filter(draft__in=drafts).values_list("digest", flat=True),
    }
    found: dict[str, int | bytes] = {"files": files.delete()[0]}
    drafts.delete()
    SideDraft.objects.filter(ticket__in=tickets).delete()
    remove_files(digests)
    found["mails"] = empty_mails(InboundMail.objects.filter(ticket__in=tickets), at=at)
    found["messages"] = empty_messages(messages)
    SideConversation.objects.filter(ticket__in=tickets).update(subject=GONE, address="")
    Response.objects.filter(survey__ticket__in=tickets).update(comment="")
    Insight.objects.filter(ticket__in=tickets).update(snippet="")
    OwedAnswer.objects.filter(asked_on__in=tickets).update(reason="")
    names = list(Ticket.objects.filter(pk__in=tickets).values_list("external_id", flat=True))
    ImportSeen.objects.filter(external_id__in=[name for name in names if name]).delete()
    found["tickets"] = Ticket.objects.filter(pk__in=tickets).update(
        subject=GONE,
        external_id=numbered("erased-"),
        fields={},
        snippet="",
        version=F("version") + 1,
    )
    ImportedTicket.objects.filter(ticket__in=tickets).update(digest=bytes(16))
    ImportBefore.objects.filter(ticket__in=tickets).delete()
    forget_words(tickets)
    Waiver.objects.filter(ticket__in=tickets).update(reason=GONE)
    StepFired.objects.filter(ticket__in=tickets).update(outcome="")
    Notification.objects.filter(speaks_of(tickets)).update(sentence=GONE)
    found["deliveries"] = empty_deliveries(
        Delivery.objects.filter(subject_kind="ticket", subject_id__in=tickets)
    )
    about = Activity.objects.filter(kind="ticket", subject_id__in=tickets)
    found["activities"], found["proof"] = seals.redact(about, keep=FACTS, at=at)
    return found


def speaks_of(tickets: Sequence[int]) -> Q:
    """Which notifications lead to one of these tickets."""
    said = Q(pk=None)
    for ticket in tickets:
        said |= Q(url__startswith=f"/tickets/{ticket}/")
    return said


def forget_words(tickets: Sequence[int]) -> None:
    """Empty their search documents; a word that no other ticket holds leaves the dictionary."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT word FROM tickets_searchdoc d,"
            " unnest(tsvector_to_array(d.vector)) word WHERE d.ticket_id = ANY(%s)",
            [list(tickets)],
        )
        words = [word for (word,) in cursor.fetchall()]
        SearchDoc.objects.filter(ticket__in=tickets).update(vector="", stale=False, counted=True)
        cursor.execute(
            "DELETE FROM tickets_searchword w WHERE w.word = ANY(%s) AND NOT EXISTS ("
            " SELECT FROM tickets_searchdoc d"
            " WHERE d.vector @@ (quote_literal(w.word))::tsquery)",
            [words],
        )
