"""Every verb of a ticket from its button: in place the card comes back, without htmx its page."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from apps.tickets.models import BulkChange, Checklist, Message, Ticket
from apps.timeline.models import Activity
from tests import make

VERBS = {  # name → what is sent, the Activity it leaves
    "answer": ({"mode": "reply", "body": "On it.", "after": "keep_open"}, "replied"),
    "assign": ({"assignee": "ADA"}, "assigned"),
    "take": ({}, "assigned"),
    "move": ({"status": "waiting_third_party"}, "moved"),
    "resolve": ({}, "resolved"),
    "duplicate": ({"of": "OTHER"}, "marked_duplicate"),
    "mark-spam": ({}, "marked_spam"),
    "prioritise": ({"priority": "urgent"}, "prioritised"),
    "tag": ({"tags": "vip, Export"}, "tagged"),
    "file": ({"queue": "QUEUE"}, "filed"),
    "rename": ({"subject": "Export stops early"}, "renamed"),
    "belong": ({"contact": "New@Customer.test", "name": "Nora"}, "belonged_to"),
    "snooze": ({"until": "tomorrow"}, "snoozed"),
    "need-no-reply": ({}, "needed_no_reply"),
}


@pytest.fixture
def queue(db):
    return make.queue("Billing")


@pytest.fixture
def sent(ada, queue):
    """The data of a verb with the numbers of real records in it."""

    def fill(name: str) -> dict:
        other = make.ticket().pk if name == "duplicate" else 0
        stand_ins = {"ADA": ada.pk, "QUEUE": queue.pk, "OTHER": f"#{other}"}
        return {key: stand_ins.get(value, value) for key, value in VERBS[name][0].items()}

    return fill


def newest(ticket: Ticket) -> Activity:
    return Activity.objects.about("ticket", ticket.pk).last()


def url(name: str, ticket: Ticket, **more) -> str:
    return reverse(f"portal:ticket-{name}", kwargs={"pk": ticket.pk, **more})


@pytest.mark.parametrize("name", VERBS)
def test_in_place_the_whole_card_comes_back(name, as_ada, ticket, in_place, sent):
    answer = in_place(as_ada).post(url(name, ticket), sent(name))
    html = answer.content.decode()
    assert answer.status_code == 200
    assert html.lstrip().startswith(f'<article id="ticket-{ticket.pk}"')
    assert 'id="toasts" hx-swap-oob="beforeend"' in html
    assert re.search(r'id="count-inbox"[^>]* hx-swap-oob="true"', html)
    assert Activity.objects.about("ticket", ticket.pk).last().verb == VERBS[name][1]


@pytest.mark.parametrize("name", VERBS)
def test_without_htmx_the_ticket_comes_back_and_says_what_was_done(name, as_ada, ticket, sent):
    answer = as_ada.post(url(name, ticket), sent(name), follow=True)
    assert answer.redirect_chain == [(ticket.get_absolute_url(), 302)]
    assert 'class="toast"' in answer.content.decode()
    assert Activity.objects.about("ticket", ticket.pk).last().verb == VERBS[name][1]


UNDONE = {
    "take",
    "assign",
    "move",
    "resolve",
    "mark-spam",
    "prioritise",
    "tag",
    "file",
    "snooze",
} | {
    "rename",
    "belong",
}
KEPT = ("status", "priority", "tags", "assignee", "queue", "subject", "contact", "customer")


@pytest.mark.parametrize("name", sorted(UNDONE))
def test_what_can_be_undone_is(name, as_ada, ticket, sent):
    before = Ticket.objects.values(*KEPT).get()
    html = as_ada.post(url(name, ticket), sent(name), follow=True).content.decode()
    undo = html.split('class="toast"')[1].split('action="')[1].split('"')[0]
    as_ada.post(undo.replace("&amp;", "&"))
    assert Ticket.objects.values(*KEPT).get() == before
    assert Ticket.objects.get().snoozed_until is None


def test_without_htmx_the_place_in_the_list_is_kept(as_ada, ticket):
    here = f"{ticket.get_absolute_url()}?in=inbox&view=unassigned"
    pressed = as_ada.post(url("take", ticket), headers={"referer": f"http://testserver{here}"})
    assert pressed.headers["Location"] == here


def test_a_verb_can_lead_on_to_the_next_ticket_with_its_undo(as_ada, ticket, in_place):
    following = f"{make.ticket().get_absolute_url()}?in=inbox"
    answer = in_place(as_ada).post(url("resolve", ticket), {"then": following})
    assert answer["HX-Redirect"] == following
    html = as_ada.get(following, headers={"hx-request": "false"}).content.decode()
    assert "Resolved." in html and url("undo", ticket, activity=newest(ticket).pk) in html


@pytest.mark.parametrize(
    "away", ["https://elsewhere.test/", "//elsewhere.test/", "/\\elsewhere.test"]
)
def test_a_verb_leads_to_no_other_house(away, as_ada, ticket, in_place):
    answer = in_place(as_ada).post(url("resolve", ticket), {"then": away})
    assert answer.status_code == 200 and "HX-Redirect" not in answer


def test_what_is_done_from_the_page_of_another_ticket_leads_to_its_own(as_ada, ticket, in_place):
    other = make.ticket()
    here = f"http://testserver{other.get_absolute_url()}?in=inbox&view=late"
    answer = in_place(as_ada).post(url("resolve", ticket), headers={"hx-current-url": here})
    assert answer["HX-Redirect"] == f"{ticket.get_absolute_url()}?in=inbox&view=late"


def test_many_are_changed_in_place_where_a_list_is_shown(as_ada, in_place):
    tickets = [make.ticket(), make.ticket()]
    picked = {"pick": [one.pk for one in tickets], "priority": "high"}
    browser = in_place(as_ada)
    bulk = reverse("portal:tickets-bulk")
    answer = browser.post(bulk, picked, headers={"x-beside": "list"})
    assert (
        answer["HX-Trigger"] == "tickets-changed" and "2 tickets changed" in answer.content.decode()
    )
    undo = reverse("portal:bulk-undo", args=[BulkChange.objects.get().pk])
    answer = browser.post(undo, headers={"x-beside": "list"})
    assert answer["HX-Trigger"] == "tickets-changed" and "as before" in answer.content.decode()
    picked["priority"] = "urgent"
    assert "HX-Redirect" in browser.post(bulk, picked, headers={"x-beside": "page"})


def test_a_page_that_a_key_leads_to_is_typed_into_at_once(as_sol, ticket):
    message = ticket.hear("And another thing", at=make.NOW)
    other = make.ticket()
    pages = [
        url("merge", ticket), url("link", ticket), url("call", ticket), url("ask", ticket),
        url("split", ticket, message=message.pk), reverse("portal:ticket-new"),
        f"{reverse('portal:bulk-merge')}?tickets={ticket.pk},{other.pk}",
    ]  # fmt: skip
    for page in pages:
        assert "autofocus" in as_sol.get(page).content.decode(), page


def test_a_refusal_in_place_is_a_toast_and_changes_nothing_on_the_page(as_ada, ticket, in_place):
    browser = in_place(as_ada)
    browser.post(url("resolve", ticket))
    answer = browser.post(url("resolve", ticket))
    assert answer.status_code == 409
    assert answer["HX-Reswap"] == "none"
    assert "already" in answer.content.decode()
    assert 'data-tone="bad"' in answer.content.decode()


def test_a_refusal_without_htmx_keeps_what_was_typed(as_ada, ticket):
    as_ada.post(url("move", ticket), {"status": "resolved"})
    Ticket.objects.update(status="closed")
    answer = as_ada.post(url("answer", ticket), {"mode": "reply", "body": "A long careful answer"})
    assert answer.status_code == 409
    assert "A long careful answer" in answer.content.decode()
    assert "closed" in answer.content.decode()


def test_a_note_is_no_reply(as_pia, ticket):
    as_pia.post(url("answer", ticket), {"mode": "note", "body": "Known, fix is coming."})
    assert Message.objects.get(direction="note").body == "Known, fix is coming."
    html = as_pia.get(ticket.get_absolute_url()).content.decode()
    assert 'data-kind="note"' in html
    assert "only staff see this" in html


def test_who_may_only_note_cannot_reply(as_pia, ticket):
    answer = as_pia.post(url("answer", ticket), {"mode": "reply", "body": "Hello"})
    assert answer.status_code == 409
    assert not Message.objects.filter(direction="out").exists()


def test_an_assignee_may_be_nobody(as_ada, ada, ticket):
    ticket.assign(ada, by=ada, at=make.NOW)
    as_ada.post(url("assign", ticket), {"assignee": ""})
    assert Ticket.objects.get().assignee is None


def test_a_team_s_own_word_is_a_status(as_ada, ticket):
    parts = make.label("Waiting for parts", "waiting_third_party")
    as_ada.post(url("move", ticket), {"status": f"label-{parts.pk}"})
    assert Ticket.objects.get().label == parts


def test_a_sleeping_ticket_is_woken(as_ada, ticket):
    as_ada.post(url("snooze", ticket), {"until": "2100-01-01T09:00"})
    assert Ticket.objects.get().snoozed_until.year == 2100
    as_ada.post(url("wake", ticket))
    assert Ticket.objects.get().snoozed_until is None


@pytest.mark.parametrize("typed", ["", "yesterday", "2000-01-01T09:00"])
def test_a_time_that_is_none_is_refused(as_ada, ticket, typed):
    assert as_ada.post(url("snooze", ticket), {"until": typed}).status_code == 409


def test_what_a_reply_leaves_behind_is_one_of_three(as_ada, ticket):
    data = {"mode": "reply", "body": "Hello", "after": "explode"}
    assert as_ada.post(url("answer", ticket), data).status_code == 409


def test_files_come_with_an_answer_and_are_never_shown_in_place(as_ada, ticket, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    page = SimpleUploadedFile("page.html", b"<script>alert(1)</script>", "text/html")
    data = {"mode": "note", "body": "See the file.", "files": page}
    as_ada.post(url("answer", ticket), data)
    file = ticket.messages.get(direction="note").attachments.get()
    html = as_ada.get(ticket.get_absolute_url()).content.decode()
    address = reverse("portal:attachment", args=[ticket.pk, file.pk])
    assert address in html
    answer = as_ada.get(address)
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "application/octet-stream"
    assert b"".join(answer.streaming_content) == b"<script>alert(1)</script>"
    other = make.ticket()
    assert as_ada.get(reverse("portal:attachment", args=[other.pk, file.pk])).status_code == 404


# --- many at once ----------------------------------------------------------------------------


def test_many_change_at_once_and_each_refuses_for_itself(as_ada, sol, mara):
    tickets = [make.ticket(contact=mara) for _ in range(3)]
    Ticket.objects.filter(pk=tickets[0].pk).update(status="closed")
    data = {
        "pick": [one.pk for one in tickets],
        "assignee": str(sol.pk),
        "priority": "high",
        "status": "open",
        "tag": "vip",
    }
    html = as_ada.post(reverse("portal:tickets-bulk"), data, follow=True).content.decode()
    assert "2 tickets changed" in html and "stays as it is" in html
    changed = Ticket.objects.filter(assignee=sol, priority="high", status="open")
    assert {one.pk for one in changed} == {tickets[1].pk, tickets[2].pk}
    assert all(one.tags == ["vip"] for one in changed)


@pytest.mark.parametrize(
    "data",
    [{}, {"pick": "1"}, {"pick": "x", "priority": "high"}, {"pick": "1", "priority": "huge"}],
)
def test_a_bulk_change_that_says_nothing_is_refused(as_ada, data):
    assert as_ada.post(reverse("portal:tickets-bulk"), data).status_code == 409


def test_all_that_a_list_finds_are_changed_and_taken_back(as_ada, mara):
    tickets = [make.ticket(f"Wave {n}", contact=mara) for n in range(3)]
    data = {"all": "1", "q": "priority:normal", "priority": "high", "pick": tickets[0].pk}
    html = as_ada.post(reverse("portal:tickets-bulk"), data, follow=True).content.decode()
    change = BulkChange.objects.get()
    assert "3 tickets changed" in html and reverse("portal:bulk-undo", args=[change.pk]) in html
    shown = as_ada.get(change.get_absolute_url()).content.decode()
    assert "sets priority high" in shown and "Undo all of it" in shown and "Wave 2" in shown
    assert "Sets priority high" in as_ada.get(reverse("portal:bulk-changes")).content.decode()
    html = as_ada.post(reverse("portal:bulk-undo", args=[change.pk]), follow=True).content.decode()
    assert "3 tickets as before" in html
    assert not Ticket.objects.filter(priority="high").exists()
    assert "Taken back by Ada" in as_ada.get(change.get_absolute_url()).content.decode()


def test_what_is_kept_is_named(as_ada, ada, mara):
    one = make.ticket(contact=mara)
    url = reverse("portal:tickets-bulk")
    as_ada.post(url, {"pick": one.pk, "assignee": str(ada.pk), "untag": "x", "until": "in 2 h"})
    one.refresh_from_db()
    assert one.assignee == ada and one.snoozed_until
    one.wake(by=ada, at=timezone.now())
    undo = reverse("portal:bulk-undo", args=[BulkChange.objects.get().pk])
    html = as_ada.post(undo, follow=True).content.decode()
    assert "in part" in html and "Changed since: snooze." in html


# --- a new one -------------------------------------------------------------------------------

CALL = {
    "subject": "Cannot sign in",
    "contact": "New.Person@Kite.test",
    "origin": "logged",
    "channel": "phone",
    "reported_at": "2026-11-20T09:30",
    "answered_in_contact": "on",
    "body": "She called; we reset her password.",
    "priority": "high",
    "tags": "sso, vip",
}


def test_a_call_is_logged_with_the_time_it_happened(as_ada, ada):
    ada.timezone = "Europe/Berlin"
    ada.save()
    answer = as_ada.post(reverse("portal:ticket-new"), CALL)
    ticket = Ticket.objects.get()
    assert answer["Location"] == ticket.get_absolute_url()
    assert ticket.reported_at.isoformat() == "2026-11-20T08:30:00+00:00"
    assert ticket.contact.email == "new.person@kite.test"
    assert ticket.first_replied_at
    assert ticket.tags == ["sso", "vip"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"subject": ""}, "required"),
        ({"subject": "a\x00b"}, "Null characters"),
        ({"body": "  "}, "required"),
        ({"contact": "nobody"}, "valid email"),
        ({"reported_at": "2999-01-01T00:00"}, "living memory"),
        ({"reported_at": "tomorrow"}, "valid date"),
        ({"origin": "customer"}, "logged call"),
        ({"priority": "huge"}, "valid choice"),
    ],
)
def test_a_form_that_is_refused_keeps_what_was_typed(as_ada, change, says):
    answer = as_ada.post(reverse("portal:ticket-new"), CALL | change)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert says in html
    assert "we reset her password" in html or "body" in change
    assert not Ticket.objects.exists()


def test_people_are_offered_while_one_types(as_ada, mara):
    html = as_ada.get(reverse("portal:contacts") + "?contact=mar").content.decode()
    assert mara.email in html
    assert mara.email not in as_ada.get(reverse("portal:contacts") + "?contact=m").content.decode()


def test_the_clock_on_the_wall_is_not_asked(as_ada, ticket):
    """Verbs take the instant of the press, not of the record."""
    before = timezone.now()
    as_ada.post(url("resolve", ticket))
    assert before <= Ticket.objects.get().resolved_at <= timezone.now()


def test_what_may_be_the_same_is_said_before_it_is_opened_twice(as_ada, ticket):
    same = {"subject": "Export stops at 10 000 rows again", "contact": "mara@northwind.test"}
    shown = as_ada.get(reverse("portal:ticket-same"), same).content.decode()
    assert f'name="into" value="{ticket.pk}"' in shown and "the same person" in shown
    data = CALL | same | {"reported_at": ""}
    html = as_ada.post(reverse("portal:ticket-new"), data).content.decode()
    assert "Open a new one all the same" in html and Ticket.objects.count() == 1
    as_ada.post(reverse("portal:ticket-new"), data | {"warned": str(ticket.pk)})
    assert Ticket.objects.count() == 2


def test_what_was_typed_may_be_added_to_the_other_ticket(as_ada, ticket):
    url = reverse("portal:ticket-new")
    data = CALL | {"into": ticket.pk, "reported_at": "", "minutes": "5"}
    assert as_ada.post(url, data)["Location"] == ticket.get_absolute_url()
    call = ticket.messages.latest("pk")
    assert (call.channel, call.answered, call.duration.seconds) == ("phone", True, 300)
    as_ada.post(url, data | {"origin": "customer", "channel": "mail"})
    assert ticket.messages.count() == 3 and Ticket.objects.count() == 1
    assert as_ada.post(url, data | {"origin": "agent"}).status_code == 422
    assert as_ada.post(url, data | {"subject": ""}).status_code == 422
    assert as_ada.post(url, data | {"into": "x"}).status_code == 404


def test_a_new_ticket_knows_its_customer_and_the_fields_of_its_queue(as_ada, mara):
    queue = make.queue("Billing")
    queue.fields.create(key="plan", label="Plan", type="choice", options=["A", "B"])
    queue.fields.create(key="paid", label="Paid", type="yes_no", required=True)
    fields = as_ada.get(reverse("portal:ticket-new-fields"), {"queue": queue.pk}).content.decode()
    assert 'name="field-plan"' in fields and "needed to resolve" in fields
    new = reverse("portal:ticket-new")
    data = CALL | {"queue": queue.pk, "customer": "northwind", "contact_name": "Nia"}
    assert "field-plan" in as_ada.post(new, data | {"fields": "1"}).content.decode()
    wrong = as_ada.post(new, data | {"field-plan": "C"})
    assert wrong.status_code == 422 and "not one of A, B" in wrong.content.decode()
    as_ada.post(new, data | {"field-plan": "B", "field-paid": "true"})
    made = Ticket.objects.get()
    assert made.fields == {"plan": "B", "paid": True} and made.customer == mara.customer
    assert made.contact.name == "Nia" and made.contact.customer == mara.customer
    assert as_ada.post(new, data | {"customer": "Nobody Ltd"}).status_code == 422
    offered = as_ada.get(reverse("portal:ticket-customers"), {"customer": "north"})
    assert "Northwind" in offered.content.decode()
    assert (
        as_ada.post(
            new, CALL | {"origin": "agent", "contact": "", "subject": "Renewal"}
        ).status_code
        == 422
    )


def test_a_call_is_logged_on_a_ticket(as_ada, ticket):
    url = reverse("portal:ticket-call", args=[ticket.pk])
    assert "Log a call" in as_ada.get(url).content.decode()
    assert as_ada.post(url, {"channel": "phone", "body": ""}).status_code == 422
    early = {"channel": "phone", "body": "x", "happened_at": "2020-01-01T10:00"}
    assert as_ada.post(url, early).status_code == 422
    said = {"channel": "chat", "from_us": "1", "body": "Told her.", "minutes": "12"}
    assert as_ada.post(url, said).status_code == 302
    html = as_ada.get(ticket.get_absolute_url()).content.decode()
    assert "we called by chat, 12 m, written down later" in html


def test_fields_are_filled_in_and_back(as_ada, ada, ticket, in_place):
    queue = make.queue("Billing")
    queue.fields.create(key="plan", label="Plan")
    ticket.file_under(queue, by=ada, at=make.NOW)
    browser = in_place(as_ada)
    html = browser.post(url("fill", ticket), {"field-plan": "Gold"}).content.decode()
    ticket.refresh_from_db()
    assert ticket.fields == {"plan": "Gold"} and 'value="Gold"' in html
    assert "Plan is Gold." in html
    undo = re.search(r'action="([^"]+fill/\?[^"]*)"', html)[1].replace("&amp;", "&")
    assert "Plan is empty." in browser.post(undo).content.decode()
    ticket.refresh_from_db()
    assert ticket.fields == {}


def test_a_checklist_is_worked_off(as_ada, ticket, in_place):
    checklist = Checklist.objects.create(name="Goodbye")
    checklist.lines.create(text="Say thanks", required=True)
    browser = in_place(as_ada)
    html = browser.post(url("checklist", ticket), {"checklist": checklist.pk}).content.decode()
    assert "0 of 1 done" in html and "Say thanks" in html
    browser.post(url("item-add", ticket), {"item": "Wave", "required": "1"})
    for item in ticket.items.with_people():
        arguments = [ticket.pk, item.pk]
        html = browser.post(reverse("portal:ticket-item-tick", args=arguments)).content.decode()
        assert reverse("portal:ticket-item-untick", args=arguments) in html
    assert "2 of 2 done" in html
    browser.post(reverse("portal:ticket-item-untick", args=arguments))
    html = browser.post(url("resolve", ticket)).content.decode()
    assert "still to be done: Wave" in html
    browser.post(reverse("portal:ticket-item-remove", args=arguments))
    assert ticket.items.kept().count() == 1
    browser.post(reverse("portal:ticket-item-restore", args=arguments))
    assert ticket.items.kept().count() == 2


def test_tags_in_use_are_offered_for_the_last_one_typed(as_ada):
    make.ticket(tags=["export"])
    tags = reverse("portal:ticket-tags")
    assert 'value="vip, export"' in as_ada.get(tags, {"tags": "vip, exp"}).content.decode()
    assert "option" not in as_ada.get(tags, {"tags": "vip,"}).content.decode()
