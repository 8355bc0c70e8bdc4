"""What is measured outside of the request: the same figures, as of when they were measured."""

import re
from datetime import timedelta

import pytest
import time_machine

from apps.figures.definition import UnknownFigure
from apps.figures.registry import compute, definition
from apps.reports import forecast, ready, support, tasks
from apps.reports.asked import Asked
from apps.reports.compliance import Kept
from apps.reports.compliance import window_of as weeks_of
from apps.reports.models import Measured, Subject
from apps.reports.periods import PERIODS, window_of
from apps.sla.compliance import DECIDED, MODES
from apps.tickets.rules.expecting import zone_named
from tests import make

from .conftest import NOW
from .test_pages import queries
from .test_support import measure

pytestmark = pytest.mark.django_db
PLACE = "Europe/Berlin"
BERLIN = zone_named(PLACE)
WINDOW = window_of("30d", at=NOW, zone=BERLIN)
ALL, URGENT = Asked(), Asked(priority="urgent")
EVERYTHING = len(PERIODS) + 2  # of one zone: the periods, today, and how promises were kept


@pytest.fixture
def in_berlin(sol):
    sol.timezone = PLACE
    sol.save()
    return sol


@pytest.fixture
def crowded(monkeypatch):
    """So many tickets that nobody counts them while somebody waits."""
    monkeypatch.setattr(ready, "FEW", 5)


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def measure_due() -> None:
    """All that waits, however slow the machine is: the drain stops after a few seconds."""
    while ready.due():
        tasks.measure_due()


def report(minutes: int = 0, asked: Asked = ALL) -> support.Report | None:
    at = NOW + timedelta(minutes=minutes)
    return ready.report(asked, WINDOW, at=at, zone=BERLIN, place=PLACE)


def foreseen(minutes: int = 0, asked: Asked = ALL):
    at = NOW + timedelta(minutes=minutes)
    return ready.foreseen(asked, at=at, zone=BERLIN, place=PLACE)


def page(browser, query: str = "") -> str:
    said = browser.get(f"/insight/support/{query}").content.decode()
    return re.sub(r"\w{64}", "", said)  # tokens, of which each page has others


def test_everything_is_measured_for_every_zone_somebody_reads_in(in_berlin, ada, lived, clock):
    lived(30)
    make.person("Gone", "support", timezone="Asia/Tokyo", is_active=False)
    ready.prepare(at=NOW)
    assert ready.due() == 2 * EVERYTHING
    measure_due()
    assert ready.due() == 0
    ready.prepare(at=NOW + timedelta(minutes=9))
    assert ready.due() == 0
    found, live = report(9), measure()
    assert (found.at, found.figures) == (NOW, live.figures)
    assert foreseen(9) == (forecast.outlook(Asked(), at=NOW, zone=BERLIN), NOW)
    assert {str(one) for one in Measured.objects.all()} >= {
        "report, 2026-10-25 to 2026-11-24, Europe/Berlin",
        "report, 2026-10-26 to 2026-11-25, UTC",
        "outlook, 2026-11-25 to 2026-11-26, UTC",
        "kept, 2026-10-29 to 2026-11-26, UTC",
    }


def test_what_is_not_quite_fresh_is_shown_and_measured_anew(crowded, lived, clock):
    lived(10)
    assert report() is None and report() is None
    assert ready.due() == 1
    assert ready.measure_next() and not ready.measure_next()
    assert report(9).at == NOW
    assert ready.due() == 0
    assert report(10).at == NOW and report(12).at == NOW
    assert ready.due() == 1
    clock.shift(timedelta(minutes=20))
    measure_due()
    assert report(20).at == NOW + timedelta(minutes=20)
    assert report(50) is None and report(-1) is None


def test_what_nobody_looks_at_any_more_is_forgotten(crowded, lived, clock):
    lived(10)
    report(asked=URGENT)
    measure_due()
    ready.prepare(at=NOW + timedelta(days=2))
    assert not Measured.objects.exclude(at=None).exists()


def test_few_tickets_are_measured_at_once(lived, clock):
    lived(10)
    assert report(asked=URGENT).figures == measure(URGENT).figures
    assert foreseen(asked=URGENT)[1] == NOW
    assert not Measured.objects.exists()


def test_what_is_filtered_is_measured_because_somebody_asks(crowded, lived, clock):
    lived(30)
    both = Asked(queue="billing", channel="mail")
    assert report(asked=both) is None and foreseen(asked=URGENT) is None
    assert {one.asked for one in Measured.objects.all()} == {
        "queue=billing&channel=mail",
        "priority=urgent",
    }
    measure_due()
    assert report(asked=both).figures == measure(both).figures
    assert foreseen(asked=URGENT) == (forecast.outlook(URGENT, at=NOW, zone=BERLIN), NOW)


def test_what_is_missing_comes_before_what_is_old(crowded, lived, clock):
    lived(10)
    report()
    measure_due()
    report(10)
    report(10, asked=URGENT)
    assert ready.measure_next()
    assert list(Measured.objects.filter(wanted=True).values_list("asked", flat=True)) == [""]


def test_who_began_and_went_away_is_followed_by_another(crowded, lived, clock):
    lived(10)
    report()
    Measured.objects.update(begun_at=NOW)
    assert not ready.measure_next()
    clock.shift(timedelta(minutes=1))
    assert ready.measure_next()


def test_the_page_shows_what_is_ready_and_measures_what_is_filtered(
    as_sol, in_berlin, lived, clock
):
    lived(20)
    live = page(as_sol)
    many = queries(as_sol, "/insight/support/")
    ready.prepare(at=NOW)
    measure_due()
    assert page(as_sol) == live
    few = queries(as_sol, "/insight/support/")
    assert queries(as_sol, "/insight/support/?priority=high") > few
    assert few < many - 10


def test_the_page_answers_at_once_and_fills_in_by_itself(as_sol, in_berlin, lived, crowded, clock):
    lived(20)
    live = measure(URGENT).get("support.created").words
    query = "?priority=urgent"
    waiting = page(as_sol, query)
    assert "Being measured" in waiting
    assert 'hx-get="/insight/support/?priority=urgent"' in waiting
    [link] = re.findall(r'href="/insight/support/(\?[^"]*wait=1)"', waiting)
    in_one_piece = page(as_sol, link.replace("&amp;", "&"))
    assert "Being measured" not in in_one_piece
    assert f'<span class="value">{live}</span>' in in_one_piece
    measure_due()
    assert "Being measured" not in page(as_sol, query)


def test_now_answers_at_once_and_fills_in_by_itself(as_sol, in_berlin, lived, crowded, clock):
    lived(20)
    here = "/insight/support/now/"
    waiting = as_sol.get(here).content.decode()
    assert "What everybody carries" in waiting and "is being measured" in waiting
    assert "is being measured" not in as_sol.get(f"{here}?wait=1").content.decode()
    measure_due()
    whole = as_sol.get(here).content.decode()
    assert "is being measured" not in whole and "How such forecasts held" in whole


def test_a_file_and_a_kept_report_are_what_the_page_shows(as_sol, in_berlin, lived, crowded, clock):
    lived(20)
    assert report() is None
    measure_due()
    before = measure()
    lived(5, seed=8)
    clock.shift(timedelta(minutes=5))
    text = b"".join(as_sol.get("/insight/support/flow.csv").streaming_content).decode()
    created = sum(int(line.split(",")[1]) for line in text.splitlines()[1:])
    assert created == before.get("support.created").value
    kept = as_sol.post("/insight/support/keep/")
    assert f'<span class="value">{before.get("support.created").words}</span>' in (
        as_sol.get(kept["Location"]).content.decode()
    )
    nobody_waits = as_sol.get("/insight/support/flow.csv?priority=urgent")
    assert nobody_waits.status_code == 200
    assert Measured.objects.get(asked="priority=urgent").subject == Subject.REPORT


def test_how_promises_were_kept_is_shown_as_it_was_measured(
    as_sol, in_berlin, lived, crowded, clock
):
    lived(30)
    window = weeks_of(28, at=NOW, zone=BERLIN)
    live = Kept.measure(window, at=NOW, place=PLACE)
    waiting = as_sol.get("/sla/").content.decode()
    assert "Being measured" in waiting and 'hx-get="/sla/"' in waiting
    assert "Being measured" not in as_sol.get("/sla/?wait=1").content.decode()
    assert as_sol.get("/sla/report.csv").status_code == 200
    measure_due()
    shown = as_sol.get("/sla/?mode=cohort").content.decode()
    assert "Being measured" not in shown and "the youngest may still run" in shown
    found = ready.kept(window, at=NOW, place=PLACE, modes=MODES)
    assert found == live and found.figure("sla.compliance").n


def test_of_few_tickets_only_what_is_shown_is_measured(lived, clock):
    lived(5)
    window = weeks_of(182, at=NOW, zone=BERLIN)
    found = ready.kept(window, at=NOW, place=PLACE, modes=[DECIDED])
    assert set(found.tallies) == {DECIDED} and not Measured.objects.exists()


COMPLIANCE = "sla.compliance"


def figure(minutes: int = 0, key: str = COMPLIANCE, window=None, **scope: str):
    return ready.figure(definition(key), window, at=NOW + timedelta(minutes=minutes), scope=scope)


def test_one_figure_is_measured_at_once_where_few_tickets_are_concerned(lived, clock):
    lived(20)
    assert figure() == compute(COMPLIANCE, at=NOW)
    assert not Measured.objects.exists()


@pytest.mark.parametrize("window", [None, WINDOW])
def test_one_figure_of_many_tickets_is_measured_outside(window, crowded, lived, clock):
    lived(20)
    asked = {"window": window, "kind": "resolution"}
    assert figure(**asked) is None
    measure_due()
    assert figure(9, **asked) == compute(COMPLIANCE, at=NOW, **asked)
    assert ready.due() == 0
    assert figure(11, **asked) and ready.due() == 1  # shown, and measured for the next look
    assert figure(31, **asked) is None


def test_figures_of_an_instant_wait_too(crowded, lived, clock):
    lived(20)
    assert figure(key="sla.overdue") is None
    measure_due()
    assert figure(key="sla.overdue") == compute("sla.overdue", at=NOW)


def test_what_an_index_answers_waits_for_nobody(crowded, lived, clock, sol):
    lived(20)
    assert figure(key="support.load", agent=str(sol.pk))
    assert not Measured.objects.exists()


def test_words_that_are_no_scope_are_told_once_they_were_measured(crowded, lived, clock):
    lived(20)
    asked = {"key": "support.time", "kind": "nonsense"}
    assert figure(**asked) is None
    measure_due()
    assert ready.due() == 0
    with pytest.raises(UnknownFigure, match="no clock"):
        figure(**asked)
    with pytest.raises(UnknownFigure):
        figure(kind="x" * 500)


def test_the_page_of_a_figure_fills_in_by_itself(as_sol, lived, crowded, clock):
    lived(20)
    waiting = as_sol.get(f"/figures/{COMPLIANCE}/?kind=resolution")
    assert 'id="measuring"' in waiting.content.decode()
    at_once = as_sol.get(f"/figures/{COMPLIANCE}/?kind=resolution&wait=1")
    assert "How it stands" in at_once.content.decode()
    measure_due()
    assert "How it stands" in as_sol.get(f"/figures/{COMPLIANCE}/?kind=resolution").content.decode()
    assert 'id="measuring"' in as_sol.get("/figures/support.time/?kind=x").content.decode()
    measure_due()
    assert as_sol.get("/figures/support.time/?kind=x").status_code == 404
