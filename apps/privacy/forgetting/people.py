"""Forgetting people: what stands elsewhere under their name or address, then they themselves."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db.models import Q
from django.utils import timezone
from django.utils.module_loading import import_string

from apps.customers.models import Contact, Customer, CustomerNote
from apps.outbox.models import Delivery, InboundEvent, StoppedAddress
from apps.surveys.models import Response
from apps.tickets.models import (
    Attachment,
    ImportBefore,
    InboundMail,
    Message,
    SearchDoc,
    SenderRule,
    SideConversation,
    SideDraft,
)
from apps.timeline import seals
from apps.timeline.models import Activity

from ..models import ERASED_DOMAIN
from ..subject import Subject
from .emptying import (
    FACTS,
    GONE,
    empty_deliveries,
    empty_mails,
    empty_messages,
    escaped,
    numbered,
    remove_files,
)
from .traces import forget_files, forget_imports, mask_journal, mask_mentions


def forget_people(subject: Subject, *, at: datetime) -> dict[str, int | bytes]:
    """What stands elsewhere under their name or address, and then they themselves."""
    contacts = list(subject.contacts.values_list("pk", flat=True))
    customers = list(subject.customers.values_list("pk", flat=True))
    addresses = subject.addresses()
    asked = SideConversation.objects.filter(address__in=addresses)
    theirs = Q(side__in=list(asked.values_list("pk", flat=True)), author=None)
    said = Message.objects.filter(Q(contact__in=contacts) | theirs)
    files = Attachment.objects.filter(message__in=said)
    digests = set(files.values_list("digest", flat=True))
    files.delete()
    remove_files(digests)
    elsewhere = list(said.exclude(body=GONE).values_list("ticket", flat=True).distinct())
    found: dict[str, int | bytes] = {"messages": empty_messages(said)}
    forget_befores(contacts)
    SideDraft.objects.filter(Q(side__in=asked) | Q(to__in=addresses)).delete()
    asked.update(address="")
    SearchDoc.objects.mark_stale(elsewhere)
    found["deliveries"] = empty_deliveries(Delivery.objects.filter(recipient__in=addresses))
    found["mails"] = empty_mails(InboundMail.objects.filter(sender__in=addresses), at=at)
    found["arrived"] = forget_arrived(addresses)
    Response.objects.filter(survey__contact__in=contacts).update(comment="")
    forget_rules(addresses, at=at)
    forget_stopped(addresses, at=at)
    forget_files(subject, addresses)
    names = [name for name in _names(subject) if name]
    forget_imports(addresses, names)
    mask_journal(addresses)
    mask_mentions(addresses)
    for work in settings.FORGETTING:
        import_string(work)()
    forget_admin_log(contacts, customers)
    about = Activity.objects.filter(
        Q(kind="contact", subject_id__in=contacts) | Q(kind="customer", subject_id__in=customers)
    )
    found["activities"], found["proof"] = seals.redact(about, keep=FACTS, at=at)
    found["people"] = Contact.objects.filter(pk__in=contacts).update(
        name="", email=numbered("erased-", f"@{ERASED_DOMAIN}"), phone="", external_id=None
    )
    CustomerNote.objects.filter(customer__in=customers).update(body=GONE)
    Customer.objects.filter(pk__in=customers).update(
        name=numbered("Erased customer "), external_id=None, domain=""
    )
    return found


def forget_befores(contacts: Sequence[int]) -> None:
    """How tickets of others stood before an import told them anew, where these people speak."""
    for contact in contacts:
        ImportBefore.objects.filter(
            Q(contact=contact) | Q(messages__contains=[{"contact_id": contact}])
        ).delete()


def _names(subject: Subject) -> list[str]:
    rows = (*subject.contacts, *subject.customers)
    return [value for row in rows for value in (row.name, row.external_id) if value]


def forget_arrived(addresses: Sequence[str]) -> int:
    """Raw events that name one of the addresses."""
    named = [address.encode() for address in addresses]
    gone = 0
    for address, raw in zip(addresses, named, strict=True):
        found = InboundEvent.objects.extra(
            where=["(position(%s in body) > 0 OR headers::text ILIKE %s OR key ILIKE %s)"],
            params=[raw, f"%{escaped(address)}%", f"%{escaped(address)}%"],
        )
        numbers = list(found.values_list("pk", flat=True))
        seals.redact(
            Activity.objects.filter(kind="inbound_event", subject_id__in=numbers),
            keep=FACTS,
            at=timezone.now(),
        )
        gone += InboundEvent.objects.filter(pk__in=numbers).delete()[0]
    return gone


def forget_rules(addresses: Sequence[str], *, at: datetime) -> None:
    found = SenderRule.objects.filter(pattern__in=addresses)
    numbers = list(found.values_list("pk", flat=True))
    about = Activity.objects.filter(kind=SenderRule.kind, subject_id__in=numbers)
    seals.redact(about, keep=FACTS, at=at)
    found.delete()


def forget_stopped(addresses: Sequence[str], *, at: datetime) -> None:
    """That mail to them came back, even if that was lifted long ago."""
    found = StoppedAddress.objects.filter(address__in=addresses)
    told = Activity.objects.filter(kind=StoppedAddress.kind)
    lifted = told.filter(data__address__in=addresses).values_list("subject_id", flat=True)
    numbers = [*found.values_list("pk", flat=True), *lifted]
    seals.redact(told.filter(subject_id__in=numbers), keep=FACTS, at=at)
    found.delete()


def forget_admin_log(contacts: Sequence[int], customers: Sequence[int]) -> None:
    for model, numbers in (("contact", contacts), ("customer", customers)):
        LogEntry.objects.filter(
            content_type__app_label="customers",
            content_type__model=model,
            object_id__in=list(map(str, numbers)),
        ).update(object_repr=GONE, change_message="")
