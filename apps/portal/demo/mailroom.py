"""Mail as it arrived today: some held back, an absence, a screenshot, damaged letters, an answer
that came back, one that could not be filed."""

import logging
from base64 import encodebytes
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.utils import format_datetime

from django.conf import settings
from django.db.models.functions import Now

from apps.accounts.models import User
from apps.customers.models import Contact
from apps.tickets import filing
from apps.tickets.choices import MailState
from apps.tickets.keys import keys
from apps.tickets.models import InboundMail, Mailbox, Queue, Ticket
from apps.tickets.rules import mail

from .screenshot import screenshot

MINUTE = timedelta(minutes=1)
WAY = "hook:demo"

# Minutes ago, sender, subject, more of the head, words.
_HELD = (
    (412, "Northwind Weekly <news@northwind.example>", "12 ideas for calmer Mondays",
     "List-Id: <weekly.northwind.example>\nList-Unsubscribe: <https://northwind.example/off>\n",
     "This week: dashboards nobody reads, and what to do about them."),
    (233, "Backup <backup@harbour.example>", "[backup] nightly job finished with 1 warning",
     "Auto-Submitted: auto-generated\n",
     "Volume 3 is 91 % full. This message was written by a program."),
    (158, "Tidewater Support <support@demo.test>", "Your mailbox is almost full",
     "", "Sign in within 24 hours to keep your mail."),
    (61, "Alexis <offers@quickrank.example>", "First place on every search page",
     "X-Spam-Flag: YES\n", "We looked at your website and found 14 chances."),
)  # fmt: skip


def tell_mail(now: datetime, people: dict[str, User], queue: Queue) -> int:
    """A mailbox, and what came through it; returns how many mails."""
    box = Mailbox(
        name="Support mailbox",
        host="imap.tidewater.example",
        user=queue.address,
        queue=queue,
        active=False,  # nobody's server in a story
    )
    box.put_secret("demo")
    box.save()
    for ago, sender, subject, more, words in _HELD:
        _arrive(now - ago * MINUTE, sender, queue.address, subject, more, words)
    _absence(now)
    _came_back(now, people["ada@demo.test"], queue)
    _with_picture(now, queue)
    _damaged(now, queue)
    _failed(now, queue)
    return len(_HELD) + 5


def _arrive(at: datetime, sender: str, to: str, subject: str, more: str, body: str) -> None:
    """One mail, kept and filed."""
    head = f"From: {sender}\nTo: {to}\nSubject: {subject}\nDate: {format_datetime(at)}\n"
    raw = f"{head}Message-ID: <{at:%H%M%S}.{len(body)}@mx.example>\n{more}\n{body}\n"
    InboundMail.objects.receive(raw.encode(), way=WAY, arrived_at=at)
    filing.file_next()


def _absence(now: datetime) -> None:
    """They are away: the ticket goes on waiting, no clock moves."""
    ticket = Ticket.objects.filter(subject="Timezone of scheduled reports").latest("pk")
    answer = ticket.messages.filter(direction="out").latest("pk")
    _arrive(
        answer.at + MINUTE,
        f"{ticket.contact.name} <{ticket.contact.email}>",
        mail.reply_address(ticket.queue.address, ticket.pk, keys()),
        f"Automatic reply: {ticket.subject}",
        f"Auto-Submitted: auto-replied\nIn-Reply-To: {_id_of(ticket, answer.pk)}\n",
        "I am out of the office until Monday and read mail in the evening.",
    )


def _with_picture(now: datetime, queue: Queue) -> None:
    """A screenshot among the words, as people paste one; the logo below lies elsewhere."""
    contact = Contact.objects.filter(customer__tier="enterprise").order_by("-pk")[0]
    boundary = "Content-Type: multipart/related; boundary=pictures\n"
    words = (
        "--pictures\nContent-Type: text/html; charset=utf-8\n\n"
        "<p>Hello,</p><p>the last row of our weekly report has been empty since Monday:</p>"
        '<p><img src="cid:report@here" width="520" height="236"></p>'
        f"<p>Where did it go?</p><p>{contact.name}<br>"
        f'<img src="https://{contact.customer.domain}/logo.png" alt="{contact.customer}"></p>\n'
        "--pictures\nContent-Type: image/png; name=weekly-report.png\n"
        "Content-ID: <report@here>\nContent-Transfer-Encoding: base64\n\n"
        f"{encodebytes(screenshot()).decode()}\n--pictures--"
    )
    sender = f"{contact.name} <{contact.email}>"
    subject = "Last row of the weekly report is empty"
    _arrive(now - 44 * MINUTE, sender, queue.address, subject, boundary, words)


def _damaged(now: datetime, queue: Queue) -> None:
    """A server on its way broke some letters: the ticket says so and leads to the raw mail."""
    contact = Contact.objects.filter(customer__tier="standard").order_by("-pk")[0]
    head = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n"
    words = "Hello,\n\nthe caf=C3 on the second floor has no Wi-Fi sign-in any more, the one in the"
    words += f" bistr=C3 does. Is that the update?\n\n{contact.name}"
    sender = f"{contact.name} <{contact.email}>"
    _arrive(now - 37 * MINUTE, sender, queue.address, "Sign-in page is gone", head, words)


def _failed(now: datetime, queue: Queue) -> None:
    """The disk for files was full when this came; it is read again from its bytes with one click."""
    contact = Contact.objects.filter(customer__tier="enterprise").order_by("-pk")[1]
    boundary = "Content-Type: multipart/mixed; boundary=parts\n"
    words = (
        "--parts\nContent-Type: text/plain; charset=utf-8\n\n"
        "Hello,\n\nattached is the export that opens with the wrong separator since this morning."
        f" Semicolons, please, as before.\n\n{contact.name}\n"
        "--parts\nContent-Type: text/csv; name=orders.csv\n"
        "Content-Disposition: attachment; filename=orders.csv\n\n"
        "order,placed,total\n10441,2 March,1290.00\n10442,2 March,75.50\n\n--parts--"
    )
    sender = f"{contact.name} <{contact.email}>"
    subject = "Export opens with the wrong separator"
    with _full_disk():
        _arrive(now - 26 * MINUTE, sender, queue.address, subject, boundary, words)
        for _ in range(filing.TRIES - 1):
            InboundMail.objects.filter(state=MailState.RECEIVED).update(next_at=Now())
            filing.file_next()


@contextmanager
def _full_disk() -> Iterator[None]:
    """Nothing can be put on the disk that files are kept on; the log need not hear of it."""
    usual, settings.MEDIA_ROOT = settings.MEDIA_ROOT, "/dev/full"
    logging.disable(logging.ERROR)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
        settings.MEDIA_ROOT = usual


def _came_back(now: datetime, ada: User, queue: Queue) -> None:
    """A first answer that never arrived: its clock runs on from where it began."""
    contact = Contact.objects.filter(customer__tier="business").order_by("-pk")[0]
    ticket = Ticket.objects.report(
        subject="Where is the audit log?",
        body=f"Hello,\n\nour auditors ask who changed a report in March.\n\n{contact.name}",
        contact=contact,
        queue=queue,
        at=now - 96 * MINUTE,
    )
    answer = ticket.reply(
        "Under Settings, Audit. It goes back twelve months.", by=ada, at=now - 71 * MINUTE
    )
    report = (
        "--b\n\nYour mail could not be delivered.\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; {contact.email}\nAction: failed\nStatus: 5.1.1\n"
        "Diagnostic-Code: smtp; 550 5.1.1 user unknown\n\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {_id_of(ticket, answer.pk)}\n--b--"
    )
    _arrive(
        now - 70 * MINUTE,
        "Mail Delivery System <mailer-daemon@mx.example>",
        mail.reply_address(queue.address, ticket.pk, keys()),
        "Undelivered Mail Returned to Sender",
        "Return-Path: <>\nContent-Type: multipart/report; boundary=b\n",
        report,
    )


def _id_of(ticket: Ticket, message: int) -> str:
    return mail.message_id(ticket.pk, message, "demo.test", keys())
