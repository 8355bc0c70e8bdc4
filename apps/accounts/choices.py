"""The words of this app."""

from django.db.models import TextChoices


class Role(TextChoices):
    """What someone is here for; a person may hold several."""

    SUPPORT = "support", "Support agent"
    SUPPORT_LEAD = "support_lead", "Support lead"
    PRODUCT = "product", "Product manager"
    ON_CALL = "on_call", "On call"
    COMMUNICATIONS = "communications", "Communications"
    LEADERSHIP = "leadership", "Leadership"
    ADMINISTRATOR = "administrator", "Administrator"


class Theme(TextChoices):
    """Which colours a person sees."""

    AUTO = "auto", "As the system"
    LIGHT = "light", "Light"
    DARK = "dark", "Dark"


class AfterSend(TextChoices):
    """Where a sent reply leads."""

    NEXT = "next", "To the next ticket of the list"
    STAY = "stay", "Stay on the ticket"
    LIST = "list", "Back to the list"


class Density(TextChoices):
    """How close the rows stand."""

    COMFORTABLE = "comfortable", "Comfortable"
    COMPACT = "compact", "Compact"
