"""Tickets, customers and contacts for programs."""

import pytest

from apps.customers.models import Contact, Customer
from apps.tickets.files import path_of
from apps.tickets.models import Attachment, Checklist, Message, Ticket
from apps.timeline.models import Activity
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def mira():
    acme = make.customer("Acme GmbH", tier="business")
    return make.contact("Mira", email="mira@acme.test", customer=acme)


def test_a_program_reports_and_answers(speak, ada, mira):
    hers = speak(ada)
    billing = make.queue("Billing")
    code, made = hers.post(
        "tickets/",
        {
            "subject": "Invoice",
            "body": "Wrong sum",
            "contact": mira.pk,
            "queue": "billing",
            "tags": ["VIP"],
            "assignee": "ada@demo.test",
        },
    )
    assert code == 201 and made["status"] == "new" and made["queue"] == billing.slug
    assert made["customer"] == {"id": mira.customer_id, "name": "Acme GmbH", "tier": "business"}
    assert made["assignee"]["email"] == "ada@demo.test" and made["tags"] == ["vip"]
    path = f"tickets/{made['id']}"
    code, after = hers.post(f"{path}/reply/", {"body": "Sorry", "after": "resolve"})
    assert code == 200 and after["status"] == "resolved"
    code, said = hers.get(f"{path}/messages/")
    assert [one["direction"] for one in said["results"]] == ["in", "out"]
    assert said["results"][0]["html"] == "<p>Wrong sum</p>\n" and said["next"] is None
    code, page = hers.get(f"{path}/messages/?limit=1")
    assert len(page["results"]) == 1 and page["next"]
    message = said["results"][1]["id"]
    assert hers.post(f"{path}/take-back/", {"message": message})[1]["status"] == "new"
    assert hers.post(f"{path}/take-back/", {"message": message})[0] == 409
    assert hers.post(f"{path}/take-back/", {"message": 10**9})[0] == 400


VERBS = [
    ("note", {"body": "Among us"}, {"status": "open"}),
    ("hear", {"body": "Again"}, {"status": "new"}),
    ("need-no-reply", {}, {"waiting_since": None}),
    ("assign", {"to": "ada@demo.test"}, {"status": "open"}),
    ("take", {}, {"status": "open"}),
    ("move", {"status": "waiting_third_party"}, {"status": "waiting_third_party"}),
    ("resolve", {}, {"status": "resolved"}),
    ("mark-spam", {}, {"status": "spam"}),
    ("prioritise", {"priority": "urgent"}, {"priority": "urgent"}),
    ("tag", {"add": ["a"]}, {"tags": ["a"]}),
    ("snooze", {"until": "2100-01-01T00:00:00Z"}, {"snoozed_until": "2100-01-01T00:00:00Z"}),
    ("rename", {"subject": "Better"}, {"subject": "Better"}),
    ("file-under", {"queue": "billing"}, {"queue": "billing"}),
    ("belong-to", {"contact": None}, {"contact": None, "customer": None}),
]


@pytest.mark.parametrize("verb, body, after", VERBS)
def test_every_verb_answers_with_the_ticket(speak, ada, mira, verb, body, after):
    make.queue("Billing")
    ticket = Ticket.objects.report(subject="Matter", body="x", contact=mira, at=make.NOW)
    code, shown = speak(ada).post(f"tickets/{ticket.pk}/{verb}/", body)
    assert code == 200, shown
    assert {name: shown[name] for name in after} == after
    assert ticket.timeline().count() == 2


FILE = {"name": "slip.txt", "content": "SGVsbG8="}


@pytest.mark.parametrize("verb", ["", "reply/", "note/", "hear/", "log-call/"])
def test_files_go_along_with_words_and_are_read_again(speak, ada, mira, tmp_path, settings, verb):
    settings.MEDIA_ROOT = tmp_path
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100  # of a form; what a body may hold is said elsewhere
    ticket = Ticket.objects.report(subject="Matter", body="x", contact=mira, at=make.NOW)
    words = {"body": "Here.", "uploads": [FILE], **({} if verb else {"subject": "New"})}
    hers, path = speak(ada), f"tickets/{ticket.pk}/{verb}" if verb else "tickets/"
    for wrong in ({**FILE, "content": "IyE="}, {**FILE, "content": "?"}, {"name": "a"}):
        assert hers.post(path, words | {"uploads": [wrong]})[0] == 400
    assert Message.objects.count() == 1
    code, shown = hers.post(path, words, Idempotency_Key="one")
    assert code in (200, 201) and shown["has_attachment"]
    assert hers.post(path, words, Idempotency_Key="one") == (code, shown)
    file = Attachment.objects.get()
    url = f"/api/v1/tickets/{file.message.ticket_id}/files/{file.pk}/"
    answer = hers.client.get(url)
    assert b"".join(answer.streaming_content) == b"Hello"
    assert 'filename="slip.txt"' in answer["Content-Disposition"]
    path_of(file.digest).unlink()
    assert hers.client.get(url).status_code == 404
    assert hers.client.get(url.replace(f"/{file.pk}/", "/999/")).status_code == 404


def test_a_body_with_files_may_be_large_and_others_not(speak, ada, mira):
    ticket = make.ticket(contact=mira)
    large = {"body": "x" * 300_000}
    assert speak(ada).post(f"tickets/{ticket.pk}/rename/", large)[0] == 413
    assert speak(ada).post(f"tickets/{ticket.pk}/reply/", large)[0] == 400  # too long a text


def test_verbs_that_need_a_past(speak, ada, mira):
    hers = speak(ada)
    team, other = make.team("Second"), make.ticket()
    queue = make.queue("Billing")
    queue.fields.create(key="size", label="Size", type="number")
    ticket = make.ticket(contact=mira, status="resolved", queue=queue, snoozed_until=make.NOW)
    path = f"tickets/{ticket.pk}"
    assert hers.post(f"{path}/wake/")[1]["snoozed_until"] is None
    assert hers.post(f"{path}/reopen/")[1]["status"] == "open"
    assert hers.post(f"{path}/hand-to-team/", {"team": team.pk})[1]["team"] == team.pk
    assert hers.post(f"{path}/fill/", {"fields": {"size": 3}})[1]["fields"] == {"size": 3}
    assert hers.post(f"{path}/fill/", {"fields": {"size": "big"}})[0] == 400
    assert hers.post(f"{path}/mark-duplicate/", {"of": other.pk})[1]["status"] == "duplicate"
    closed = make.ticket(status="resolved")
    assert hers.post(f"tickets/{closed.pk}/close/")[1]["status"] == "closed"
    assert hers.post(f"tickets/{closed.pk}/reopen/")[0] == 409


@pytest.mark.parametrize(
    ("verb", "body", "changed"),
    [
        ("prioritise", {"priority": "urgent"}, "priority"),
        ("tag", {"add": ["vip"]}, "tags"),
        ("rename", {"subject": "Other words"}, "subject"),
        ("need-no-reply", {}, "waiting_since"),
    ],
)
def test_a_program_finds_what_it_takes_back_in_the_timeline(speak, ada, mira, verb, body, changed):
    hers = speak(ada)
    ticket = Ticket.objects.report(subject="S", body="B", contact=mira, at=make.NOW)
    path = f"tickets/{ticket.pk}"
    before = hers.get(f"{path}/")[1]
    assert hers.post(f"{path}/{verb}/", body)[1][changed] != before[changed]
    code, first = hers.get(f"{path}/timeline/?limit=1")
    assert code == 200 and [one["verb"] for one in first["results"]] == ["reported"]
    code, rest = hers.get(first["next"].partition("/api/v1/")[2])
    [told] = rest["results"]
    assert (told["actor"], told["who"], rest["next"]) == (ada.pk, ada.name, None)
    code, after = hers.post(f"{path}/undo/", {"activity": told["id"]})
    assert code == 200 and after[changed] == before[changed] and after["status"] == "new"
    assert hers.get(f"{path}/timeline/?since=1")[0] == 400


@pytest.mark.parametrize(
    "body, field",
    [
        ({}, "subject"),
        ({"subject": "x" * 999}, "subject"),
        ({"subject": "x", "contact": 999}, "contact"),
        ({"subject": "x", "contact": {"email": "nobody"}}, "contact"),
        ({"subject": "x", "contact": {"name": "Mira"}}, "contact"),
        ({"subject": "x", "contact": {"email": "a@b.test", "age": 5}}, "contact"),
        ({"subject": "x", "contact": {"email": "new@b.test"}, "tags": ["y" * 61]}, "tags"),
        ({"subject": "x", "colour": "red"}, "colour"),
        ({"subject": "x", "priority": "extreme"}, "priority"),
        ({"subject": "x", "reported_at": "2026-01-01T00:00:00"}, "reported_at"),
        ({"subject": "x", "reported_at": "2150-01-01T00:00:00Z"}, "reported_at"),
        ({"subject": "x", "tags": ["y"] * 31}, "tags"),
        ({"subject": "x", "queue": "nowhere"}, "queue"),
    ],
)
def test_a_ticket_that_cannot_be_is_refused_by_field(speak, ada, body, field):
    code, said = speak(ada).post("tickets/", body)
    assert code == 400 and said["errors"][0]["field"].startswith(field)
    assert not Ticket.objects.exists()


def test_whoever_writes_is_named_by_their_address(speak, ada, mira):
    hers, acme = speak(ada), mira.customer
    code, known = hers.post("tickets/", {"subject": "x", "contact": {"email": "Mira@Acme.test"}})
    assert code == 201 and known["contact"]["id"] == mira.pk and known["customer"]["id"] == acme.pk
    new = {"email": "Noor@acme.test", "name": "Noor"}
    code, told = hers.post("tickets/", {"subject": "x", "contact": new, "customer": acme.pk})
    assert code == 201 and told["contact"]["email"] == "noor@acme.test"
    noor = Contact.objects.get(email="noor@acme.test")
    assert (noor.name, noor.customer, told["customer"]["id"]) == ("Noor", acme, acme.pk)
    code, told = hers.post(f"tickets/{known['id']}/belong-to/", {"contact": new})
    assert code == 200 and told["contact"]["id"] == noor.pk
    refused = {"subject": " ", "contact": {"email": "late@acme.test"}}
    assert hers.post("tickets/", refused)[0] == 400
    assert not Contact.objects.filter(email="late@acme.test").exists()


def test_lists_take_the_words_of_the_portal(speak, ada, mira):
    mine = make.ticket(assignee=ada, status="open")
    other = make.ticket(contact=mira, external_id="X")
    hers = speak(ada)
    for query, expected in (
        ("", [other.pk, mine.pk]),
        ("?q=is:todo+assignee:me", [mine.pk]),
        ("?q=from:acme", [other.pk]),
        ("?external_id=X", [other.pk]),
        ("?limit=1", [other.pk]),
    ):
        code, said = hers.get(f"tickets/{query}")
        assert code == 200 and [one["id"] for one in said["results"]] == expected
    assert hers.get("tickets/?q=status:opne")[0] == 400
    assert hers.get("tickets/?colour=red")[0] == 400
    assert hers.get(f"tickets/{mine.pk}/?q=x")[0] == 400


@pytest.mark.parametrize("size", [3, 30])
def test_a_list_takes_the_same_queries_whatever_its_size(
    speak, ada, mira, django_assert_max_num_queries, size
):
    for _ in range(size):
        make.ticket(contact=mira, assignee=ada, queue=make.queue())
    hers = speak(ada)
    with django_assert_max_num_queries(6):
        assert len(hers.get("tickets/")[1]["results"]) == size


def test_roles_and_scopes_hold(speak, ada, lea, mira):
    ticket = make.ticket(contact=mira)
    assert speak(lea).get(f"tickets/{ticket.pk}/")[0] == 200
    assert speak(lea).post(f"tickets/{ticket.pk}/resolve/")[0] == 403
    assert speak(ada, "tickets.read").post(f"tickets/{ticket.pk}/resolve/")[0] == 403
    assert speak(lea).post("customers/", {"name": "X"})[0] == 403


def test_customers_and_contacts_are_entered_and_changed(speak, ada):
    hers = speak(ada)
    code, acme = hers.post("customers/", {"name": "Acme", "external_id": "a", "arr": "1200.50"})
    assert code == 201 and acme["tier"] == "standard" and acme["arr"] == "1200.50"
    code, said = hers.post("customers/", {"name": "Other", "external_id": "a"})
    assert code == 400 and said["errors"][0]["field"] == "external_id"
    code, changed = hers.post(f"customers/{acme['id']}/change/", {"tier": "enterprise"})
    assert code == 200 and changed["tier"] == "enterprise" and changed["name"] == "Acme"
    code, mira = hers.post("contacts/", {"email": "Mira@Acme.test", "customer": acme["id"]})
    assert code == 201 and mira["email"] == "mira@acme.test"
    assert hers.post("contacts/", {"email": "MIRA@acme.test"})[0] == 400
    assert hers.post("contacts/", {"email": "x@y.test", "timezone": "Mars"})[0] == 400
    code, said = hers.post(f"contacts/{mira['id']}/change/", {"name": "Mira"})
    assert said["name"] == "Mira"
    assert hers.post(f"contacts/{mira['id']}/change/", {"name": "Mira"})[0] == 200
    told = list(Activity.objects.order_by("id").values_list("kind", "verb"))
    assert told == [
        ("customer", "entered"),
        ("customer", "changed"),
        ("contact", "entered"),
        ("contact", "changed"),
    ]
    assert [one["id"] for one in hers.get("contacts/?email=mira@acme.test")[1]["results"]]
    assert (Customer.objects.count(), Contact.objects.count()) == (1, 1)


def test_a_program_logs_calls_and_works_off_a_list(speak, ada, mira):
    hers = speak(ada)
    made = hers.post("tickets/", {"subject": "Invoice is wrong", "contact": mira.pk})[1]
    path = f"tickets/{made['id']}"
    assert (
        hers.get(f"tickets/alike/?subject=Invoice&contact={mira.pk}")[1][0]["ticket"]
        == (made["id"])
    )
    assert hers.get("tickets/alike/?contact=x")[0] == 400
    said = {"body": "Told her.", "from_us": True, "duration": 60}
    assert hers.post(f"{path}/log-call/", said)[1]["waiting_since"] is None
    checklist = Checklist.objects.create(name="Goodbye")
    checklist.lines.create(text="Say thanks")
    assert hers.post(f"{path}/use-checklist/", {"checklist": checklist.pk})[0] == 200
    assert hers.post(f"{path}/add-item/", {"text": "Wave", "required": True})[0] == 200
    items = hers.get(f"{path}/items/")[1]
    assert [(one["text"], one["required"]) for one in items] == [
        ("Say thanks", False),
        ("Wave", True),
    ]
    for verb in ("tick", "untick", "remove-item", "restore-item"):
        assert hers.post(f"{path}/{verb}/", {"item": items[0]["id"]})[0] == 200
    assert hers.post(f"{path}/tick/", {"item": 10**9})[0] == 400


def test_a_ticket_of_a_program_has_its_fields(speak, ada):
    make.queue("Billing").fields.create(key="sum", label="Sum", type="number")
    body = {"subject": "Bill", "queue": "billing", "custom_fields": {"sum": 7}}
    assert speak(ada).post("tickets/", body)[1]["fields"] == {"sum": 7}
