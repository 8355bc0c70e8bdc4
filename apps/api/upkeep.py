"""What is forgotten in time."""

from datetime import datetime, timedelta

from .models import ApiMinute, ApiRequest

ANSWERS_KEPT = timedelta(hours=72)
MINUTES_KEPT = timedelta(hours=1)


def purge(*, at: datetime) -> int:
    """Forget answers after 72 hours and counted minutes after one; how many rows that was."""
    answers, _ = ApiRequest.objects.filter(created_at__lt=at - ANSWERS_KEPT).delete()
    minutes, _ = ApiMinute.objects.filter(minute__lt=at - MINUTES_KEPT).delete()
    return answers + minutes


def forget_answers() -> int:
    """Empty every answer that is kept for a repeated request: what was done stays done once."""
    return ApiRequest.objects.exclude(status=None).update(body=b"{}")
