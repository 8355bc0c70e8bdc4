"""What was said on a ticket, and the files that came with it."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from ..choices import Channel, Direction
from ..letters import UNDO
from ..rules import pictures
from ..writing import html_of


class MessageQuerySet(models.QuerySet):
    """Messages."""

    def shown_to_contact(self, *, at: datetime) -> "MessageQuerySet":
        """What its contact may read, newest first: no notes, nothing that can be taken back."""
        public = self.filter(direction__in=[Direction.IN, Direction.OUT], undone_at=None)
        public = public.exclude(direction=Direction.OUT, at__gt=at - UNDO)
        return public.select_related("author", "contact").order_by("-at", "-id")

    def between_people(self, *, besides: Any) -> "MessageQuerySet":
        """What customers and colleagues other than this one said to each other."""
        said = self.filter(undone_at=None, automatic=False)
        return said.exclude(direction=Direction.NOTE).exclude(author=besides)

    def heard_since(self, at: datetime, *, most: int) -> int:
        """How often the customer wrote since then; not counted beyond `most`."""
        return self.filter(direction=Direction.IN, at__gte=at)[:most].count()


class Message(models.Model):
    """One thing said: by a customer, to a customer, or among staff."""

    ticket = models.ForeignKey(
        "tickets.Ticket", models.CASCADE, related_name="messages", db_index=False
    )
    direction = models.CharField(max_length=4, choices=Direction.choices)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    contact = models.ForeignKey(
        "customers.Contact",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    author_label = models.CharField(max_length=200, blank=True)
    side = models.ForeignKey(
        "tickets.SideConversation",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="messages",
        db_index=False,
        help_text="A note that was said to, or by, somebody the contact does not see.",
    )
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    cc = ArrayField(models.EmailField(), default=list, db_default=[], blank=True)
    body = models.TextField()
    quoted = models.TextField(blank=True, help_text="What the message quotes, folded away.")
    html = models.TextField(blank=True, help_text="The body, sanitised when it was written.")
    headers = models.TextField(blank=True, help_text="The mail headers, as they came.")
    message_id = models.CharField("Message-ID", max_length=998, blank=True)
    remarks = models.TextField(
        blank=True, db_default="", help_text="What of the mail is not shown here, and where it is."
    )
    stranger = models.BooleanField(
        "from somebody the ticket did not know", default=False, db_default=False
    )
    automatic = models.BooleanField("written by a program", default=False)
    attachments_count = models.PositiveSmallIntegerField(default=0)
    channel = models.CharField(
        max_length=10,
        choices=Channel.choices,
        blank=True,
        db_default="",
        help_text="For what was said on the phone or in a chat, and written down.",
    )
    duration = models.DurationField(null=True, blank=True)
    answered = models.BooleanField(
        default=False, db_default=False, help_text="Their words were answered as they were said."
    )
    bounced_at = models.DateTimeField(null=True, blank=True, help_text="Came back undelivered.")
    undone_at = models.DateTimeField(null=True, blank=True, help_text="Taken back before sent.")

    objects = MessageQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["ticket", "at", "id"], name="message_thread"),
            models.Index(
                fields=["message_id"], condition=~models.Q(message_id=""), name="message_mail_id"
            ),
            models.Index(
                fields=["contact"], condition=~models.Q(contact=None), name="message_contact"
            ),
            models.Index(
                fields=["side", "at", "id"], condition=~models.Q(side=None), name="message_side"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.ticket_id} {self.direction} {self.at:%Y-%m-%d %H:%M}"

    @property
    def who(self) -> str:
        """The name to show beside it."""
        if self.author_id:
            return str(self.author)
        nobody = "Somebody" if self.direction == Direction.IN else "Afterlaunch"
        return str(self.contact) if self.contact_id else self.author_label or nobody

    @property
    def who_for_contact(self) -> str:
        """The name a customer sees: never an address of ours."""
        if self.direction == Direction.OUT:
            return self.author.name if self.author_id and self.author.name else "Support"
        return self.who

    @property
    def left(self) -> bool:
        """Whether it went out as a mail of ours."""
        if self.side_id:
            return self.author_id is not None
        return self.direction == Direction.OUT

    @property
    def shown(self) -> str:
        """Its safe HTML; an imported message is rendered when it is read, not when it came.

        Pictures are their names: whoever can draw them draws `html` (`rules.pictures`).
        """
        return pictures.as_words(self.html) or html_of(self.body)

    @property
    def cause(self) -> str:
        """What its delivery in the outbox is known by."""
        return f"message:{self.pk}"


class Attachment(models.Model):
    """A file on a message; its content is stored once under its digest."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    digest = models.CharField("SHA-256", max_length=64, db_index=True)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name
