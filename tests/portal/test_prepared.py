"""Canned replies and macros: kept on their pages, picked on a ticket."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.tickets.models import CannedReply, Draft, Macro, Ticket
from tests import make


@pytest.fixture(autouse=True)
def files_in_a_folder_of_their_own(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def canned(sol) -> CannedReply:
    body = 'Hello {{ contact.first_name | "there" }},\nwe look at #{{ ticket.number }}.'
    return CannedReply.add(by=sol, at=make.NOW, shared=True, title="Looking", body=body)


@pytest.fixture
def macro(sol) -> Macro:
    steps = [{"do": "reply", "text": "Hello {{ contact.name }}"}, {"do": "tag", "add": ["vip"]}]
    return Macro.add(by=sol, at=make.NOW, shared=True, title="Greet", steps=steps)


def url(name: str, ticket: Ticket, **more) -> str:
    return reverse(f"portal:ticket-{name}", kwargs={"pk": ticket.pk, **more})


# --- kept ------------------------------------------------------------------------------------


def test_an_agent_keeps_words_of_their_own(as_ada, ada):
    page = as_ada.get(reverse("portal:canned-reply-new")).content.decode()
    assert "contact.first_name" in page and 'name="shared"' not in page
    sent = {"title": "Hours", "body": "Nine to four.", "shared": "on"}
    file = SimpleUploadedFile("hours.txt", b"9-16")
    answer = as_ada.post(reverse("portal:canned-reply-new"), sent | {"files": file}, follow=True)
    assert "“Hours” is offered now." in answer.content.decode()
    made = CannedReply.objects.get()
    assert made.owner == ada and made.files.get().name == "hours.txt"
    address = reverse("portal:canned-reply", args=[made.pk])
    assert "hours.txt" in as_ada.get(address).content.decode()
    as_ada.post(address, {"title": "Hours", "body": "Ten to four."})
    made.refresh_from_db()
    assert made.body == "Ten to four."
    gone = reverse("portal:canned-reply-file-remove", args=[made.pk, made.files.get().pk])
    as_ada.post(gone)
    assert not made.files.exists()


def test_what_is_shared_is_kept_by_a_lead(as_ada, as_sol, canned):
    address = reverse("portal:canned-reply", args=[canned.pk])
    assert "a support lead changes it" in as_ada.get(address).content.decode()
    assert as_ada.post(address, {"title": "x", "body": "y"}).status_code == 422
    assert as_ada.post(reverse("portal:canned-reply-retire", args=[canned.pk])).status_code == 409
    form = {"title": "Looking", "body": "Other", "shared": "on"}
    assert as_sol.post(address, form).status_code == 302
    html = as_sol.post(
        reverse("portal:canned-reply-retire", args=[canned.pk]), follow=True
    ).content.decode()
    assert "no longer offered" in html
    as_sol.post(reverse("portal:canned-reply-revive", args=[canned.pk]))
    assert "Looking" in as_ada.get(reverse("portal:canned-replies")).content.decode()


def test_a_variable_that_is_none_is_named_beside_what_was_typed(as_ada):
    sent = {"title": "T", "body": "Dear {{ contact.nam }}"}
    answer = as_ada.post(reverse("portal:canned-reply-new"), sent)
    html = answer.content.decode()
    assert answer.status_code == 422 and "no variable “contact.nam”" in html
    assert "Dear {{ contact.nam }}" in html


EVERY_STEP = {
    "title": "Everything",
    "reply": "Hello",
    "note": "Psst",
    "status": "waiting_customer",
    "priority": "high",
    "assign": "me",
    "add": "a, b",
    "remove": "c",
    "snooze": "in 3 days",
    "fills": "size = 9\n\nreason = VAT = id",
    "position": "3",
}


def test_a_macro_is_made_by_filling_in_what_it_does(as_sol, sol):
    queue = make.queue("Billing")
    answer = as_sol.post(reverse("portal:macro-new"), EVERY_STEP | {"move_to": queue.pk})
    assert answer.status_code == 302
    macro = Macro.objects.get()
    assert len(macro.steps) == 10 and macro.position == 3
    html = as_sol.get(reverse("portal:macro", args=[macro.pk])).content.decode()
    for said in ("Hello", "Psst", "in 3 days", 'value="a, b"', "size = 9\nreason = VAT = id"):
        assert said in html
    as_sol.post(reverse("portal:macro", args=[macro.pk]), {"title": "Less", "assign": "nobody"})
    macro.refresh_from_db()
    assert macro.steps == [{"do": "assign", "to": None}]
    assert (
        'value="nobody" selected'
        in as_sol.get(reverse("portal:macro", args=[macro.pk])).content.decode()
    )
    as_sol.post(reverse("portal:macro-retire", args=[macro.pk]))
    assert not Macro.objects.kept()
    as_sol.post(reverse("portal:macro-revive", args=[macro.pk]))
    assert Macro.objects.kept()


@pytest.mark.parametrize("sent", [{"title": "Nothing"}, {"title": "T", "reply": "{{ x }}"}])
def test_a_macro_that_cannot_be_is_refused(as_ada, ada, sent):
    assert as_ada.post(reverse("portal:macro-new"), sent).status_code == 422
    steps = [{"do": "priority", "to": "low"}]
    made = Macro.add(by=ada, at=make.NOW, title="T", steps=steps)
    assert as_ada.post(reverse("portal:macro", args=[made.pk]), sent).status_code == 422


# --- picked ----------------------------------------------------------------------------------


def test_a_canned_reply_is_found_by_its_words_and_filled_in(as_ada, ticket, canned, in_place):
    address = url("canned", ticket)
    html = in_place(as_ada).get(address, {"q": "look"}).content.decode()
    assert f"Hello Mara,\nwe look at #{ticket.pk}." in html
    assert "No canned reply says" in as_ada.get(address, {"q": "zebra"}).content.decode()
    assert as_ada.get(address, {"q": "x" * 300}).status_code == 200


def test_the_picker_asks_as_much_for_many_as_for_few(as_ada, sol, ticket, canned):
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            as_ada.get(url("canned", ticket), {"q": "l"}, headers={"hx-request": "true"})
        return len(captured)

    few = count()
    for n in range(30):
        CannedReply.add(by=sol, at=make.NOW, shared=True, title=f"Look {n}", body="x")
    assert count() == few <= 6


def test_without_javascript_it_goes_into_the_draft(as_ada, ada, ticket, canned):
    Draft.objects.keep(ticket, ada, mode="reply", body="Begun", at=make.NOW)
    html = as_ada.post(url("canned-insert", ticket, reply=canned.pk), follow=True).content.decode()
    assert f">Begun\n\nHello Mara,\nwe look at #{ticket.pk}.</textarea>" in html
    canned.refresh_from_db()
    assert canned.used == 1


def test_a_canned_reply_that_was_put_in_is_counted_when_it_is_sent(as_ada, ticket, canned):
    sent = {"mode": "reply", "body": "Hello", "canned": [canned.pk, "x"]}
    as_ada.post(url("answer", ticket), sent)
    canned.refresh_from_db()
    assert canned.used == 1


def test_a_macro_says_what_it_would_do_does_it_and_is_taken_back(as_ada, ticket, macro, in_place):
    browser = in_place(as_ada)
    html = browser.get(url("macros", ticket), {"q": "gre"}).content.decode()
    assert "This adds tag vip, replies." in html and "Hello Mara Holt" in html
    assert not ticket.messages.filter(direction="out").exists()
    html = browser.post(url("macro-apply", ticket, macro=macro.pk)).content.decode()
    assert "“Greet”: adds tag vip, replies." in html
    undo = url("macro-take-back", ticket, macro=macro.pk)
    assert undo in html
    assert "was taken back" in browser.post(undo).content.decode()
    ticket.refresh_from_db()
    assert ticket.tags == [] and ticket.status == "new"
    assert "No macro is called" in browser.get(url("macros", ticket), {"q": "x"}).content.decode()


def test_what_one_may_not_do_is_shown_and_not_pressed(as_pia, ticket, macro):
    html = as_pia.get(url("macros", ticket)).content.decode()
    assert "disabled" in html and "your roles do not let you do" in html
    assert as_pia.post(url("macro-apply", ticket, macro=macro.pk)).status_code == 409


def test_people_are_offered_by_name_and_by_handle(as_ada, sol, ticket):
    make.person("Nils Solberg", email="nils@demo.test")
    make.team("Solvers", sol)
    html = as_ada.get(reverse("portal:ticket-people"), {"q": "sol"}).content.decode()
    assert "@sol<" in html and "@nils<" in html and "@solvers<" in html
    assert "may not read tickets" in html


def test_a_note_says_who_was_not_told(as_ada, ticket, in_place):
    make.person("Nils", email="nils@demo.test")
    html = (
        in_place(as_ada)
        .post(url("answer", ticket), {"mode": "note", "note": "@nils look"})
        .content.decode()
    )
    assert "Nils may not read tickets and was not told." in html
    assert "<mark>@nils</mark>" in html


def test_today_shows_what_one_has_begun(as_ada, ada, ticket):
    assert "You have begun" not in as_ada.get("/").content.decode()
    Draft.objects.keep(ticket, ada, mode="reply", body="Half a sentence", at=make.NOW)
    html = as_ada.get("/").content.decode()
    assert "You have begun" in html and "Half a sentence" in html
