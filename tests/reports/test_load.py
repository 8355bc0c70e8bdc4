"""What everybody carries now: every number of the page opens exactly the tickets it counts."""

from datetime import timedelta

import pytest

from apps.figures.definition import UnknownFigure
from apps.figures.registry import compute, definition
from apps.reports import load
from apps.reports.asked import Asked
from apps.reports.now import carrying
from apps.tickets.models import Ticket
from apps.tickets.rules.moves import UNRESOLVED

from .conftest import NOW

pytestmark = pytest.mark.django_db
PARTS = ("open", "due", "waiting")


def rows(figure):
    return definition(figure.key).rows_of(at=NOW, window=None, **dict(figure.scope)).queryset


def again(figure):
    return compute(figure.key, at=NOW, **dict(figure.scope))


@pytest.mark.parametrize("asked", [Asked(), Asked(queue="billing"), Asked(priority="normal")])
def test_every_number_opens_its_tickets(lived, asked):
    lived(60)
    carried = carrying(asked, at=NOW)
    assert [one.agent.name for one in carried] == sorted(one.agent.name for one in carried)
    seen = 0
    for one in carried:
        for part in PARTS:
            figure = getattr(one, part)
            assert rows(figure).count() == figure.value == again(figure).value
            seen += figure.value
        assert rows(one.capacity).count() == one.due.value == one.capacity.numerator
        assert again(one.capacity).value == one.capacity.value
    assert seen > 5


def test_open_and_waiting_are_all_that_somebody_owns(lived, ada):
    lived(60)
    [hers] = [one for one in carrying(Asked(), at=NOW) if one.agent == ada]
    owned = Ticket.objects.filter(assignee=ada, status__in=UNRESOLVED).count()
    assert hers.open.value + hers.waiting.value == owned


def test_capacity_is_what_is_due_beside_what_is_usual(lived, ada):
    lived(60)
    [hers] = [one for one in carrying(Asked(), at=NOW) if one.agent == ada]
    calendar = load.usual_calendar()
    worked = calendar.elapsed(int((NOW - load.BACK).timestamp()), int(NOW.timestamp()))
    given = load.answered(at=NOW)[ada.pk]
    assert hers.usual == pytest.approx(given * load.AHEAD / worked)
    assert hers.capacity.value == pytest.approx(hers.due.value / hers.usual)


def test_who_has_not_answered_has_no_capacity_to_speak_of(mira, ada):
    Ticket.objects.report(
        subject="Anybody?", body="Hello?", contact=mira, at=NOW - timedelta(hours=1), assignee=ada
    )
    [hers] = carrying(Asked(), at=NOW)
    assert (hers.capacity.state, hers.capacity.words) == ("not_applicable", "—")
    assert again(hers.capacity).state == "not_applicable"
    idle = compute("support.capacity", at=NOW, agent=str(ada.pk + 1000))
    assert idle.state == "not_applicable"


@pytest.mark.parametrize("scope", [{}, {"agent": "nobody"}, {"agent": "1", "part": "x"}])
def test_whose_load_and_which_part_has_to_be_known(db, scope):
    with pytest.raises(UnknownFigure):
        compute("support.load", at=NOW, **scope)
