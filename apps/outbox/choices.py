"""The words of this app."""

from django.db.models import TextChoices


class Channel(TextChoices):
    """How a delivery leaves."""

    MAIL = "mail", "Mail"
    WEBHOOK = "webhook", "Webhook"


class DeliveryState(TextChoices):
    """Where a delivery stands."""

    PENDING = "pending", "Pending"
    SENDING = "sending", "Sending"
    SENT = "sent", "Sent"
    DEAD = "dead", "Dead"
    HELD = "held", "Held"
    CANCELLED = "cancelled", "Cancelled"


class Held(TextChoices):
    """Why a delivery waits for somebody."""

    BREAKER = "breaker", "Its host keeps failing"
    UNKNOWN = "unknown", "It may have been sent already"
    RESTORE = "restore", "It was restored from a backup"


class Outcome(TextChoices):
    """How one attempt went."""

    SENT = "sent", "Sent"
    REFUSED = "refused", "Refused for good"
    FAILED = "failed", "Failed for now"
    VANISHED = "vanished", "Never came back"


class WorkState(TextChoices):
    """Where an event that arrived, or a job, stands."""

    PENDING = "pending", "Waiting"
    WORKING = "working", "Working"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


STOPPED = "Address stopped"  # the trouble of a mail that is not even tried
