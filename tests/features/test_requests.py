"""A request, who asks for it, what becomes of it, and that they are told."""

from decimal import Decimal

import pytest

from apps.features.models import FeatureRequest, Insight
from apps.tickets.models import OwedAnswer, Ticket
from apps.tickets.uniting import merge_contacts, unmerge_contacts
from apps.timeline.refusal import Lost, Refused
from tests import make

from .conftest import after

pytestmark = pytest.mark.django_db


def last(request: FeatureRequest):
    return request.timeline().latest("id")


def owed() -> set[int]:
    return set(OwedAnswer.objects.owed().values_list("asked_on", flat=True))


def demand(request: FeatureRequest) -> tuple:
    request.refresh_from_db()
    return (request.contacts, request.customers, request.important, request.arr, request.currency)


# --- opened and edited ----------------------------------------------------------------------------


def test_a_request_is_opened_in_words(excel, pia):
    assert (excel.status, excel.visibility, excel.terms) == ("under_review", "internal", ["xlsx"])
    assert str(excel) == "Export to Excel" and excel.goes_on == excel and not excel.is_settled
    told = last(excel)
    assert (told.verb, told.actor, told.data["title"]) == ("opened", pia, [None, "Export to Excel"])


@pytest.mark.parametrize(
    "words, field",
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"problem": "nul \x00"}, "problem"),
        ({"terms": [f"name {n}" for n in range(21)]}, "terms"),
        ({"visibility": "secret"}, "visibility"),
    ],
)
def test_words_that_do_not_do_are_refused(words, field, excel, pia):
    with pytest.raises(Refused) as refused:
        excel.edit(**words, by=pia, at=after(5))
    assert refused.value.field == field
    excel.refresh_from_db()
    assert excel.title == "Export to Excel"


def test_somebody_who_left_owns_nothing(excel, pia):
    gone = make.person("Gone", is_active=False)
    with pytest.raises(Refused, match="cannot sign in"):
        excel.edit(owner=gone, by=pia, at=after(5))


def test_it_is_said_better(excel, pia):
    excel.edit(title="Excel export", problem="Better.", owner=pia, by=pia, at=after(5))
    assert last(excel).data == {
        "title": ["Export to Excel", "Excel export"],
        "owner": [None, pia.pk],
        "problem": True,
    }
    with pytest.raises(Refused, match="already"):
        excel.edit(title="Excel export", by=pia, at=after(6))
    with pytest.raises(TypeError):
        excel.edit(status="shipped", by=pia, at=after(6))


# --- who asks -------------------------------------------------------------------------------------


def test_who_asks_is_written_down_as_they_were(asked, hers, mira, ada):
    one = Insight.objects.get(ticket=hers)
    assert (one.contact, one.customer, one.importance, one.snippet) == (
        *(mira, mira.customer, 3, "as xlsx"),
    )
    assert (one.tier, one.plan, one.standing, one.arr) == ("enterprise", "Gold", "active", 40_000)
    assert one.said_at == hers.reported_at and one.who == "Mira Köhler"
    assert str(one) and one.get_absolute_url().endswith(f"#insight-{one.pk}")
    assert demand(asked) == (2, 2, 1, Decimal("42000"), "EUR")
    mira.customer.change(arr=Decimal("1"), by=ada, at=after(9))
    one.refresh_from_db()
    assert one.arr == 40_000
    told = hers.timeline().latest("id")
    assert (told.verb, told.data["title"]) == ("asked_for", [None, "Export to Excel"])


def test_who_is_nobodys_customer_asks_too(excel, ada):
    alone = Ticket.objects.report(subject="Me", contact=make.contact(customer=None), at=after(1))
    one = excel.add_insight(alone, by=ada, at=after(3))
    assert (one.customer, one.arr, one.tier) == (None, None, "")
    assert demand(excel) == (1, 0, 0, Decimal("0"), "")


def test_the_message_says_when_they_asked(excel, hers, ada, his):
    said = hers.hear("Also as ods?", at=after(30))
    one = excel.add_insight(hers, message=said, by=ada, at=after(40))
    assert (one.said_at, one.message) == (after(30), said)
    with pytest.raises(Refused, match="another ticket"):
        excel.add_insight(his, message=said, by=ada, at=after(41))


def test_a_ticket_asks_once(asked, hers, ada):
    with pytest.raises(Refused, match="linked to it already"):
        asked.add_insight(hers, by=ada, at=after(5))


@pytest.mark.parametrize("importance", [-1, 4, "3", None])
def test_importance_runs_from_nought_to_three(importance, excel, hers, ada):
    with pytest.raises(Refused, match="from 0 to 3"):
        excel.add_insight(hers, importance=importance, by=ada, at=after(5))


def test_evidence_is_changed_removed_and_restored(asked, hers, ada, excel):
    one = Insight.objects.get(ticket=hers)
    asked.change_insight(one, importance=0, snippet="maybe", by=ada, at=after(5))
    assert last(asked).data == {"insight": one.pk, "importance": [3, 0], "reworded": True}
    assert demand(asked)[2] == 0
    with pytest.raises(Refused, match="so already"):
        asked.change_insight(one, importance=0, snippet="maybe", by=ada, at=after(6))
    asked.remove_insight(one, by=ada, at=after(7))
    assert demand(asked)[:2] == (1, 1)
    assert hers.timeline().latest("id").verb == "asked_no_more"
    with pytest.raises(Refused, match="was removed"):
        asked.change_insight(one, importance=1, by=ada, at=after(8))
    asked.restore_insight(one, by=ada, at=after(9))
    assert demand(asked)[:2] == (2, 2)
    with pytest.raises(Refused, match="It is there"):
        asked.restore_insight(one, by=ada, at=after(10))
    other = FeatureRequest.objects.open("Dark mode", by=ada, at=after(10))
    with pytest.raises(Refused, match="another request"):
        other.remove_insight(one, by=ada, at=after(11))


def test_what_was_removed_is_linked_again(asked, hers, ada):
    one = Insight.objects.get(ticket=hers)
    asked.remove_insight(one, by=ada, at=after(5))
    again = asked.add_insight(hers, importance=2, by=ada, at=after(6))
    assert again.pk == one.pk and again.removed_at is None and demand(asked)[0] == 2


def test_two_contacts_who_are_one_person_ask_once(asked, mira, nils, sol):
    merge_contacts(nils, mira, across=True, by=sol, at=after(5))
    assert demand(asked)[:2] == (1, 2)
    unmerge_contacts(nils, by=sol, at=after(6))
    assert demand(asked)[:2] == (2, 2)


def test_revenue_is_summed_in_the_currency_most_pay_in(asked, ada):
    for n, (arr, currency) in enumerate([(100, "USD"), (None, "EUR"), (5, "EUR")]):
        theirs = make.contact(customer=make.customer(arr=arr, currency=currency))
        ticket = Ticket.objects.report(subject="Me too", contact=theirs, at=after(n))
        asked.add_insight(ticket, by=ada, at=after(10))
    assert demand(asked) == (5, 5, 1, Decimal("42005"), "EUR")


# --- what becomes of it ---------------------------------------------------------------------------


def test_shipping_owes_word_to_exactly_those_who_wait(asked, hers, his, pia, ada):
    spam = Ticket.objects.report(subject="Win", contact=make.contact(), at=after(1))
    asked.add_insight(spam, by=ada, at=after(5))
    spam.mark_spam(by=ada, at=after(6))
    weighed = {one.asked_on.pk: one.why_not for one in asked.weigh("shipped")}
    assert weighed == {hers.pk: "", his.pk: "", spam.pk: f"#{spam.pk} is spam"}
    told = asked.ship(by=pia, at=after(10))
    assert (told.verb, told.data) == ("shipped", {"status": ["under_review", "shipped"], "owed": 2})
    assert owed() == {hers.pk, his.pk} and asked.is_settled
    one = OwedAnswer.objects.get(asked_on=hers)
    assert (one.kind, one.subject_id, one.became) == ("feature_request", asked.pk, "shipped")
    assert "{{ about.title }} is there now" in one.draft
    with pytest.raises(Refused, match="shipped already"):
        asked.ship(by=pia, at=after(11))


def test_undoing_it_owes_nothing_to_those_not_told(asked, hers, his, pia, ada):
    asked.plan(by=pia, at=after(9))
    shipped = asked.ship(words="It is there.", by=pia, at=after(10))
    hers.reply("There!", by=ada, at=after(11))
    asked.undo(shipped.pk, by=pia, at=after(12))
    assert (asked.status, asked.words) == ("planned", "") and owed() == set()
    assert last(asked).data["withdrawn"] == 1
    with pytest.raises(Lost):
        asked.undo(shipped.pk, by=pia, at=after(13))
    asked.ship(by=pia, at=after(14))
    assert owed() == {his.pk}  # she was told
    assert OwedAnswer.objects.get(asked_on=hers).state == "told"


def test_reopening_can_be_undone_too(asked, hers, his, pia):
    asked.ship(words="Look: {{ about.title }}.", by=pia, at=after(10))
    reopened = asked.reopen(by=pia, at=after(11))
    assert asked.status == "under_review" and owed() == set()
    asked.undo(reopened.pk, by=pia, at=after(12))
    assert (asked.status, asked.words) == ("shipped", "Look: {{ about.title }}.")
    assert owed() == {hers.pk, his.pk}
    assert OwedAnswer.objects.get(asked_on=hers).draft == "Look: {{ about.title }}."


@pytest.mark.parametrize("verb", ["decline", "park"])
def test_no_is_said_with_a_reason(asked, hers, pia, verb):
    with pytest.raises(Refused, match="Say why"):
        getattr(asked, verb)(reason=" ", by=pia, at=after(10))
    getattr(asked, verb)(reason="It does not fit.", by=pia, at=after(10))
    assert asked.reason == "It does not fit."
    assert "It does not fit." in OwedAnswer.objects.get(asked_on=hers).draft


def test_who_was_told_no_is_told_when_it_comes_after_all(asked, hers, his, pia, ada):
    asked.park(reason="Next year.", by=pia, at=after(10))
    hers.reply("Not now.", by=ada, at=after(11))
    asked.begin(by=pia, at=after(12))
    assert owed() == set()
    asked.ship(by=pia, at=after(13))
    assert owed() == {hers.pk, his.pk}


def test_words_that_cannot_be_filled_in_change_nothing(asked, pia):
    with pytest.raises(Refused, match="no variable"):
        asked.ship(words="{{ nobody }}", by=pia, at=after(10))
    asked.refresh_from_db()
    assert asked.status == "under_review" and not OwedAnswer.objects.exists()


def test_whoever_asks_for_what_is_there_is_told_at_once(excel, hers, pia, ada):
    excel.ship(by=pia, at=after(5))
    one = excel.add_insight(hers, by=ada, at=after(6))
    assert owed() == {hers.pk}
    excel.remove_insight(one, by=ada, at=after(7))
    assert owed() == set()
    excel.restore_insight(one, by=ada, at=after(8))
    assert owed() == {hers.pk}


def test_who_could_not_be_told_is_told_later(asked, hers, his, pia, ada):
    with pytest.raises(Refused, match="Nothing became"):
        asked.tell_the_rest(by=pia, at=after(5))
    spam = his.mark_spam(by=ada, at=after(6))
    asked.ship(by=pia, at=after(10))
    assert owed() == {hers.pk}
    his.undo(spam.pk, by=ada, at=after(11))
    asked.tell_the_rest(by=pia, at=after(12))
    assert owed() == {hers.pk, his.pk} and last(asked).verb == "told_the_rest"
    with pytest.raises(Refused, match="Everybody"):
        asked.tell_the_rest(by=pia, at=after(13))


# --- merging --------------------------------------------------------------------------------------

KEPT = ("pk", "request_id", "ticket_id", "importance", "snippet", "said_at", "arr", "added_at")


@pytest.fixture
def sheets(pia, his, ada) -> FeatureRequest:
    """The same by another name; Nils asks for it too."""
    made = FeatureRequest.objects.open("Spreadsheet export", by=pia, at=after(2))
    third = Ticket.objects.report(subject="Sheets", contact=make.contact("Ann"), at=after(1))
    made.add_insight(third, importance=2, snippet="sheets", by=ada, at=after(3))
    made.add_insight(his, by=ada, at=after(4))
    made.refresh_from_db()
    return made


def test_a_merge_counts_together_and_is_taken_back_without_loss(asked, sheets, pia):
    before = [
        demand(asked),
        demand(sheets),
        list(Insight.objects.order_by("pk").values_list(*KEPT)),
    ]
    sheets.merge(asked, by=pia, at=after(10))
    assert (sheets.status, sheets.merged_into, sheets.goes_on) == ("duplicate", asked, asked)
    assert demand(asked)[:3] == (3, 3, 2) and asked.evidence().count() == 4
    assert demand(sheets)[0] == 0
    assert (last(sheets).verb, last(asked).verb) == ("merged", "joined")
    with pytest.raises(Refused, match="goes on in another"):
        sheets.add_insight(Ticket.objects.latest("pk"), by=pia, at=after(11))
    sheets.unmerge(by=pia, at=after(12))
    assert [
        demand(asked),
        demand(sheets),
        list(Insight.objects.order_by("pk").values_list(*KEPT)),
    ] == before
    assert sheets.status == "under_review" and sheets.goes_on == sheets
    with pytest.raises(Refused, match="not merged"):
        sheets.unmerge(by=pia, at=after(13))


def test_merges_may_follow_each_other(asked, sheets, pia):
    third = FeatureRequest.objects.open("Data out", by=pia, at=after(5))
    sheets.merge(asked, by=pia, at=after(10))
    asked.merge(third, by=pia, at=after(11))
    sheets.refresh_from_db()
    assert (sheets.merged_into, sheets.root) == (asked, third) and demand(third)[0] == 3
    asked.unmerge(by=pia, at=after(12))
    sheets.refresh_from_db()
    assert sheets.root == asked and demand(asked)[0] == 3 and demand(third)[0] == 0


@pytest.mark.parametrize("wrong", ["itself", "merged", "into a merged one", "undo"])
def test_what_cannot_be_merged(wrong, asked, sheets, pia):
    if wrong != "itself":
        sheets.merge(asked, by=pia, at=after(10))
    third = FeatureRequest.objects.open("Data out", by=pia, at=after(5))
    refused = {
        "itself": lambda: asked.merge(asked, by=pia, at=after(11)),
        "merged": lambda: sheets.merge(third, by=pia, at=after(11)),
        "into a merged one": lambda: third.merge(sheets, by=pia, at=after(11)),
        "undo": lambda: sheets.undo(last(sheets).pk, by=pia, at=after(11)),
    }
    with pytest.raises(Refused):
        refused[wrong]()


def test_those_who_asked_for_a_merged_one_are_told(asked, sheets, hers, his, pia):
    asked.ship(by=pia, at=after(9))
    sheets.merge(asked, by=pia, at=after(10))
    third = Ticket.objects.get(subject="Sheets")
    assert owed() == {hers.pk, his.pk, third.pk}
    sheets.unmerge(by=pia, at=after(11))
    assert owed() == {hers.pk, his.pk}


def test_what_a_merged_one_became_is_owed_no_more_until_it_is_taken_back(sheets, asked, pia):
    sheets.decline(reason="No.", by=pia, at=after(9))
    waiting = owed()
    sheets.merge(asked, by=pia, at=after(10))
    assert owed() == set()
    sheets.unmerge(by=pia, at=after(11))
    assert sheets.status == "declined" and owed() == waiting


# --- found ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words, found",
    [
        ("Export to Excel", True),
        ("Exporting into Excel please", True),
        ("Download as xlsx does not work", True),
        ("My invoice is wrong", False),
        ("x", False),
    ],
)
def test_what_may_be_meant_is_suggested(words, found, excel):
    assert (excel in FeatureRequest.objects.like(words)) == found


def test_a_merged_one_is_not_suggested(asked, sheets, pia):
    sheets.merge(asked, by=pia, at=after(10))
    assert sheets not in FeatureRequest.objects.like("Spreadsheet export")


def test_words_are_looked_for_everywhere(excel):
    for words in ("excel", "formats", "XLSX", "csv xlsx"):
        assert list(FeatureRequest.objects.holding(words)) == [excel]
    assert not FeatureRequest.objects.holding("excel dark")
