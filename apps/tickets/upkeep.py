"""What tickets do by themselves: wake, close, miss answers, and have their words gathered."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from apps.calendars.rules import days_before
from apps.outbox.drains import drain
from apps.timeline.refusal import Refused

from .models import Draft, Presence, Queue, RawMail, SearchDoc, SideDraft, Ticket, draft, presence

log = logging.getLogger(__name__)
FORGET_AFTER = timedelta(days=90)
AT_ONCE = 200


def wake(*, at: datetime) -> int:
    """Show tickets whose time has come; returns how many."""
    return _each(Ticket.objects.to_wake(at), lambda ticket: ticket.wake(at=at))


def miss_answers(*, at: datetime) -> int:
    """Tell whoever asked somebody else that no answer came in time; returns on how many tickets."""
    late = Ticket.objects.unanswered_aside(at)
    return _each(late, lambda ticket: ticket.miss_answers(at=at))


def close_resolved(*, at: datetime) -> int:
    """Close what has been resolved for some days and not been reopened; returns how many.

    `CLOSE_ON_WORKING_DAYS`: days on which its queue works; without hours it always does.
    """
    days = settings.CLOSE_AFTER_DAYS
    if not days:
        return 0
    old = Ticket.objects.to_close(at - timedelta(days=days))
    if settings.CLOSE_ON_WORKING_DAYS:
        old = old.filter(_worked_since(at, days))
    return _each(old, lambda ticket: ticket.close(by=None, at=at))


def _worked_since(at: datetime, days: int) -> Q:
    """Resolved so many days ago on which their queue worked."""
    queues = list(Queue.objects.exclude(calendar=None).select_related("calendar__current"))
    fits = ~Q(queue__in=queues)
    for queue in queues:
        if before := days_before(queue.hours(), at, days):
            fits |= Q(queue=queue, resolved_at__lt=before)
    return fits


def _each(tickets, act) -> int:
    """Some of these tickets, those nobody else holds now; the rest is for the next time."""
    done = 0
    with transaction.atomic():
        held = tickets.order_by("pk").select_for_update(skip_locked=True, of=("self",))
        for ticket in held[:AT_ONCE]:
            try:
                act(ticket)
                done += 1
            except Refused as refused:
                log.info("left as it is", extra={"ticket": ticket.pk, "why": refused.sentence})
    return done


def forget_mail(*, at: datetime, after: timedelta = FORGET_AFTER) -> int:
    """Let go of the bytes of mails that nobody has to decide about any more; returns how many."""
    return RawMail.objects.forgettable(at - after).forget()


def forget(*, at: datetime) -> int:
    """Drafts that were sent or discarded long ago, and signs of life nobody asks for any more."""
    drafts = Draft.objects.exclude(pk__in=Draft.objects.written().values("pk"))
    gone, _ = drafts.filter(updated_at__lt=at - draft.FORGOTTEN_AFTER).delete()
    aside, _ = SideDraft.objects.filter(discarded_at__lt=at - draft.FORGOTTEN_AFTER).delete()
    left, _ = Presence.objects.filter(at__lt=at - presence.FORGOTTEN_AFTER).delete()
    return gone + aside + left


def words_due() -> int:
    """Whether words wait to be gathered or counted: one nudge is enough."""
    return int(SearchDoc.objects.is_due())


def gather_words() -> int:
    """Bring the search up to date with imported and corrected tickets."""
    return drain("tickets.words", gather_some)


def gather_some() -> bool:
    """One batch; true while there may be more."""
    with transaction.atomic():
        gathered = SearchDoc.objects.gather()
    with transaction.atomic():
        counted = SearchDoc.objects.count_words()
    return bool(gathered or counted)
