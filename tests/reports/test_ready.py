"""Reports measured before they are opened: the same figures, as of when they were measured."""

import re
from datetime import timedelta

import pytest
import time_machine

from apps.reports.models import Ready
from apps.reports.periods import PERIODS, window_of
from apps.reports.ready import at_hand, prepare
from apps.tickets.rules.expecting import zone_named
from tests import make

from .conftest import NOW
from .test_pages import queries
from .test_support import measure

pytestmark = pytest.mark.django_db
BERLIN = zone_named("Europe/Berlin")
WINDOW = window_of("30d", at=NOW, zone=BERLIN)


@pytest.fixture
def in_berlin(sol):
    sol.timezone = "Europe/Berlin"
    sol.save()
    return sol


def at(minutes: int):
    return at_hand(WINDOW, at=NOW + timedelta(minutes=minutes), zone=BERLIN, place="Europe/Berlin")


def page(browser) -> str:
    said = browser.get("/insight/support/").content.decode()
    return re.sub(r"\w{64}", "", said)  # tokens, of which each page has others


def test_every_period_is_measured_for_every_zone_somebody_reads_in(in_berlin, ada, lived):
    lived(30)
    make.person("Gone", "support", timezone="Asia/Tokyo", is_active=False)
    assert at(0) is None
    assert prepare(at=NOW, seconds=60) == 2 * len(PERIODS)
    assert prepare(at=NOW + timedelta(minutes=9)) == 0
    found, live = at(9), measure()
    assert (found.at, found.figures) == (NOW, live.figures)
    assert {str(one) for one in Ready.objects.all()} >= {
        "2026-10-25 to 2026-11-24, Europe/Berlin",
        "2026-10-26 to 2026-11-25, UTC",
    }


def test_it_is_measured_anew_before_it_is_old_and_not_shown_once_it_is(in_berlin, lived):
    lived(10)
    assert prepare(at=NOW, seconds=0) == 1
    prepare(at=NOW, seconds=60)
    assert at(29) is not None
    assert at(30) is None and at(-1) is None
    assert prepare(at=NOW + timedelta(minutes=10), seconds=60) == 2 * len(PERIODS)
    assert at(30).at == NOW + timedelta(minutes=10)
    prepare(at=NOW + timedelta(days=2), seconds=60)
    assert not Ready.objects.filter(at__lt=NOW + timedelta(days=1)).exists()


def test_the_page_shows_what_is_ready_and_measures_what_is_filtered(as_sol, in_berlin, lived):
    lived(20)
    with time_machine.travel(NOW, tick=False):
        live = page(as_sol)
        many = queries(as_sol, "/insight/support/")
        prepare(at=NOW, seconds=60)
        assert page(as_sol) == live
        few = queries(as_sol, "/insight/support/")
        assert queries(as_sol, "/insight/support/?priority=high") > few
    assert few < many - 10
