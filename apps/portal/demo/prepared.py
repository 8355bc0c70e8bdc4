"""What the team has prepared and begun: canned replies, macros, a draft, a mention for Ada."""

from datetime import datetime, timedelta

from apps.accounts.models import Team, User
from apps.tickets.choices import Mode
from apps.tickets.models import CannedReply, Draft, Macro, Presence, Queue, Ticket

HELLO = 'Hello {{ contact.first_name | "there" }},\n\n'
CANNED = (
    (
        "Export limit explained", "Exports", "",
        "an export holds 10 000 rows at most when the report has calculated columns. Until the "
        "limit is gone you can split the report by month; I am glad to set that up for you.",
    ),
    (
        "Certificate change, step by step", "Sign-in", "",
        "1. Upload the new certificate beside the old one\n2. Wait for ten minutes\n"
        "3. Sign in from a private window\n4. Remove the old one\n\nTell me at which step it stops.",
    ),
    (
        "We are looking into it", "Everyday", "",
        "thank you, we can see it too and are looking into it. You will hear from me "
        'by {{ expected_by | "the end of the day" }}.',
    ),
    (
        "Corrected invoice", "Billing", "billing",
        "the corrected invoice for {{ customer.name | \"your company\" }} is on its way. "
        "The number stays the same, with an A behind it.",
    ),
    (
        "Is it solved?", "Everyday", "",
        "did that help? If I do not hear from you I will close #{{ ticket.number }} in a week; "
        "an answer to this mail opens it again.",
    ),
)  # fmt: skip
MACROS = (
    (
        "Ask for an example", "",
        [
            {"do": "reply", "text": HELLO + "could you send one id for which it happened, and the "
             "hour? With it we find the request at once.\n\n{{ agent.first_name }}"},
            {"do": "status", "to": "waiting_customer"},
            {"do": "tag", "add": ["needs-example"]},
        ],
    ),
    (
        "Refund agreed", "billing",
        [
            {"do": "reply", "text": HELLO + "the refund is on its way and reaches you within five "
             "working days."},
            {"do": "status", "to": "resolved"},
            {"do": "tag", "add": ["refund"]},
        ],
    ),
    (
        "Take over and raise", "",
        [{"do": "assign", "to": "me"}, {"do": "priority", "to": "high"}],
    ),
    ("Back on Monday", "", [{"do": "snooze", "for": "monday 9"}]),
)  # fmt: skip


def tell_prepared(now: datetime, people: dict[str, User]) -> None:
    """Through the verbs, as the team would have done it over the months."""
    ada, sol = people["ada@demo.test"], people["sol@demo.test"]
    queues = {queue.slug: queue for queue in Queue.objects.all()}
    for number, (title, folder, queue, text) in enumerate(CANNED):
        at = now - timedelta(days=90 - number)
        made = CannedReply.add(
            by=sol,
            at=at,
            shared=True,
            title=title,
            folder=folder,
            body=f"{HELLO}{text}\n\n{{{{ agent.first_name }}}}",
            queue=queues.get(queue),
            team=Team.objects.get(name="Support"),
        )
        for use in range(3 + (number * 17) % 23):
            CannedReply.objects.used([made.pk], at=now - timedelta(days=use + 1))
    CannedReply.add(
        by=ada,
        at=now - timedelta(days=12),
        title="My phone hours",
        folder="Mine",
        body=f"{HELLO}you reach me by phone between nine and four.",
    )
    for position, (title, queue, steps) in enumerate(MACROS):
        Macro.add(
            by=sol,
            at=now - timedelta(days=60),
            shared=True,
            title=title,
            queue=queues.get(queue),
            position=position,
            steps=steps,
        )
    _begun(now, ada, sol)


def _begun(now: datetime, ada: User, sol: User) -> None:
    """Sol asks Ada something; Ada has begun an answer on one ticket and followed another."""
    asked = Ticket.objects.get(subject="SSO loop after certificate change", external_id=None)
    asked.note(
        "@ada you did the certificate change for them in spring; can you look at step 3 with me?",
        by=sol,
        at=now - timedelta(minutes=40),
    )
    begun = Ticket.objects.get(subject="Pagination skips records", external_id=None)
    Draft.objects.keep(
        begun,
        ada,
        mode=Mode.REPLY,
        body="Thank you for the id, that helped: the record was written twice within one second, "
        "and the page ",
        at=now - timedelta(minutes=25),
    )
    read_to = begun.messages.order_by("pk").values_list("pk", flat=True).first()
    Presence.objects.sign(begun, ada, at=now - timedelta(hours=6), read_to=read_to or 0)
    Ticket.objects.get(subject="Webhooks arrive twice", external_id=None).follow(by=ada, at=now)
