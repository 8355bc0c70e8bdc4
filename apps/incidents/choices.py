"""The words of this app."""

from django.db.models import TextChoices


class Severity(TextChoices):
    """How bad it is, the worst first."""

    SEV1 = "SEV1", "SEV1"
    SEV2 = "SEV2", "SEV2"
    SEV3 = "SEV3", "SEV3"
    SEV4 = "SEV4", "SEV4"

    @property
    def means(self) -> str:
        """When to choose it."""
        return {
            Severity.SEV1: "nobody can work, or data is at risk",
            Severity.SEV2: "a main part is down for many",
            Severity.SEV3: "a part is slow or wrong for some",
            Severity.SEV4: "a nuisance with a way around it",
        }[self]


class Type(TextChoices):
    """What kind of trouble it is."""

    OUTAGE = "outage", "Outage"
    DEGRADATION = "degradation", "Degradation"
    DATA = "data", "Wrong or lost data"
    SECURITY = "security", "Security"
    OTHER = "other", "Something else"


class State(TextChoices):
    """Where it stands."""

    TRIAGE = "triage", "Triage"
    ACTIVE = "active", "Active"
    MITIGATED = "mitigated", "Mitigated"
    RESOLVED = "resolved", "Resolved"
    REVIEWED = "reviewed", "Reviewed"
    MERGED = "merged", "Merged"


class Audience(TextChoices):
    """Whom an update is for."""

    CUSTOMERS = "customers", "Customers"
    SUPPORT = "support", "Support"
    INTERNAL = "internal", "Everybody here"
    LEADERSHIP = "leadership", "Leadership"


class Reach(TextChoices):
    """What becomes of one ticket by an update for customers."""

    WAITING = "waiting", "Waiting"
    TOLD = "told", "Told by mail"
    BESIDE = "beside", "Told on another ticket"
    LEFT_OUT = "left_out", "Left out"
    TAKEN_BACK = "taken_back", "Taken back"
