"""Lists: words, places, counts, neighbours."""

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apps.tickets import listing
from apps.tickets.choices import Sort
from apps.tickets.listing import BUILT_IN, around, asked, built_in_counts, counted, page
from apps.tickets.models import Ticket
from apps.tickets.rules import words
from apps.tickets.rules.places import place, read_place
from apps.tickets.rules.words import Question, Term, ask
from apps.timeline.refusal import Refused
from tests import make
from tests.make import NOW

# --- what is typed -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed, question",
    [
        ("", Question()),
        ("invoice  wrong", Question(text="invoice wrong")),
        ("status:open", Question((Term("status", ("open",)),))),
        ("Status:OPEN,new", Question((Term("status", ("open", "new")),))),
        ("-tag:vip", Question((Term("tag", ("vip",), True),))),
        ('queue:"Big Billing" sum', Question((Term("queue", ("Big Billing",)),), "sum")),
        ("before:2026-01-31", Question((Term("before", ("2026-01-31",)),))),
        ("http://x.test", Question(text="http://x.test")),
        ("-not a-term", Question(text="-not a-term")),
        ('"two words"', Question(text="two words")),
        ("tag:a tag:a", Question((Term("tag", ("a",)),))),
    ],
)
def test_words_are_read(typed, question):
    assert ask(typed) == question


@pytest.mark.parametrize(
    "typed, why",
    [
        ("status:opne", "no status:opne"),
        ("is:red", "no is:red"),
        ("customer:acme", "takes a number"),
        ("before:2026-02-30", "takes a day"),
        ("before:0001-01-01", "takes a day"),
        ("after:yesterday", "takes a day"),
    ],
)
def test_what_is_not_understood_is_left_out_and_said(typed, why):
    question = ask(f"tag:vip {typed}")
    assert question.terms == (Term("tag", ("vip",)),)
    assert [why in problem for problem in question.problems] == [True]


@given(
    st.text(max_size=80)
    | st.lists(st.sampled_from([*words.KEYS, ":", " ", '"', ",", "-", "é", "1"])).map("".join)
)
@example('"A:0')
@example('"is:todo" -x:1')
@example('"-from:acme')
@example('"two  words')
def test_whatever_is_typed_can_be_written_down_and_read_again(typed):
    question = ask(typed)
    again = ask(str(question))
    assert (again.terms, again.text) == (question.terms, question.text)
    assert not again.problems


def test_a_condition_can_be_lifted():
    question = ask("status:open tag:vip late")
    assert str(question.without("status")) == "tag:vip late"
    assert question.values("tag") == ("vip",) and bool(question) and not Question()


@pytest.mark.parametrize(
    "typed, number", [("#12", 12), (" 7 ", 7), ("1x", None), ("٣", None), ("9" * 19, None)]
)
def test_a_number_means_a_ticket(typed, number):
    assert words.number_of(typed) == number


@given(st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31)), st.integers(0, 10**18 - 1))
def test_places_are_read_as_they_are_written(at, pk):
    assert read_place(place(at.replace(tzinfo=UTC), pk)) == (at.replace(tzinfo=UTC), pk)


@given(st.text(max_size=30) | st.from_regex(r"-?[0-9]{1,18}\.[0-9]{1,18}", fullmatch=True))
def test_places_nobody_wrote_are_nowhere(said):
    at = read_place(said)
    assert at is None or read_place(place(*at)) == at


# --- what is found ------------------------------------------------------------------------------


@pytest.fixture
def desk(db, ada, sol, mira):
    """A few tickets of every sort."""
    billing = make.queue("Billing")
    export = make.component("Export", slug="export")
    at = make.ago
    return {
        "mine": make.ticket(
            status="open", assignee=ada, due_at=at(hours=-2), reported_at=at(days=3)
        ),
        "new": make.ticket(contact=mira, tags=["vip"], queue=billing, reported_at=at(days=2)),
        "late": make.ticket(
            status="open",
            sla_state="breached_open",
            breached=True,
            due_kind="resolution",
            due_at=at(hours=1),
            priority="urgent",
            assignee=sol,
            reported_at=at(days=5),
        ),
        "waiting": make.ticket(
            status="waiting_customer",
            customer=make.customer("Globex", tier="enterprise"),
            first_replied_at=NOW,
            reported_at=at(days=1),
        ),
        "asleep": make.ticket(status="open", snoozed_until=at(days=-1), component=export),
        "done": make.ticket(
            status="resolved", has_attachment=True, channel="phone", reported_at=at(days=30)
        ),
        "parked": make.ticket(
            status="waiting_third_party", label=make.label("With the vendor", "waiting_third_party")
        ),
    }


@pytest.mark.parametrize(
    "typed, expected",
    [
        ("is:todo", "mine new late"),
        ("is:todo assignee:me", "mine"),
        ("is:mine", "mine"),
        ("assignee:sol", "late"),
        ("assignee:nobody", "new waiting asleep done parked"),
        ("assignee:zorro", ""),
        ("is:unassigned is:todo", "new"),
        ("is:waiting", "waiting parked"),
        ("status:waiting", "waiting parked"),
        ("status:waiting_customer", "waiting"),
        ("is:late", "late"),
        ("is:breached", "late"),
        ("is:snoozed", "asleep"),
        ("is:done", "done"),
        ("is:unresolved", "mine new late waiting asleep parked"),
        ("priority:urgent,high", "late"),
        ("tag:VIP", "new"),
        ("-tag:vip is:todo", "mine late"),
        ("queue:billing", "new"),
        ("queue:BILLING", "new"),
        ("from:mira", "new"),
        ("from:acme", "new"),
        ("from:mira@acme.test", "new"),
        ("from:nobody@acme.test", ""),
        ("from:glob", "waiting"),
        ("tier:enterprise", "waiting"),
        ("has:attachment", "done"),
        ("has:reply", "waiting"),
        ("has:tag", "new"),
        ("has:due", "mine late"),
        ("has:customer", "new waiting"),
        ("channel:phone", "done"),
        ("component:export", "asleep"),
        ('label:"with the vendor"', "parked"),
        ("before:2026-11-01", "done"),
        ("after:2026-11-21 is:unresolved", "waiting asleep parked"),
        ("updated-before:2026-11-01", "done"),
        ("updated-after:2026-11-22", "asleep parked"),
    ],
)
def test_words_find_tickets(desk, ada, typed, expected):
    found = set(asked(ask(typed), ada))
    assert found == {desk[name] for name in expected.split()}


def test_what_is_done_to_all_that_hold_some_words_is_done_to_all_of_them(desk, ada, monkeypatch):
    for subject in ("Export stops", "Export hangs", "Export is late"):
        Ticket.objects.report(subject=subject, at=NOW)
    monkeypatch.setattr(listing, "CAP", 1)
    for typed, every in (("export", 3), ("exprot", 3), ("export status:closed", 0), ("—", 0)):
        assert listing.whole(ask(typed), ada).count() == every
    assert listing.asked(ask("export"), ada).count() == 2  # one more, to say that there are more


def test_a_ticket_is_found_by_its_number_as_search_finds_it(desk, ada):
    wanted = desk["waiting"]
    other = Ticket.objects.report(subject=f"As in {wanted.pk}", at=NOW)
    for typed in (f"{wanted.pk}", f"#{wanted.pk}"):
        assert set(asked(ask(typed), ada)) == {wanted, other}
        assert set(listing.whole(ask(typed), ada)) == {wanted, other}
    assert not asked(ask(f"{wanted.pk} status:closed"), ada)


def test_numbers_of_customers_and_contacts_are_asked_for(desk, ada, mira):
    assert set(asked(ask(f"customer:{mira.customer_id}"), ada)) == {desk["new"]}
    assert set(asked(ask(f"contact:{mira.pk}"), ada)) == {desk["new"]}


def test_a_day_begins_where_the_person_lives(db):
    kim = make.person("Kim", "support", timezone="Pacific/Auckland")  # UTC+13
    ticket = make.ticket(reported_at=datetime(2026, 11, 22, 12, tzinfo=UTC))  # the 23rd there
    assert list(asked(ask("after:2026-11-22"), kim)) == [ticket]
    assert list(asked(ask("before:2026-11-23"), kim)) == []


def test_what_is_due_comes_first_and_what_is_not_last(desk):
    rows = page(Ticket.objects.todo()).rows
    assert [row.id for row in rows] == [desk[name].pk for name in ("late", "mine", "new")]
    row = rows[2]
    assert (row.customer, row.contact, row.tier) == ("Acme GmbH", "Mira Köhler", "business")
    assert (row.queue, row.tags) == ("Billing", ["vip"])


@pytest.mark.parametrize("sort", list(Sort))
def test_pages_meet_without_gap_or_overlap_both_ways(db, sort):
    for n in range(23):  # many share an instant, some have no due time
        make.ticket(
            reported_at=make.ago(minutes=n // 4),
            due_at=None if n % 3 == 0 else make.ago(minutes=n // 5),
        )
    everything = [row.id for row in page(Ticket.objects.all(), sort=sort, size=100).rows]
    assert len(everything) == 23
    seen, place_, pages = [], "", []
    while True:
        one = page(Ticket.objects.all(), sort=sort, after=place_, size=5)
        pages.append([row.id for row in one.rows])
        seen += pages[-1]
        if not one.after:
            break
        place_ = one.after
    assert seen == everything
    back = [pages[-1]]
    while one.before:
        one = page(Ticket.objects.all(), sort=sort, before=one.before, size=5)
        back.insert(0, [row.id for row in one.rows])
    assert [i for part in back for i in part] == everything


def test_a_page_says_whether_there_is_more(db):
    assert page(Ticket.objects.all()).rows == []
    make.ticket()
    only = page(Ticket.objects.all())
    assert (len(only.rows), only.before, only.after) == (1, "", "")


@pytest.mark.parametrize(
    "wrong, field",
    [({"sort": "colour"}, "sort"), ({"after": "x"}, "after"), ({"before": "1"}, "before")],
)
def test_a_place_that_is_none_is_refused(db, wrong, field):
    with pytest.raises(Refused) as refused:
        page(Ticket.objects.all(), **wrong)
    assert refused.value.field == field


def test_counts_stop_at_a_thousand_and_one(db, ada):
    Ticket.objects.bulk_create(
        Ticket(subject=str(n), channel="web", reported_at=NOW, updated_at=NOW) for n in range(1005)
    )
    assert counted({"all": Ticket.objects.all(), "none": Ticket.objects.none()}) == {
        "all": 1001,
        "none": 0,
    }
    assert counted({}) == {}


def test_the_numbers_beside_the_views_are_one_query(desk, ada, django_assert_num_queries):
    with django_assert_num_queries(1):
        counts = built_in_counts(ada)
    assert counts == {
        "mine": 1,
        "unassigned": 1,
        "todo": 3,
        "owed": 0,
        "loop": 0,
        "late": 1,
        "waiting": 2,
        "asked": 0,
        "snoozed": 1,
        "all": 7,
    }
    assert set(counts) == {view.key for view in BUILT_IN}


def test_a_page_is_one_query_whatever_it_holds(desk, ada, django_assert_num_queries):
    with django_assert_num_queries(1):
        page(asked(ask("is:todo"), ada))


def test_a_ticket_knows_its_neighbours(desk, django_assert_num_queries):
    view = Ticket.objects.todo()
    ticket = Ticket.objects.get(pk=desk["mine"].pk)
    with django_assert_num_queries(2):
        beside = around(ticket, view)
    assert (beside.previous, beside.next) == (desk["late"].pk, desk["new"].pk)
    assert (beside.ahead, beside.total) == (1, 3)


LISTS = [(view.words or "", view.sort) for view in BUILT_IN] + [
    ("queue:billing is:todo", "due"),
    ("status:open", "updated"),
    ("priority:urgent", "updated"),
    ("customer:1", "updated"),
    ("", "created"),
]


@pytest.mark.parametrize("typed, sort", LISTS)
def test_no_view_reads_the_whole_table(db, ada, typed, sort):
    """With sequential reading and sorting made dear, every list is walked by an index."""
    from django.db import connection

    make.queue("Billing")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    rows = asked(ask(typed), ada).in_order(sort).values_list("pk", "due_order")[:50]
    plan = rows.explain()
    assert "Seq Scan on tickets_ticket" not in plan
    if "billing" not in typed:
        assert "Sort" not in plan, plan
