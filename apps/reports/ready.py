"""What takes long is measured outside of the request: before it is looked at, or because it is.

Every named period, what today will bring, and how promises were kept in the last four weeks is
measured anew every ten minutes in every zone somebody reads in. What is filtered or about other
days, and a single figure that counts much, is measured at once where few tickets are concerned;
where many are, it is wanted, and whoever asks again finds it. What is shown is at most half an hour
old and each of its figures says as of when; what is older than ten minutes when it is looked at is
measured anew for the next look.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.figures.definition import Definition
from apps.figures.figure import Figure, Window
from apps.outbox.drains import drain
from apps.tickets.models import Ticket
from apps.tickets.rules.expecting import zone_named

from . import compliance, support
from .asked import Asked
from .compliance import Kept
from .explained import Explained
from .forecast import SPAN, Outlook, night_after, outlook
from .models import Measured, Subject
from .periods import PERIODS, before, midnight, window_of

AGAIN = timedelta(minutes=10)  # how old something grows before it is measured anew
OLD = timedelta(minutes=30)  # older ones are not shown
KEPT = timedelta(days=1)
FEW = 20_000  # tickets that are measured while somebody waits


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody looks at: a subject, a stretch of time, and which tickets."""

    subject: Subject
    place: str
    window: Window
    asked: Asked = field(default_factory=Asked)

    @classmethod
    def of(cls, row: Measured) -> "Question":
        asked = Asked.of(dict(parse_qsl(row.asked)))
        return cls(Subject(row.subject), row.place, Window(row.start, row.end), asked)

    @classmethod
    def about_today(cls, asked: Asked, *, at: datetime, place: str) -> "Question":
        zone = zone_named(place)
        today = midnight(at.astimezone(zone).date(), zone)
        return cls(Subject.OUTLOOK, place, Window(today, night_after(at, zone)), asked)

    @property
    def columns(self) -> dict[str, Any]:
        return {
            "subject": self.subject,
            "place": self.place,
            "start": self.window.start,
            "end": self.window.end,
            "asked": urlencode(self.asked.scope),
        }

    def since(self, at: datetime) -> datetime:
        """From when on tickets concern it."""
        return {
            Subject.REPORT: before(self.window, zone_named(self.place)).start,
            Subject.OUTLOOK: at - SPAN,
            Subject.KEPT: self.window.start,
        }[self.subject]

    def measure(self, at: datetime) -> Any:
        """The answer as JSON carries it."""
        zone = zone_named(self.place)
        if self.subject is Subject.OUTLOOK:
            return outlook(self.asked, at=at, zone=zone).as_dict()
        if self.subject is Subject.KEPT:
            return Kept.measure(self.window, at=at, place=self.place).as_dict()
        found = support.report(self.asked, self.window, at=at, zone=zone, place=self.place)
        return [figure.as_dict() for figure in found.figures.values()]


def report(
    asked: Asked, window: Window, *, at: datetime, zone: tzinfo, place: str
) -> support.Report | None:
    """The report of a period, measured lately or at once; None while it is being measured."""
    question = Question(Subject.REPORT, place, window, asked)
    if found := _at_hand(question, at):
        figures = support.indexed(Figure.from_dict(one) for one in found.told)
        return support.Report(asked, window, zone, found.at, figures)
    if _is_small(question, at):
        return support.report(asked, window, at=at, zone=zone, place=place)
    return _wanted(question)


def foreseen(
    asked: Asked, *, at: datetime, zone: tzinfo, place: str
) -> tuple[Outlook, datetime] | None:
    """Today's outlook and as of when, in the same way."""
    question = Question.about_today(asked, at=at, place=place)
    if found := _at_hand(question, at):
        return Outlook.from_dict(found.told), found.at
    if _is_small(question, at):
        return outlook(asked, at=at, zone=zone), at
    return _wanted(question)


def kept(window: Window, *, at: datetime, place: str, modes: Collection[str]) -> Kept | None:
    """How promises were kept, counted by at least these modes, in the same way."""
    question = Question(Subject.KEPT, place, window)
    if found := _at_hand(question, at):
        return Kept.from_dict(found.told, window, found.at)
    if _is_small(question, at):
        return Kept.measure(window, at=at, place=place, modes=modes)
    return _wanted(question)


def figure(
    known: Definition, window: Window | None, *, at: datetime, scope: Mapping[str, str]
) -> Figure | None:
    """One figure, in the same way where it counts much. Raises `UnknownFigure`."""
    question = Explained(known.key, window, scope)
    if not known.heavy or _is_small(question, at):
        return question.now(at)
    if found := _at_hand(question, at):
        return question.read(found.told)
    return _wanted(question)


def _is_small(question: Question | Explained, at: datetime) -> bool:
    """Whether so few tickets are concerned that nobody has to wait."""
    came = Ticket.objects.filter(reported_at__gte=question.since(at)).order_by()
    return came[: FEW + 1].count() <= FEW


def _at_hand(question: Question | Explained, at: datetime) -> Measured | None:
    """What was measured lately; what is not quite fresh any more is wanted anew."""
    found = Measured.objects.filter(**question.columns, at__gt=at - OLD, at__lte=at).first()
    if found and found.at <= at - AGAIN and not found.wanted:
        _wanted(question)
    return found


def _wanted(question: Question | Explained) -> None:
    Measured.objects.want(**question.columns)


def prepare(*, at: datetime) -> None:
    """Want whatever everybody may look at next and is not fresh; forget what nobody does."""
    Measured.objects.filter(at__lt=at - KEPT).delete()
    fresh = {
        (one.subject, one.place, one.start, one.end)
        for one in Measured.objects.filter(asked="", at__gt=at - AGAIN).defer("told")
    }
    for question in _everybodys(at):
        window = question.window
        if (question.subject, question.place, window.start, window.end) not in fresh:
            _wanted(question)


def _everybodys(at: datetime) -> Iterator[Question]:
    """The named periods and today, in every zone somebody reads in."""
    places = User.objects.active().order_by("timezone").values_list("timezone", flat=True)
    for place in places.distinct():
        zone = zone_named(place)
        yield Question.about_today(Asked(), at=at, place=place)
        lately = compliance.window_of(compliance.USUAL, at=at, zone=zone)
        yield Question(Subject.KEPT, place, lately)
        for period in PERIODS:
            yield Question(Subject.REPORT, place, window_of(period, at=at, zone=zone))


def due() -> int:
    """How many wait to be measured."""
    return Measured.objects.waiting(timezone.now())[:100].count()


def measure_due() -> int:
    """Measure what is wanted, for a few seconds."""
    return drain("reports.measure", measure_next)


def measure_next() -> bool:
    """Measure one of those that are wanted; whether there was any.

    It is claimed first, so that whoever looks at it meanwhile waits for no lock.
    """
    at = timezone.now()
    with transaction.atomic():
        one = Measured.objects.waiting(at).select_for_update(skip_locked=True).defer("told").first()
        if one is None:
            return False
        Measured.objects.filter(pk=one.pk).update(begun_at=at)
    about = Explained if one.subject == Subject.FIGURE else Question
    found = about.of(one).measure(at)
    Measured.objects.filter(pk=one.pk).update(told=found, at=at, wanted=False, begun_at=None)
    return True
