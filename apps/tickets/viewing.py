"""How long the pinned views are: what is quick is counted when it is looked at, the rest before."""

from datetime import datetime, timedelta
from time import perf_counter

from django.db import OperationalError, connection, transaction

from apps.accounts.models import User

from .listing import asked, counted
from .models import Habit, View
from .rules.words import ask

SLOW = 10_000  # microseconds; a view that takes longer is counted in the background
AGAIN = timedelta(minutes=2)
LONGEST = 2_000  # milliseconds one count may take; the number from before stays then
AT_ONCE = 100


def pin(view: View, *, by: User, at: datetime) -> None:
    """Into somebody's rail, counted."""
    measure(view.pin(by=by), at=at)


def measure(habit: Habit, *, at: datetime) -> None:
    """Count a pinned view, and remember what that cost."""
    began = perf_counter()
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {LONGEST}")
            tickets = asked(ask(habit.view.words), habit.person)
            habit.count = counted({"all": tickets})["all"]
            habit.counted_at = at
    except OperationalError:  # it took too long
        habit.counted_at = habit.counted_at or at
    habit.took = int((perf_counter() - began) * 1_000_000)
    habit.save(update_fields=["count", "counted_at", "took"])


def count_pins(*, at: datetime) -> int:
    """Bring the numbers up to date that are not counted while somebody waits; returns how many."""
    due = Habit.objects.to_count(slow=SLOW, before=at - AGAIN).select_related("person", "view")
    done = 0
    for habit in due[:AT_ONCE]:
        measure(habit, at=at)
        done += 1
    return done
