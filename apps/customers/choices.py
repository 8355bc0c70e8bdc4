"""The words of this app."""

from django.db.models import TextChoices


class Standing(TextChoices):
    """Where a customer stands with us."""

    TRIAL = "trial", "Trial"
    ACTIVE = "active", "Active"
    AT_RISK = "at_risk", "At risk"
    CHURNED = "churned", "Churned"


class Tier(TextChoices):
    """What service a customer is promised; SLA policies match on it."""

    STANDARD = "standard", "Standard"
    BUSINESS = "business", "Business"
    ENTERPRISE = "enterprise", "Enterprise"
