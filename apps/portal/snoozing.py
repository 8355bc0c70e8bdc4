"""Times to hide a ticket until, in a person's own day. Pure."""

from datetime import datetime, timedelta

CHOICES = (
    ("hour", "For an hour"),
    ("afternoon", "Until 15:00"),
    ("tomorrow", "Until tomorrow, 9:00"),
    ("monday", "Until Monday, 9:00"),
    ("week", "For a week"),
)


def until(choice: str, now: datetime) -> datetime | None:
    """The instant a choice means; `now` is in the person's zone. Unknown words mean nothing."""
    morning = now.replace(hour=9, minute=0, second=0, microsecond=0)
    match choice:
        case "hour":
            return now + timedelta(hours=1)
        case "afternoon":
            return morning.replace(hour=15)
        case "tomorrow":
            return morning + timedelta(days=1)
        case "monday":
            return morning + timedelta(days=7 - now.weekday())
        case "week":
            return now + timedelta(days=7)
    return None
