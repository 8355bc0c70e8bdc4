"""The words of this app; clocks speak the words of the rules."""

from django.db.models import TextChoices


class Kind(TextChoices):
    """What was promised."""

    FIRST_RESPONSE = "first_response", "First response"
    NEXT_RESPONSE = "next_response", "Next response"
    RESOLUTION = "resolution", "Resolution"


class State(TextChoices):
    """How a clock stands."""

    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    MET = "met", "Met"
    BREACHED_OPEN = "breached_open", "Breached, still open"
    BREACHED_CLOSED = "breached_closed", "Breached"
    CANCELLED = "cancelled", "Cancelled"


class Do(TextChoices):
    """What a step of the ladder does."""

    NOTIFY = "notify", "Tell"
    REASSIGN = "reassign", "Give the ticket to"
    RAISE = "raise", "Raise the priority"


OPEN = (State.RUNNING, State.PAUSED, State.BREACHED_OPEN)
DECIDED = (State.MET, State.BREACHED_OPEN, State.BREACHED_CLOSED)
