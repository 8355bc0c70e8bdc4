"""How work is asked for."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, Now

from .choices import STOPPED, DeliveryState, WorkState


class DeliveryQuerySet(models.QuerySet):
    """Deliveries of all channels."""

    def about(self, kind: str, subject_id: int) -> "DeliveryQuerySet":
        return self.filter(subject_kind=kind, subject_id=subject_id)

    def dead(self) -> "DeliveryQuerySet":
        return self.filter(state=DeliveryState.DEAD)

    def held(self) -> "DeliveryQuerySet":
        return self.filter(state=DeliveryState.HELD)

    def waiting(self) -> "DeliveryQuerySet":
        return self.filter(state__in=[DeliveryState.PENDING, DeliveryState.SENDING])

    def like(self, delivery: Any) -> "DeliveryQuerySet":
        """The dead ones that died of the same trouble at the same host."""
        return self.dead().filter(
            channel=delivery.channel, host=delivery.host, trouble=delivery.trouble
        )

    def stopped_at(self, address: str) -> "DeliveryQuerySet":
        """Mails that are dead for no other reason than that their address was stopped."""
        mails = self.dead().filter(channel="mail", trouble=STOPPED, recipient__iexact=address)
        return mails.order_by("pk")

    def titled(self) -> "DeliveryQuerySet":
        """`what`: a mail's subject, a webhook's event; without the rest of what they carry."""
        said = [KeyTextTransform(name, "payload") for name in ("subject", "event")]
        what = Coalesce(*said, "cause", output_field=models.TextField())
        return self.annotate(what=what).defer("payload")

    def newest_first(self) -> "DeliveryQuerySet":
        return self.order_by("-id")

    def before(self, pk: int | None) -> "DeliveryQuerySet":
        """The page after the one that ended with this row."""
        return self if pk is None else self.filter(pk__lt=pk)

    def search(self, words: str) -> "DeliveryQuerySet":
        return self.filter(Q(recipient__icontains=words) | Q(cause__icontains=words))

    def enqueue(
        self,
        *,
        channel: str,
        cause: str,
        recipient: str,
        payload: Mapping[str, Any],
        send_after: datetime | None = None,
        about: tuple[str, int] | None = None,
        careful: bool = False,
    ) -> Any:
        """One delivery, inside the caller's transaction; asked again, the one there is.

        `cause` says what it is for (`message:81`); nobody gets two for one cause on one channel.
        A mail's payload has `subject`, `text` and, if wanted, `html`, `from`, `reply_to`, `to`
        and `cc` (what the head says; each recipient's copy is a delivery), `message_id`,
        `return_path` (empty: nobody is told of a bounce), `headers` and `files` (`name`,
        `content_type`, `path` below MEDIA_ROOT, `digest`); a webhook's has `event` and `data`,
        and its recipient is an endpoint's URL.
        `careful` mail is rather not sent than sent twice.
        """
        draft = self.model.draft(
            channel=channel,
            cause=cause,
            recipient=recipient,
            payload=payload,
            send_after=send_after,
            about=about,
            careful=careful,
        )
        self.bulk_create([draft], ignore_conflicts=True)
        return self.get(cause=draft.cause, recipient=draft.recipient, channel=draft.channel)

    def enqueue_all(self, drafts: Iterable[Any]) -> int:
        """Many drafts in few statements; those that exist already stay as they are. How many new.

        Count on the number only where nobody else enqueues for the same causes.
        """
        rows = list(drafts)
        causes = {row.cause for row in rows}
        before = self.filter(cause__in=causes).count()
        self.bulk_create(rows, batch_size=1000, ignore_conflicts=True)
        return self.filter(cause__in=causes).count() - before


class InboundQuerySet(models.QuerySet):
    """Events that arrived."""

    def store(self, kind: str, key: str, body: bytes, headers: Mapping[str, str]) -> Any:
        """Keep the raw event; the same (kind, key) again is the event there is."""
        event = self.model(source=kind, key=key, body=body, headers=dict(headers))
        self.bulk_create([event], ignore_conflicts=True)
        return self.defer("body").get(source=kind, key=key)

    def failed(self) -> "InboundQuerySet":
        return self.filter(state=WorkState.FAILED)

    def due(self) -> "InboundQuerySet":
        return self.filter(_due())

    def newest_first(self) -> "InboundQuerySet":
        return self.order_by("-id")


def _due() -> Q:
    return Q(state=WorkState.PENDING, next_at__lte=Now()) | Q(
        state=WorkState.WORKING, lease_until__lt=Now()
    )


class JobQuerySet(models.QuerySet):
    """Long work."""

    def due(self) -> "JobQuerySet":
        return self.filter(_due())

    def open(self) -> "JobQuerySet":
        return self.filter(state__in=[WorkState.PENDING, WorkState.WORKING])

    def of(self, person: Any) -> "JobQuerySet":
        return self.filter(started_by=person)

    def newest_first(self) -> "JobQuerySet":
        return self.order_by("-id")

    def unfinished(self, kind: str, *subject_ids: int) -> "JobQuerySet":
        """What stands on the page of these records: what is under way, failed, or was cancelled
        last; not what a newer order of the same asks for again.
        """
        same = {name: OuterRef(name) for name in ("subject_kind", "subject_id", "work")}
        newer = self.model.objects.filter(pk__gt=OuterRef("pk"), **same)
        again = newer.filter(Q(params=OuterRef("params")) | Q(work__in=settings.RENEWING))
        settled = Q(state=WorkState.DONE) | Q(Exists(newer), state=WorkState.CANCELLED)
        about = self.filter(subject_kind=kind, subject_id__in=subject_ids)
        return about.exclude(settled).filter(~Exists(again)).order_by("id")


class NotificationQuerySet(models.QuerySet):
    """What a person was told inside the portal."""

    def tell(self, person: Any, *, cause: str, sentence: str, url: str = "", at: datetime) -> Any:
        """Tell a person once per cause, inside the caller's transaction: exactly once."""
        return self.get_or_create(
            person=person,
            cause=cause,
            defaults={"sentence": sentence, "url": url, "at": at},
        )[0]

    def tell_all(self, lines: Iterable[Any]) -> None:
        """The same for many unsaved notifications, in one statement."""
        self.bulk_create(lines, ignore_conflicts=True)

    def of(self, person: Any) -> "NotificationQuerySet":
        return self.filter(person=person).order_by("-id")

    def unread(self) -> "NotificationQuerySet":
        return self.filter(read_at=None)

    def read(self, *, at: datetime) -> int:
        return self.unread().update(read_at=at)


class HeartbeatQuerySet(models.QuerySet):
    """Signs of life."""

    def beat(self, name: str, **detail: Any) -> None:
        """Say that this process lives, by the database's clock."""
        self.bulk_create(
            [self.model(name=name, at=Now(), detail=detail)],
            update_conflicts=True,
            unique_fields=["name"],
            update_fields=["at", "detail"],
        )


class EndpointQuerySet(models.QuerySet):
    """Places programs listen at."""

    def hearing(self, event: str) -> "EndpointQuerySet":
        """The active ones that asked for this event, or for all."""
        return self.filter(active=True).filter(Q(events__contains=[event]) | Q(events=[]))


class HostQuerySet(models.QuerySet):
    """Hosts with trouble."""

    def open(self) -> "HostQuerySet":
        return self.filter(opened_at__isnull=False)

    def by_trouble(self) -> "HostQuerySet":
        return self.order_by(F("opened_at").desc(nulls_last=True), "-failures")
