"""The benchmark itself, on a desk so small that it only shows that every part still runs."""

import os

import pytest
from django.db import connection

from apps.tickets.models import Message, SearchDoc, Ticket
from apps.timeline.models import Activity

from . import clocks, doors, imports, load, mail, pages, table
from .children import Ran
from .measure import Taken, quantile

TICKETS = 400


@pytest.mark.django_db(transaction=True)
def test_every_part_measures_a_small_desk(monkeypatch, settings):
    settings.AUTHENTICATION_BACKENDS = [*settings.AUTHENTICATION_BACKENDS, doors.PEOPLE]
    given, _, query = os.environ["DATABASE_URL"].partition("?")
    here = f"{given.rpartition('/')[0]}/{connection.settings_dict['NAME']}?{query}"
    monkeypatch.setenv("DATABASE_URL", here)
    load.load(tickets=TICKETS)
    said = Message.objects.count(), Activity.objects.filter(kind="ticket").count()
    assert Ticket.objects.count() == SearchDoc.objects.count() == TICKETS
    assert all(4 * TICKETS < count < 6 * TICKETS for count in said)
    assert Ticket.objects.filter(clocks=None).count() == 0

    found = {
        "clocks": clocks.measure(TICKETS),
        "pages": pages.measure(TICKETS, rounds=1, seconds=0),
        "imports": imports.measure(TICKETS),
        "mail": mail.measure(TICKETS // 20),
    }
    rows = table.rows(found, found)
    assert {row.what for row in rows} >= {
        *table.LISTS,
        *table.SEARCHES,
        *table.REPORTS,
        *table.VERBS,
        *table.BULKS,
    }
    assert [row.what for row in rows if row.goal == "0"] == ["identical re-import"]
    assert found["imports"]["again_written"] == 0
    assert len(table.drawn(rows).splitlines()) == len(rows) + 1


def test_processor_seconds_make_the_rate():
    assert Ran(seconds=60, cpu=4, peak=1).rate(1000, processes=2) == 500


def test_a_quantile_is_a_value_that_was_seen():
    assert [quantile([3, 1, 2, 4], share) for share in (0.5, 0.95, 1)] == [3, 4, 4]


def test_what_was_taken_is_told_in_milliseconds():
    told = Taken([0.004] * 3, [0.001] * 3, [0.002] * 3, size=9, queries=7).told()
    assert (told["cpu"], told["wall"], told["n"], told["queries"]) == (3, 4, 3, 7)
