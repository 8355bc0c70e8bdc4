"""The words of this app."""

from django.db.models import TextChoices


class State(TextChoices):
    """Where an action stands."""

    OPEN = "open", "Open"
    DONE = "done", "Done"
    DROPPED = "dropped", "Dropped"
