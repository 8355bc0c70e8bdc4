"""What will break today: the chance of every promise still due, learnt from how such ones ended.

Clocks of the same kind and priority that were still open with as much time to go broke this often;
the sum of these chances is the forecast. The back-test asks the same of past days at the same hour,
with experience from before the first of them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from apps.figures.figure import Window
from apps.sla.models import Clock

from .asked import Asked
from .load import answered, usual_calendar
from .periods import midnight
from .rules import BROKE, MOST, QUARTER, Due, Experience, Forecast, slack_of

LEARN = timedelta(days=56)
TESTED = 28  # days
SPAN = LEARN + timedelta(days=TESTED)  # how far back it looks
LATEST = timedelta(days=5)  # a promise due today is decided by then, weekends between


@dataclass(frozen=True, slots=True)
class Tested:
    """What would have been forecast on a day, and what came."""

    day: date
    forecast: Forecast
    broke: int

    @property
    def held(self) -> bool:
        return self.forecast.holds(self.broke)


@dataclass(frozen=True, slots=True)
class Outlook:
    """Today's forecast (none without experience) with the days it was tried on."""

    forecast: Forecast | None
    tested: list[Tested]
    learnt: int
    capacity: float | None
    until: datetime

    def as_dict(self) -> dict[str, Any]:
        """As JSON carries it."""
        return {
            "forecast": self.forecast and asdict(self.forecast),
            "tested": [
                [one.day.isoformat(), asdict(one.forecast), one.broke] for one in self.tested
            ],
            "learnt": self.learnt,
            "capacity": self.capacity,
            "until": self.until.isoformat(),
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Outlook":
        """Back from JSON, exactly."""
        forecast, tested = plain["forecast"], plain["tested"]
        return cls(
            forecast and Forecast(**forecast),
            [
                Tested(date.fromisoformat(day), Forecast(**told), broke)
                for day, told, broke in tested
            ],
            plain["learnt"],
            plain["capacity"],
            datetime.fromisoformat(plain["until"]),
        )


def night_after(at: datetime, zone: tzinfo) -> datetime:
    """The local midnight that ends the day."""
    return midnight(at.astimezone(zone).date() + timedelta(days=1), zone)


def due_today(asked: Asked, *, at: datetime, zone: tzinfo) -> QuerySet[Clock]:
    """Promises unbroken now and due before midnight."""
    found = Clock.objects.due_between(at, night_after(at, zone)).filter(state="running")
    return asked.of_clocks(found)


def outlook(asked: Asked, *, at: datetime, zone: tzinfo) -> Outlook:
    """Today's forecast and its back-test."""
    days = [at - timedelta(days=back) for back in range(TESTED, 0, -1)]
    experience = learn(asked, Window(at - LEARN, at))
    earlier = learn(asked, Window(days[0] - LEARN, days[0]))
    until = night_after(at, zone)
    capacity = None if asked.scope else _capacity(at, until)
    alike = Counter(
        (kind, priority, slack_of((due - at).total_seconds()))
        for kind, priority, due in due_today(asked, at=at, zone=zone)
        .order_by()
        .values_list("kind", "priority", "due_at")
    )
    now = [Due(*one, clocks) for one, clocks in alike.items()]
    return Outlook(
        experience.forecast(now, capacity),
        back_test(asked, earlier, days, zone),
        sum(experience.seen.get(("", ""), {}).values()),
        capacity,
        until,
    )


def learn(asked: Asked, window: Window) -> Experience:
    """How the clocks decided in the window ended."""
    found = asked.of_clocks(Clock.objects.decided_in(window.start, window.end))
    query = found.order_by().values("kind", "priority", "state", "due_at", "stopped_at").query
    statement, values = query.sql_with_params()
    experience = Experience()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT kind, priority, CASE WHEN state <> 'met' THEN {BROKE}
              ELSE least({MOST}, greatest(0,
                floor(extract(epoch FROM due_at - stopped_at) / {QUARTER})))::int END,
              count(*)
            FROM ({statement}) k WHERE state <> 'met' OR due_at IS NOT NULL GROUP BY 1, 2, 3""",
            values,
        )
        for kind, priority, slack, clocks in cursor.fetchall():
            experience.add(kind, priority, slack, clocks)
    return experience


def back_test(
    asked: Asked, experience: Experience, days: Sequence[datetime], zone: tzinfo
) -> list[Tested]:
    """Each of these instants as if it were now; days on which nothing was due are left out."""
    decided = Clock.objects.decided_in(days[0], days[-1] + LATEST)
    query = (
        asked.of_clocks(decided)
        .order_by()
        .values("kind", "priority", "state", "started_at", "due_at", "decided_at")
        .query
    )
    statement, values = query.sql_with_params()
    found: dict[int, tuple[list[Due], int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT d.place, k.kind, k.priority,
              floor(extract(epoch FROM k.due_at - d.at) / {QUARTER})::int,
              count(*), count(*) FILTER (WHERE k.state <> 'met')
            FROM ({statement}) k JOIN unnest(%s::timestamptz[], %s::timestamptz[])
              WITH ORDINALITY d(at, night, place)
              ON k.due_at > d.at AND k.due_at <= d.night AND k.started_at <= d.at
              AND k.decided_at > d.at
            GROUP BY 1, 2, 3, 4""",
            (*values, list(days), [night_after(day, zone) for day in days]),
        )
        for place, kind, priority, slack, clocks, broke in cursor.fetchall():
            due, so_far = found.get(place, ([], 0))
            found[place] = ([*due, Due(kind, priority, slack, clocks)], so_far + broke)
    tested = []
    for place, (due, broke) in sorted(found.items()):
        if forecast := experience.forecast(due):
            tested.append(Tested(days[place - 1].astimezone(zone).date(), forecast, broke))
    return tested


def _capacity(at: datetime, until: datetime) -> float | None:
    """How many answers the working hours left today have usually brought; None when unknown."""
    calendar = usual_calendar()
    now = int(at.timestamp())
    worked = calendar.elapsed(now - int(timedelta(days=28).total_seconds()), now)
    answers = sum(answered(at=at).values())
    if not worked or not answers:
        return None
    return answers / worked * calendar.elapsed(now, int(until.timestamp()))
