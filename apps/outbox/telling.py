"""Tells programs what happened: one delivery for each activity and each endpoint that hears it.

The timeline is read in the order of its ids, outside the change's own transaction, so that no verb
pays for it. A change that began earlier may commit later with a lower id; what was read is
therefore read again until it has settled, and the cause `activity:ID` keeps it to one delivery.
What an import tells of the past is not told.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from apps.timeline.models import Activity

from .drains import drain
from .models import Delivery, Endpoint, Telling

BATCH = 500  # activities read at once
_DUE = """
    SELECT EXISTS (SELECT FROM outbox_endpoint WHERE active) AND EXISTS (
        SELECT FROM timeline_activity
        WHERE id > coalesce((SELECT settled_to FROM outbox_telling WHERE id = 1), 0)
    )
"""


def due() -> int:
    """Whether there is anything to tell anybody."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE)
        return int(cursor.fetchone()[0])


def drain_due() -> int:
    """Tell what is due."""
    return drain("outbox.telling", tell)


@transaction.atomic
def tell() -> bool:
    """One batch; whether there may be more."""
    telling = Telling.held()
    settled = telling.everything_read_has_settled()  # asked before what settled is read again
    endpoints = list(Endpoint.objects.filter(active=True))
    later = Activity.objects.filter(id__gt=telling.read_to).order_by("id")
    again = Activity.objects.filter(id__gt=telling.settled_to, id__lte=telling.read_to)
    fresh = list(later.with_people()[:BATCH])
    drafts = [*deliveries(again.with_people(), endpoints), *deliveries(fresh, endpoints)]
    Delivery.objects.bulk_create(drafts, batch_size=1000, ignore_conflicts=True)
    telling.move(
        settled_to=telling.read_to if settled else telling.settled_to,
        read_to=fresh[-1].pk if fresh else telling.read_to,
    )
    return len(fresh) == BATCH


def deliveries(activities: Iterable[Activity], endpoints: list[Endpoint]) -> Iterator[Delivery]:
    """Who hears what."""
    for activity in activities:
        if activity.kind not in settings.EVENTS or "run" in activity.data:
            continue
        event = f"{activity.kind}.{activity.verb}"
        for endpoint in endpoints:
            if endpoint.hears(event, activity.recorded_at):
                yield Delivery.draft(
                    channel="webhook",
                    cause=f"activity:{activity.pk}",
                    recipient=endpoint.url,
                    payload={"event": event, "data": told(activity)},
                    about=(activity.kind, activity.subject_id),
                )


def told(activity: Activity) -> dict[str, Any]:
    """The activity as a program reads it; `changes` has each changed field as [before, after]."""
    return {
        "activity": activity.pk,
        "kind": activity.kind,
        "id": activity.subject_id,
        "verb": activity.verb,
        "at": activity.at.isoformat(),
        "by": activity.who,
        "changes": activity.data,
    }
