"""The words of this app."""

from django.db.models import IntegerChoices, TextChoices


class Status(TextChoices):
    """Where a request is; a duplicate goes on in another one."""

    UNDER_REVIEW = "under_review", "Under review"
    PLANNED = "planned", "Planned"
    IN_PROGRESS = "in_progress", "In progress"
    SHIPPED = "shipped", "Shipped"
    DECLINED = "declined", "Declined"
    PARKED = "parked", "Parked"
    DUPLICATE = "duplicate", "Duplicate"


class Visibility(TextChoices):
    """Who may read of it."""

    INTERNAL = "internal", "Internal"
    PUBLIC = "public", "Public"


class Importance(IntegerChoices):
    """How much it matters to whoever asked."""

    MENTIONED = 0, "Mentioned it"
    NICE = 1, "Nice to have"
    IMPORTANT = 2, "Important"
    BLOCKING = 3, "Blocks them"


class Sort(TextChoices):
    """Orders of the list."""

    DEMAND = "demand", "Most askers"
    WORTH = "worth", "Most revenue"
    CHANGED = "changed", "Changed last"
