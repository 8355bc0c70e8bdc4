"""What has to do with what: one matter asked twice, two matters in one mail, somebody else asked."""

from datetime import datetime, timedelta

from django.db.models import Max

from apps.accounts.models import User
from apps.customers.models import Contact
from apps.privacy.models import Hold, Takeout
from apps.privacy.subject import Subject
from apps.tickets.choices import Relation
from apps.tickets.models import Presence, Ticket
from apps.tickets.uniting import merge_contacts

MINUTE = timedelta(minutes=1)


def tell_relations(now: datetime, people: dict[str, User]) -> None:
    """Through the verbs, on the tickets that are on the desk."""
    ada, sol = people["ada@demo.test"], people["sol@demo.test"]
    _aside(now, ada)
    _waits_for_others(now, ada, sol)
    _twice(now, sol)
    _two_in_one(now, ada)
    _one_person(now, sol)
    _desk("Export stops at 10 000 rows").link_to(
        _desk("Pagination skips records"), Relation.RELATED, by=ada, at=now - 90 * MINUTE
    )
    _desk("Webhooks arrive twice").link_to(
        _desk("All dashboards show error 500"), Relation.BLOCKED, by=sol, at=now - 6 * MINUTE
    )
    _asked_for_their_data(now, sol, people["admin@demo.test"])
    _notes(now, ada, sol)
    _read(now, ada, sol)


def _desk(subject: str) -> Ticket:
    return Ticket.objects.filter(subject=subject).latest("pk")


def _aside(now: datetime, ada: User) -> None:
    """The supplier of the warehouse driver is asked, and answers."""
    ticket = _desk("Warehouse connection drops every hour")
    first = ticket.messages.filter(direction="in").earliest("at")
    asked = ticket.write_aside(
        "Hello,\n\na customer of ours loses the connection of your driver 4.2 every hour, to the"
        " minute. Is there a limit for idle sessions that we can set?",
        to="support@warehouse-driver.example",
        subject="Driver 4.2: connection ends after 60 minutes",
        quoting=[first.pk],
        by=ada,
        at=now - 150 * MINUTE,
    )
    ticket.hear_aside(
        asked.side,
        "Hello Ada,\n\nyes: keepalive is off by default since 4.0. Set keepalive=600 in the"
        " connection string. The next release switches it on again.\n\nRegards\nTomas",
        at=now - 64 * MINUTE,
        sender="Tomas Berg",
    )


def _waits_for_others(now: datetime, ada: User, sol: User) -> None:
    """One whom we asked has not answered in time, another still has time."""
    late = _desk("Timezone of scheduled reports")
    late.write_aside(
        "Hello,\n\nyour sign-in sends us “Etc/GMT-1” for everybody in Berlin since Monday. Is"
        " that meant?",
        to="helpdesk@identity.example",
        subject="Time zones in your claims",
        hours=4,
        by=ada,
        at=now - timedelta(hours=23),
    )
    with late.held():
        late.miss_answers(at=now)
    _desk("Webhooks arrive twice").write_aside(
        "Hello,\n\ndid your proxies send requests again between 06:00 and 07:00 UTC?",
        to="noc@transit.example",
        subject="Requests sent twice this morning",
        by=sol,
        at=now - 20 * MINUTE,
        wait=True,
    )


def _twice(now: datetime, sol: User) -> None:
    """A colleague at the same customer asks what is asked already."""
    into = _desk("All dashboards show error 500")
    colleague = into.customer.contacts.exclude(pk=into.contact_id).order_by("pk").first()
    again = Ticket.objects.report(
        subject="Error 500 on every dashboard",
        body="Hello,\n\nour screens in the hall show error 500. Is somebody on it?",
        contact=colleague or into.contact,
        at=now - 12 * MINUTE,
        priority=into.priority,
        queue=into.queue,
    )
    again.merge(into, by=sol, at=now - 8 * MINUTE)


def _one_person(now: datetime, sol: User) -> None:
    """Somebody wrote from their private address too: both are one contact now."""
    known = _desk("Timezone of scheduled reports").contact
    address = f"{known.name.lower().replace(' ', '.')}@mail.example"
    private = Contact.objects.enter(name=known.name, email=address, by=None, at=now - 50 * MINUTE)
    Ticket.objects.report(
        subject="Reports to my private address",
        body="Hello,\n\nI am on the road this week: can the Monday report come here too?",
        contact=private,
        at=now - 50 * MINUTE,
    )
    merge_contacts(private, known, by=sol, at=now - 40 * MINUTE)


def _two_in_one(now: datetime, ada: User) -> None:
    """A second matter at the end of a mail about the first."""
    ticket = _desk("Timezone of scheduled reports")
    said = ticket.hear(
        "Please convert it.\n\nWhile I have you: the PDF of the same report cuts off the last"
        " column since last week.",
        at=now - 75 * MINUTE,
    )
    fresh = ticket.split(
        said, subject="PDF of a report cuts off the last column", by=ada, at=now - 70 * MINUTE
    )
    fresh.prioritise("low", by=ada, at=now - 69 * MINUTE)


def _asked_for_their_data(now: datetime, sol: User, admin: User) -> None:
    """One wants what we know of them; of another nothing may be erased for now."""
    tidy, dispute = Contact.objects.filter(customer__tier="business").order_by("pk")[:2]
    Takeout.order(Subject.of(tidy), by=sol, at=now - 30 * MINUTE)
    Hold.place(
        Subject.of(dispute.customer),
        reason="Dispute about the invoices of the spring, until it is settled.",
        by=admin,
        at=now - timedelta(days=3),
    )


def _notes(now: datetime, ada: User, sol: User) -> None:
    """What whoever answers this customer should know."""
    customer = _desk("Export stops at 10 000 rows").customer
    customer.note(
        "Their exports run at 06:00 before the warehouse opens: no maintenance then.",
        by=ada,
        at=now - timedelta(days=40),
    )
    customer.note(
        "Renewal is with Dana, who reads our answers. Say by when, not “soon”.",
        by=sol,
        at=now - timedelta(days=12),
        pinned=True,
    )


def _read(now: datetime, *people: User) -> None:
    """They have opened what they have, but for what came within the last hours."""
    for ticket in Ticket.objects.unresolved().filter(updated_at__lt=now - timedelta(hours=2)):
        newest = ticket.talk().aggregate(newest=Max("pk"))["newest"] or 0
        for person in people:
            Presence.objects.sign(ticket, person, at=now - timedelta(hours=1), read_to=newest)
