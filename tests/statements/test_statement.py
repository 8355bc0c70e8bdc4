"""Statements: written once, asked with other values, never grown old."""

import pytest
from django.db import connection
from django.db.models import F, Value
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User
from apps.statements import statement
from apps.statements.statement import Given, Statement, kept

pytestmark = pytest.mark.django_db
BY_EMAIL = User.objects.filter(email=Given("email"))


@pytest.fixture
def people(db):
    return [
        User.objects.create(email=f"{name}@desk.test", name=name)
        for name in ("ann", "bob", "100 %s")
    ]


def test_a_statement_is_asked_again_with_other_values(people):
    named = Statement.of(BY_EMAIL.values_list("name"))
    assert [named.row(email=f"{name}@desk.test") for name in ("ann", "bob", "eve")] == [
        ("ann",),
        ("bob",),
        None,
    ]


def test_what_is_known_is_written_into_it(people):
    one = User.objects.filter(name="100 %s", roles=[]).values_list("email")
    assert "'100 %%s'" in Statement.of(one).sql
    assert Statement.of(one).rows() == [("100 %s@desk.test",)]
    assert Statement.of(one.filter(name="it's")).rows() == []
    half = User.objects.annotate(_half=F("pk") % Value(2)).filter(_half__lt=2)
    assert len(Statement.of(half.values_list("pk")).rows()) == 3


def test_a_plan_is_kept_from_the_second_time(people):
    named = Statement.of(BY_EMAIL.values_list("name"))
    for _ in range(3):
        named.row(email="ann@desk.test")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s",
                       ["%accounts_user%email%$1%"])  # fmt: skip
        assert cursor.fetchone()[0] >= 1


def test_what_cannot_be_found_is_not_asked_for(people):
    nobody = Statement.of(User.objects.filter(pk__in=[]))
    with CaptureQueriesContext(connection) as asked:
        assert nobody.rows() == []
    assert not asked.captured_queries


def test_lists_and_lengths_come_together(people):
    named = User.objects.order_by("pk").values_list("pk", "name")
    one, none = Statement.together(BY_EMAIL.values_list("name"), named.none()).row(
        email="bob@desk.test"
    )
    assert (one, none) == ('[{"name":"bob"}]', "[]")
    lengths = Statement.counting([named, named.none(), BY_EMAIL], cap=2)
    assert lengths.row(email="ann@desk.test") == (2, 0, 1)


def test_a_query_log_and_a_wrapper_see_it(people):
    seen = []

    def look(execute, sql, *rest):
        seen.append(sql)
        return execute(sql, *rest)

    with CaptureQueriesContext(connection) as asked, connection.execute_wrapper(look):
        Statement.of(BY_EMAIL).rows(email="ann@desk.test")
    assert [one["sql"] for one in asked.captured_queries] == seen == [Statement.of(BY_EMAIL).sql]


def test_a_kept_statement_is_written_once(monkeypatch):
    monkeypatch.setattr(statement, "_kept", {})
    monkeypatch.setattr(statement, "MOST_KEPT", 2)
    written = []

    def write():
        written.append(1)
        return Statement("SELECT 1")

    for key in ("a", "a", "b", "a", "c", "c"):
        assert kept(key, write).row() == (1,)
    assert len(written) == 3  # the shelf was full at "c", and emptied
    assert list(statement._kept) == ["c"]


def test_what_asks_the_database_while_it_is_written_is_written_anew(people, monkeypatch):
    monkeypatch.setattr(statement, "_kept", {})

    def write():
        ids = list(User.objects.filter(name="ann").values_list("pk", flat=True))
        return Statement.of(User.objects.filter(pk__in=ids).values_list("name"))

    assert kept("ann", write).rows() == [("ann",)]
    User.objects.filter(name="ann").update(name=F("email"))
    assert kept("ann", write).rows() == []
