"""Lists, searches and counts walk an index: asked of PostgreSQL on some thousand tickets."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.surveys.models import Response, Survey
from apps.tickets.listing import asked, page_of
from apps.tickets.models import Habit, SearchDoc, Ticket, TicketLink, Unplaced
from apps.tickets.querysets.sharing import carried
from apps.tickets.rules.places import place
from apps.tickets.rules.words import ask
from tests import make

COUNT = 4000


@pytest.fixture
def many(ada, db):
    """Four thousand tickets, some of each kind, most of them done."""
    mira = make.contact("Mira")
    tickets = Ticket.objects.bulk_create(
        Ticket(
            subject=f"Matter {n}",
            channel="mail",
            contact=mira if n % 500 == 0 else None,
            customer=mira.customer if n % 500 == 0 else None,
            status="open" if n % 50 == 0 else "closed",
            priority="urgent" if n % 200 == 0 else "normal",
            assignee=ada if n % 100 == 0 else None,
            tags=["vip"] if n % 400 == 0 else [],
            reported_at=make.ago(minutes=n),
            updated_at=make.ago(minutes=n),
            due_at=make.NOW + timedelta(minutes=n) if n % 50 == 0 else None,
            waiting_since=make.NOW if n % 100 == 0 else None,
        )
        for n in range(COUNT)
    )
    for ticket in tickets[:20]:
        SearchDoc.objects.begin(ticket.pk, ticket.subject, "", "rare" if ticket.pk % 7 else "")
    for one, other in zip(tickets[:5], tickets[20:25], strict=True):
        TicketLink.objects.create(ticket=one, other=other, relation="related")
        survey = Survey.objects.create(ticket=one, contact=mira, asked_at=make.NOW)
        Response.objects.create(survey=survey, score=1 + one.pk % 5, at=make.NOW)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE tickets_ticketlink, surveys_survey, surveys_response")
        cursor.execute("ANALYZE tickets_ticket")
        cursor.execute("ANALYZE tickets_searchdoc")


def plan(query) -> str:
    return query.explain()


LISTS = [
    ("is:todo assignee:me", "due"),
    ("is:todo is:unassigned", "due"),
    ("is:todo", "due"),
    ("is:waiting", "updated"),
    ("from:mira", "updated"),
    ("tag:vip", "updated"),
    ("priority:urgent", "updated"),
    ("is:following", "updated"),
    ("is:mentioned", "updated"),
    ("is:owed", "due"),
    ("is:unresolved asked:waiting", "updated"),
    ("asked:late", "updated"),
    ("linked:yes", "updated"),
    ("linked:duplicate", "updated"),
    ("csat:bad", "updated"),
    ("csat:good", "updated"),
    ("", "updated"),
    ("", "created"),
    ("", "oldest"),
]
SETS = ("link", "csat")  # joined with what may be many: how depends on how many


def test_a_list_is_read_along_an_index(many, ada):
    plans = {
        (words, sort): plan(asked(ask(words), ada).in_order(sort).values_list("pk")[:51])
        for words, sort in LISTS
    }
    assert read_whole(plans) == {}


@pytest.mark.parametrize("after", ["", place(make.NOW, 1)])
def test_a_plan_that_is_kept_for_all_values_walks_the_index_too(many, ada, after):
    plans = {}
    for words, sort in LISTS:
        if not words.startswith(SETS):
            with CaptureQueriesContext(connection) as asked:
                page_of(ask(words), ada, sort=sort, after=after)
            plans[words, sort] = _kept_plan(asked.captured_queries[-1]["sql"])
    assert read_whole(plans) == {}


def read_whole(plans: dict[tuple[str, str], str]) -> dict[tuple[str, str], str]:
    """The lists for which every ticket is looked at."""
    return {asked: said for asked, said in plans.items() if "Seq Scan on tickets_ticket " in said}


def test_what_people_carry_is_counted_along_the_index_of_the_desk(many, ada):
    with connection.execute_wrapper(_explained(found := [])):
        carried(Ticket.objects.all(), [ada.pk])
    assert "Seq Scan on tickets_ticket" not in found[0], found[0]


def test_what_nobody_was_free_for_and_what_is_counted_have_their_indexes(db):
    names = {index.name for model in (Unplaced, Habit) for index in model._meta.indexes}
    assert names == {"unplaced_tried", "habit_pinned"}


def _kept_plan(sql: str) -> str:
    """How PostgreSQL goes about a statement whose values it does not know."""
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", sql)))
    for at, name in enumerate(names, 1):
        sql = sql.replace(f"%({name})s", f"${at}")
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (GENERIC_PLAN) " + sql.replace("%%", "%"))
        return "\n".join(line for (line,) in cursor.fetchall())


def _explained(found: list[str]):
    def wrap(execute, sql, params, many, context):
        with connection.cursor() as cursor:
            if not sql.startswith("EXPLAIN"):
                cursor.execute(f"EXPLAIN {sql}", params)
                found.append("\n".join(line for (line,) in cursor.fetchall()))
        return execute(sql, params, many, context)

    return wrap
