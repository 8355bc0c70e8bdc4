"""Search: typing forgiven, any script, people too."""

import pytest
from django.contrib.postgres.search import SearchVectorField
from django.db import connection
from django.db.models import Value
from django.db.models.functions import Cast
from hypothesis import given
from hypothesis import strategies as st

from apps.tickets import wordbook
from apps.tickets.models import SearchDoc, SearchWord, Ticket
from apps.tickets.querysets.search import _WALK_BACK, BLOCK, EVERY
from apps.tickets.rules import finding
from apps.tickets.searching import people, search
from apps.tickets.wordbook import seek
from tests import make
from tests.make import NOW

# --- pure ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "folded, tokens",
    [
        ("invoice 17", ["invoice", "17"]),
        ("請求書 no", ["請求", "求書", "no"]),
        ("書", ["書"]),
        ("v2請求a", ["v2", "請求", "a"]),
        ("a a a", ["a"]),
        (" '&|!():*\\ ", []),
    ],
)
def test_tokens(folded, tokens):
    assert finding.tokens(folded) == tokens


@pytest.mark.parametrize(
    "one, other, slips",
    [
        ("invoice", "invoice", 0),
        ("invioce", "invoice", 1),
        ("invoce", "invoice", 1),
        ("imvoive", "invoice", 2),
        ("abc", "xyz", 3),
        ("a", "abcdef", 3),
    ],
)
def test_slips_between_words(one, other, slips):
    assert finding.distance_of(one, other, 2) == slips


@given(st.text("abc", max_size=8), st.text("abc", max_size=8))
def test_slips_are_the_same_both_ways_and_none_for_the_same_word(one, other):
    assert finding.distance_of(one, other, 9) == finding.distance_of(other, one, 9)
    assert (finding.distance_of(one, other, 9) == 0) == (one == other)


@given(st.text("abc", min_size=1, max_size=5))
def test_one_slip_is_one_slip(word):
    assert {finding.distance_of(word, other, 3) for other in finding.slips(word)} == {1}


def test_the_nearest_words_come_first_then_the_commoner():
    known = [("invoice", 5), ("invoices", 9), ("inverse", 3), ("voice", 1)]
    assert finding.nearest("invoicd", known) == ["invoice", "invoices"]
    assert finding.nearest("vice", [("voice", 1), ("vine", 2), ("xxxx", 9)]) == ["vine", "voice"]


def test_a_query_lets_the_last_word_go_on():
    assert finding.query(["red", "inv"], {}, goes_on=True) == "'red' & 'inv':*"
    assert finding.query(["rde"], {"rde": ["red"]}) == "('rde' | 'red')"
    assert finding.query(["書"], {}) == "'書':*"


@given(st.text(max_size=400), st.lists(st.text(min_size=1, max_size=6), max_size=4))
def test_an_excerpt_marks_the_words_where_they_are(text, words):
    words = [finding.fold(word).strip() for word in words if finding.fold(word).strip()]
    piece, marks = finding.excerpt(text, words)
    assert len(piece) <= finding.EXCERPT + 4
    for start, end in marks:
        assert finding.fold(piece[start:end]) in words


def test_an_excerpt_is_the_part_with_the_word():
    text = "word " * 60 + "the INVOÏCE is wrong" + " word" * 60
    piece, [(start, end)] = finding.excerpt(text, ["invoice"])
    assert piece.startswith("… ") and piece.endswith(" …") and piece[start:end] == "INVOÏCE"


# --- kept and found --------------------------------------------------------------------------


@pytest.fixture
def invoice(mira):
    return Ticket.objects.report(
        subject="Invoice 17 is wrong",
        body="The VAT line says 25 %, Größe passt nicht. Ask billing@acme.test",
        contact=mira,
        at=NOW,
    )


@pytest.fixture
def japanese(db):
    return Ticket.objects.report(subject="請求書が届きません", body="東京支店です", at=NOW)


def found(text, **options):
    return [hit.row.id for hit in search(text, **options).tickets]


@pytest.mark.parametrize(
    "text",
    [
        "invoice",
        "WRONG",
        "invoice wrong",
        "vat",
        "grosse",
        "Größe",
        "köhler",
        "kohler",
        "mira@acme.test",
        "acme",
        "billing",
        "17",
        "invioce",
        "invoicee",
        "worng",
        "wrong invioce",
    ],
)
def test_words_are_found_as_soon_as_they_are_written(invoice, japanese, text):
    assert found(text) == [invoice.pk]


@pytest.mark.parametrize("text", ["請求書", "請求", "求書", "書", "東京", "届きません", "京"])
def test_any_part_of_japanese_is_found(invoice, japanese, text):
    assert found(text) == [japanese.pk]


@pytest.mark.parametrize(
    "text", ["", " ", "%", "'", "\x00", "zebra", "請書", "😀", "\\", "a" * 500]
)
def test_what_is_nowhere_is_not_found_and_nothing_breaks(invoice, japanese, text):
    assert found(text) == []


@given(st.text(max_size=60))
@pytest.mark.django_db
def test_no_text_breaks_the_search(text):
    search(text)
    search(text, typing=True)


def test_a_word_being_typed_is_found(invoice):
    assert found("invo", typing=True) == [invoice.pk]
    assert found("wrong inv", typing=True) == [invoice.pk]
    assert found("invo") == []


def test_a_number_is_a_ticket(invoice, japanese):
    assert found(f"#{japanese.pk}") == [japanese.pk]


def test_a_subject_weighs_more_than_a_message(mira):
    in_subject = Ticket.objects.report(subject="Export fails", body="x", contact=mira, at=NOW)
    in_body = Ticket.objects.report(subject="Help", body="the export?", contact=mira, at=NOW)
    assert found("export") == [in_subject.pk, in_body.pk]


def test_later_messages_are_searched_and_shown(invoice, ada):
    invoice.reply("We found the zebra in the ledger", by=ada, at=NOW)
    [hit] = search("zebra").tickets
    start, end = hit.marks[0]
    assert hit.excerpt[start:end] == "zebra" and hit.row.id == invoice.pk


def test_what_is_taken_back_is_found_no_more_once_gathered(invoice, ada):
    message = invoice.reply("We found the zebra", by=ada, at=NOW)
    invoice.take_back(message, by=ada, at=NOW)
    assert SearchDoc.objects.is_due()
    assert SearchDoc.objects.gather() == 1
    assert found("zebra") == [] and found("invoice") == [invoice.pk]
    assert SearchDoc.objects.gather() == 0


def test_gathering_anew_finds_what_the_verbs_brought(invoice, ada):
    invoice.note("zebra crossing", by=ada, at=NOW)
    before = SearchDoc.objects.get().vector
    SearchDoc.objects.mark_stale([invoice.pk])
    SearchDoc.objects.gather()
    lexemes = {part.split(":")[0] for part in before.split()}
    assert {part.split(":")[0] for part in SearchDoc.objects.get().vector.split()} == lexemes


def test_a_renamed_ticket_is_found_by_its_new_name(invoice, ada):
    invoice.rename("Receipt 17", by=ada, at=NOW)
    SearchDoc.objects.gather()
    assert found("receipt") == [invoice.pk] and found("invoice") == []


def test_the_dictionary_counts_each_document_once(invoice, ada):
    assert SearchWord.objects.get(word="invoice").tickets == 0  # known, not counted yet
    assert SearchDoc.objects.count_words() == 1
    assert SearchDoc.objects.count_words() == 0
    assert SearchWord.objects.get(word="invoice").tickets == 1
    assert not SearchWord.objects.filter(word="17").exists()
    assert not SearchDoc.objects.is_due()


def test_a_common_word_is_met_among_the_newest(invoice, japanese, monkeypatch):
    SearchDoc.objects.count_words()
    monkeypatch.setattr(wordbook, "COMMON", 0)
    assert found("invoice") == [invoice.pk]
    assert found("請求") == [japanese.pk]


@pytest.fixture
def skewed(db):
    """Tickets of three blocks: "export" in the oldest alone, all of the newest without it."""
    block = 2**BLOCK
    holding, without = range(1, 31), [*range(block, block + 30), *range(4 * block, 4 * block + 600)]
    Ticket.objects.bulk_create(
        Ticket(pk=pk, subject="x", channel="mail", reported_at=NOW, updated_at=NOW)
        for pk in [*holding, *without]
    )
    for words, numbers in (("'export' 'exports'", holding), ("'other'", without)):
        vector = Cast(Value(words), SearchVectorField())
        SearchDoc.objects.bulk_create(SearchDoc(ticket_id=pk, vector=vector) for pk in numbers)
    for word, tickets in (("export", 30), ("exports", 30), ("other", 630)):
        SearchWord.objects.create(word=word, tickets=tickets)
    return list(holding)


def test_a_common_word_that_none_of_the_newest_hold_is_met_without_reading_them(
    skewed, monkeypatch
):
    monkeypatch.setattr(wordbook, "COMMON", 20)
    newest_first = skewed[::-1]
    assert seek("export").tickets == newest_first
    assert seek("export", most=7).tickets == newest_first[:7]
    assert seek("other", most=3).tickets == [4 * 2**BLOCK + 600 - n for n in (1, 2, 3)]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE tickets_searchdoc")
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
        values = {"query": "'export'", "most": 7, "blocks": EVERY}
        cursor.execute(f"EXPLAIN (ANALYZE, COSTS off) {_WALK_BACK.sql}", values)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Bitmap Index Scan on search_doc_words_placed" in plan
    assert "Rows Removed" not in plan  # what lacks the word was never looked at


def test_a_word_that_goes_on_is_met_as_the_commonest_words_that_begin_so(skewed, monkeypatch):
    monkeypatch.setattr(wordbook, "COMMON", 20)
    assert seek("expo", typing=True).tickets == skewed[::-1]
    monkeypatch.setattr(wordbook, "ENOUGH", 31)  # too few: every word that begins so
    assert seek("expo", typing=True).tickets == skewed[::-1]


def test_what_no_dictionary_counts_is_sought_near_and_then_everywhere(skewed, monkeypatch):
    seventeen = Cast(Value("'17'"), SearchVectorField())
    SearchDoc.objects.filter(ticket__in=skewed[:20]).update(vector=seventeen)
    monkeypatch.setattr(wordbook, "NEAR", 1)
    assert seek("17", most=5).tickets == skewed[15:20][::-1]
    monkeypatch.setattr(wordbook, "NEAR", 5)
    assert seek("17", most=5).tickets == skewed[15:20][::-1]
    assert seek("17 other", most=5).tickets == []
    assert seek("17 export", most=5).tickets == []


def test_people_and_organisations_are_found(invoice, mira):
    assert people("köhl") == ([], [(mira.pk, "Mira Köhler", str(mira.customer))])
    assert people("acme")[0] == [(mira.customer_id, mira.customer.name, "Business")]
    assert people("a") == ([], [])


def test_a_very_long_thread_is_searched_as_far_as_it_fits(invoice, ada):
    import random

    dice = random.Random(1)
    for _ in range(12):
        words = ("".join(dice.choices("abcdefghij", k=9)) for _ in range(2000))
        invoice.note(" ".join(words), by=ada, at=NOW)
    SearchDoc.objects.mark_stale([invoice.pk])
    SearchDoc.objects.gather()
    assert found("invoice") == [invoice.pk]


def test_a_search_takes_a_fixed_number_of_queries(
    invoice, japanese, mira, django_assert_max_num_queries
):
    for n in range(5):
        make.message(Ticket.objects.report(subject=f"invoice {n}", contact=mira, at=NOW))
    with django_assert_max_num_queries(7):
        assert len(search("invoice").tickets) == 6
