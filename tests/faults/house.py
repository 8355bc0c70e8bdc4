"""The portal seen from inside its database, by the harness."""

import time
import uuid
from datetime import timedelta

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from apps.metrics.models import Metric, Source
from apps.outbox.models import Delivery, Endpoint, Host, InboundEvent
from apps.public.models import Hook
from apps.tickets.choices import MailState
from apps.tickets.models import InboundMail, Mailbox

from . import door, post
from .stage import Stage

Away = (OperationalError, InterfaceError)
BACK = 60.0  # seconds after which a database that was brought down has long been back


def prepare(stage: Stage) -> None:
    """The harness's tables, two listeners and a source."""
    door.make_tables()
    for name in ("127.0.0.1", "localhost"):
        endpoint = Endpoint(name=name, url=f"http://{name}:{stage.http_port}/hook/{name}")
        endpoint.events = ["faults.asked"]  # not of the tickets that mails become
        endpoint.renew_secret()
        endpoint.save()
    metric = Metric.objects.create(key="faults.measured", title="Measured under faults", step=1)
    Source.objects.create(
        name="faults",
        sort="prometheus",
        metric=metric,
        url=f"http://127.0.0.1:{stage.http_port}/prometheus",
        query="faults",
        step=1,
        every=5,
        settle=2,
        overlap=10,
        look_back=3600,
        timeout=10,
        next_at=timezone.now(),
    )


def open_mailroom(imap: int | None) -> str:
    """A hook for mail, and a mailbox where there is a server; where the hook is."""
    if imap:
        box = Mailbox(name="faults", host="127.0.0.1", port=imap, security="none", user=post.USER)
        box.every = 1
        box.put_secret(post.PASSWORD)
        box.save()
    _, secret = Hook.objects.issue("mail", "faults", by=None, at=timezone.now())
    return Hook.path("mail", secret)


def measure_quiet(stage: Stage, count: int) -> float:
    """Deliveries per second with nothing else to do."""
    with transaction.atomic():
        for _ in range(count // (door.MAILS + door.HOOKS)):
            key = str(uuid.uuid4())
            Delivery.objects.bulk_create(door.drafts(key))
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO faults_ask VALUES (%s)", [key])
    began, total = time.monotonic(), Delivery.objects.count()
    while Delivery.objects.filter(state="sent").count() < total * 0.99:
        stage.play(0.5)
    return total * 0.99 / (time.monotonic() - began)


def mark() -> None:
    """From here on delays count."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO faults_effect (kind, key) VALUES ('mark', '')")


def sent(stage: Stage) -> int:
    """How many deliveries arrived so far; a fault may have cut us off, so asked until answered."""
    until = time.monotonic() + BACK
    while True:
        try:
            return Delivery.objects.filter(state="sent").count()
        except Away:
            connection.close()
            if time.monotonic() > until:
                raise
        stage.play(0.5)


def come_to_rest(stage: Stage, longest: float) -> float | None:
    """
    Wait until nothing is left to do, as a person would help: dead ones are retried.

    A backlog that shrinks is no standstill, however slow the machine: `longest` is how many seconds
    may pass without anything being done.
    """
    global _left_alone
    began = moved = time.monotonic()
    _left_alone, done = timezone.now(), -1
    while time.monotonic() - moved < longest:
        try:
            if _is_at_rest():
                return time.monotonic() - began
            if (now := _done()) > done:
                done, moved = now, time.monotonic()
        except Away:
            connection.close()
        stage.play(1.0)
    return None


def _done() -> int:
    """How much was done so far: sent, worked off, filed."""
    filed = InboundMail.objects.exclude(state__in=[MailState.RECEIVED, MailState.FAILED])
    sent = Delivery.objects.filter(state="sent").count()
    return sent + InboundEvent.objects.filter(state="done").count() + filed.count()


_left_alone = timezone.now()  # a mailbox looked into after this moment has been emptied


def _is_at_rest() -> bool:
    now = timezone.now()
    for dead in Delivery.objects.dead()[:500]:
        dead.retry(by=None, at=now)
    for failed in InboundEvent.objects.failed()[:500]:
        failed.replay(by=None, at=now)
    # Back-off may have grown to minutes while a sink was down; a person presses "retry".
    Delivery.objects.filter(state="pending", next_at__gt=now + timedelta(seconds=20)).update(
        next_at=now
    )
    waiting = Delivery.objects.exclude(state="sent").exists()
    unread = InboundEvent.objects.exclude(state="done").exists()
    for broken in InboundMail.objects.filter(state=MailState.FAILED)[:500]:
        broken.retry(by=None, at=now)
    Mailbox.objects.filter(failures__gt=0).update(next_at=now)
    to_file = InboundMail.objects.filter(state=MailState.RECEIVED).exists()
    to_fetch = Mailbox.objects.filter(active=True).exclude(looked_at__gt=_left_alone).exists()
    return not (waiting or unread or to_file or to_fetch or Host.objects.open().exists())
