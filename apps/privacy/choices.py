"""The words of this app."""

from django.db.models import TextChoices


class Whose(TextChoices):
    """Of whom it is."""

    CONTACT = "contact", "A person"
    CUSTOMER = "customer", "A customer with all its people"


class Stand(TextChoices):
    """How far an erasure is."""

    ASKED = "asked", "Asked for"
    APPROVED = "approved", "Approved, running"
    DONE = "done", "Done"
    REFUSED = "refused", "Refused"
