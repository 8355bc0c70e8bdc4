"""The contact's side: what the link shows, what it lets them do, and who else it shuts out."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.outbox.models import Delivery
from apps.tickets.files import keep
from apps.tickets.models import Message, Ticket
from apps.tickets.rules import passes
from apps.timeline.models import Activity
from tests import make

SECRET = "certificate of theirs ran out"


@pytest.fixture
def mira(db):
    acme = make.customer("Acme")
    return make.contact(
        "Mira Köhler", customer=acme, email="mira@acme.test", timezone="Europe/Berlin"
    )


@pytest.fixture
def ticket(mira, ada):
    """Mira asked two hours ago, Ada looked and answered."""
    now = timezone.now()
    ticket = Ticket.objects.report(
        subject="Invoice is wrong",
        body="The sum is off.",
        contact=mira,
        at=now - timedelta(hours=2),
    )
    ticket.note(SECRET, by=ada, at=now - timedelta(hours=1))
    ticket.reply("Which *invoice* is it?", by=ada, at=now - timedelta(minutes=30))
    return ticket


@pytest.fixture
def browser():
    return Client(enforce_csrf_checks=True)


def at(name: str, ticket, **more) -> str:
    return reverse(f"public:contact-{name}", kwargs={"token": ticket.token, **more})


def test_the_thread_is_there_without_what_is_ours(browser, ticket, ada):
    answer = browser.get(at("ticket", ticket))
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "The sum is off." in html and "Which <em>invoice</em> is it?" in html
    assert "Ada Lovelace" in html and "Waiting for you" in html
    assert "We wait for your answer." in html and "Berlin time" in html
    for ours in (SECRET, "ada@demo.test", "first_response", "SLA", "breach"):
        assert ours not in html


def test_nobody_else_learns_the_address(browser, ticket):
    answer = browser.get(at("ticket", ticket))
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert not answer.cookies


def test_somebody_without_a_name_is_support(browser, ticket, ada):
    ada.name = ""
    ada.save()
    html = browser.get(at("ticket", ticket)).content.decode()
    assert "Support" in html and "ada@demo.test" not in html


def test_what_can_still_be_taken_back_is_not_shown(browser, ticket, ada):
    now = timezone.now()
    fresh = ticket.reply("Only just now.", by=ada, at=now)
    assert "Only just now." not in browser.get(at("ticket", ticket)).content.decode()
    ticket.take_back(fresh, by=ada, at=now)
    Message.objects.filter(pk=fresh.pk).update(at=now - timedelta(hours=1))
    assert "Only just now." not in browser.get(at("ticket", ticket)).content.decode()


def test_they_answer_with_a_file(browser, ticket, mira):
    file = BytesIO(b"\x89PNG\r\n\x1a\n" + bytes(40))
    file.name = "sum.png"
    answer = browser.post(at("reply", ticket), {"body": "Number 17.", "files": file})
    assert (answer.status_code, answer["Location"]) == (303, f"{at('ticket', ticket)}?done=reply")
    ticket.refresh_from_db()
    said = ticket.messages.latest("pk")
    assert (said.direction, said.body, said.contact) == ("in", "Number 17.", mira)
    assert ticket.status == "open"
    assert ticket.timeline().get(verb="heard").data["channel"] == "web"
    html = browser.get(answer["Location"]).content.decode()
    assert "Your answer is with us." in html and "sum.png" in html
    got = browser.get(at("file", ticket, file=said.attachments.get().pk))
    assert b"".join(got.streaming_content).startswith(b"\x89PNG")
    assert got["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("body", ["", "  \n"])
def test_an_empty_answer_is_refused(browser, ticket, body):
    answer = browser.post(at("reply", ticket), {"body": body})
    assert answer.status_code == 422 and "Write something first" in answer.content.decode()


def test_a_refused_answer_is_not_lost(browser, ticket):
    file = BytesIO(b"MZ program")
    file.name = "a.exe"
    answer = browser.post(at("reply", ticket), {"body": "See the file.", "files": file})
    assert answer.status_code == 422
    assert "programs are not taken" in answer.content.decode()
    assert "See the file." in answer.content.decode()
    assert not ticket.messages.filter(body="See the file.").exists()


def test_files_of_notes_and_of_others_are_not_theirs(browser, ticket, ada, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    kept = keep(BytesIO(b"internal"), "n.txt")
    note = ticket.note("Look", by=ada, at=timezone.now(), attachments=[kept])
    other = make.ticket()
    theirs = make.message(other)
    foreign = theirs.attachments.create(
        name="x", content_type="text/plain", size=1, digest="0" * 64
    )
    lost = (
        ticket.messages.filter(direction="in")
        .get()
        .attachments.create(name="gone.txt", content_type="text/plain", size=1, digest="f" * 64)
    )
    for file in (note.attachments.get(), foreign, lost):
        assert browser.get(at("file", ticket, file=file.pk)).status_code == 404


def test_looking_never_acts(browser, ticket):
    before = Activity.objects.count()
    for query in ("?solved=yes", "?solved=no", "?done=solved", ""):
        assert browser.get(at("ticket", ticket) + query).status_code == 200
    assert browser.get(at("all", ticket)).status_code == 200
    for name in ("reply", "solved"):
        assert browser.get(at(name, ticket)).status_code == 405
    assert Activity.objects.count() == before


def test_they_say_that_it_is_solved(browser, ticket, mira):
    answer = browser.post(at("solved", ticket), {"solved": "yes"})
    assert answer["Location"].endswith("?done=solved")
    ticket.refresh_from_db()
    assert ticket.status == "resolved"
    story = ticket.timeline().get(verb="resolved")
    assert (story.actor, story.actor_label) == (None, "Mira Köhler")
    again = browser.post(at("solved", ticket), {"solved": "yes"})
    assert again.status_code == 303
    assert ticket.timeline().filter(verb="resolved").count() == 1


@pytest.mark.parametrize(
    ("words", "said"), [("It is back.", "It is back."), (" ", "This is not solved yet.")]
)
def test_they_say_that_it_is_not(browser, ticket, ada, words, said):
    ticket.resolve(by=ada, at=timezone.now())
    page = browser.get(at("ticket", ticket) + "?solved=no").content.decode()
    assert "What is still open?" in page
    answer = browser.post(at("solved", ticket), {"solved": "no", "body": words})
    assert answer["Location"].endswith("?done=not-solved")
    ticket.refresh_from_db()
    assert ticket.status == "open" and ticket.messages.latest("pk").body == said


def test_an_odd_choice_is_refused(browser, ticket):
    assert browser.post(at("solved", ticket), {"solved": "maybe"}).status_code == 422


def test_a_closed_request_is_asked_again_as_a_new_one(browser, ticket, ada):
    ticket.resolve(by=ada, at=timezone.now())
    ticket.close(by=ada, at=timezone.now())
    assert "Ask again" in browser.get(at("ticket", ticket)).content.decode()
    answer = browser.post(at("reply", ticket), {"body": "Once more."})
    fresh = Ticket.objects.get(follows=ticket)
    assert answer["Location"].startswith(at("ticket", fresh))
    assert fresh.channel == "web"


def test_a_link_ends(browser, ticket, ada, mira):
    good = ticket.token
    url = reverse("public:contact-ticket", args=[good])
    ticket.renew_link(by=ada, at=timezone.now())
    assert browser.get(url).status_code == 404
    assert browser.get(at("ticket", ticket)).status_code == 200
    assert ticket.timeline().filter(verb="renewed_link").exists()
    url = at("ticket", ticket)
    Ticket.objects.filter(pk=ticket.pk).update(
        status="closed", closed_at=timezone.now() - timedelta(days=31)
    )
    answer = browser.get(url)
    assert answer.status_code == 404 and "opens nothing any more" in answer.content.decode()
    Ticket.objects.filter(pk=ticket.pk).update(status="spam", closed_at=None)
    assert browser.get(url).status_code == 404
    Ticket.objects.filter(pk=ticket.pk).update(status="open", contact=make.contact())
    assert browser.get(url).status_code == 404
    Ticket.objects.filter(pk=ticket.pk).update(contact=None)
    nobodys = at("ticket", Ticket.objects.get(pk=ticket.pk))
    assert browser.get(nobodys).status_code == 404


@pytest.mark.parametrize(
    "token",
    ["7-7-1." + "A" * 24, "7." + "A" * 24, "9" * 30 + "-1-1." + "A" * 24],
)
def test_a_made_up_link_opens_nothing(browser, ticket, token):
    for name in ("ticket", "all"):
        assert browser.get(reverse(f"public:contact-{name}", args=[token])).status_code == 404
    for name in ("reply", "solved"):
        answer = browser.post(reverse(f"public:contact-{name}", args=[token]), {"body": "x"})
        assert answer.status_code == 404


def test_a_pass_for_another_purpose_opens_nothing(browser, ticket, settings):
    numbers = (ticket.pk, ticket.contact_id, 1)
    for purpose, given in (("survey", numbers), ("ticket", numbers[:2])):
        token = passes.issue(purpose, given, [settings.SECRET_KEY])
        assert browser.get(reverse("public:contact-ticket", args=[token])).status_code == 404


def test_a_link_outlives_a_change_of_keys(browser, ticket, settings):
    url = at("ticket", ticket)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "fresh" * 12
    assert browser.get(url).status_code == 200


def test_a_merged_request_leads_to_its_own_and_hides_somebody_elses(browser, ticket, mira):
    joined = make.ticket("The other", contact=mira, status="open")
    Ticket.objects.filter(pk=ticket.pk).update(status="merged", merged_into=joined)
    assert browser.get(at("ticket", ticket))["Location"] == at("ticket", joined)
    assert browser.post(at("reply", ticket), {"body": "More."})["Location"].startswith(
        at("ticket", joined)
    )
    Ticket.objects.filter(pk=joined.pk).update(contact=make.contact("Jon"))
    page = browser.get(at("ticket", ticket))
    assert page.status_code == 200 and "The other" not in page.content.decode()
    answer = browser.post(at("reply", ticket), {"body": "And more."})
    assert answer["Location"].startswith(at("ticket", ticket))
    assert joined.messages.filter(body="And more.").exists()


def test_they_see_what_else_they_asked_and_nothing_of_colleagues(browser, ticket, mira):
    mine = make.ticket("Mine too", contact=mira)
    make.ticket("A colleague's", contact=make.contact("Jon", customer=mira.customer))
    make.ticket("Junk", contact=mira, status="spam")
    html = browser.get(at("all", ticket)).content.decode()
    assert "Mine too" in html and at("ticket", mine) in html
    assert "colleague" not in html and "Junk" not in html


def test_a_list_of_many_says_where_it_ends(browser, ticket, mira):
    for n in range(51):
        make.ticket(f"Matter {n}", contact=mira)
    assert "The last fifty" in browser.get(at("all", ticket)).content.decode()


def test_a_long_thread_says_where_it_begins(browser, ticket):
    for n in range(105):
        make.message(ticket, f"Word {n}.", at=ticket.reported_at + timedelta(seconds=n))
    html = browser.get(at("ticket", ticket)).content.decode()
    assert "the last hundred" in html and "Word 104." in html and "Word 2." not in html


@pytest.mark.parametrize(
    ("status", "hours", "kind", "said"),
    [
        ("open", 3, "first_response", "to answer by"),
        ("open", 3, "resolution", "have it solved by"),
        ("open", -3, "resolution", "not forgotten"),
        ("new", None, "", "cannot say yet"),
        ("waiting_third_party", None, "", "wait for somebody else"),
        ("closed", None, "", "is closed"),
    ],
)
def test_what_they_may_expect(browser, ticket, status, hours, kind, said):
    due_at = None if hours is None else timezone.now() + timedelta(hours=hours)
    Ticket.objects.filter(pk=ticket.pk).update(status=status, due_at=due_at, due_kind=kind)
    assert said in browser.get(at("ticket", ticket)).content.decode()


def test_too_many_words_an_hour_wait(browser, ticket):
    for n in range(20):
        make.message(ticket, f"Again {n}", at=timezone.now())
    answer = browser.post(at("reply", ticket), {"body": "One more"})
    assert (answer.status_code, answer["Retry-After"]) == (429, "3600")
    assert "One more" in answer.content.decode()


def test_a_lost_link_comes_by_mail_once_an_hour(browser, ticket, mira):
    assert browser.get("/t/").status_code == 200
    known = browser.post("/t/", {"email": " Mira@Acme.test "})
    unknown = browser.post("/t/", {"email": "nobody@nowhere.test"})
    assert browser.post("/t/", {"email": "no\x00body@nowhere.test"}).content == unknown.content
    assert known.status_code == unknown.status_code == 200
    assert known.content == unknown.content
    browser.post("/t/", {"email": "mira@acme.test"})
    sent = Delivery.objects.get(cause__startswith="link:")
    assert sent.recipient == "mira@acme.test"
    assert re.search(r"http://testserver/t/\S+", sent.payload["text"])[0] == ticket.link
    assert sent.payload["headers"]["Auto-Submitted"] == "auto-generated"


def test_a_contact_without_a_request_gets_no_mail(browser, mira):
    assert browser.post("/t/", {"email": mira.email}).status_code == 200
    assert not Delivery.objects.exists()


def test_links_are_asked_for_only_so_often(browser, db):
    from django.core.cache import cache

    cache.clear()
    codes = [browser.post("/t/", {"email": "a@b.test"}).status_code for _ in range(11)]
    assert codes == [200] * 10 + [429]
    cache.clear()


def test_a_ticket_without_a_contact_has_no_link(ada):
    from apps.timeline.refusal import Refused

    with pytest.raises(Refused, match="no contact"):
        make.ticket().renew_link(by=ada, at=timezone.now())


def test_what_is_over_is_not_settled_again(ticket, ada):
    from apps.timeline.refusal import Refused

    ticket.settle(at=timezone.now())
    with pytest.raises(Refused, match="solved already"):
        ticket.settle(at=timezone.now())
    ticket.close(by=ada, at=timezone.now())
    with pytest.raises(Refused, match="closed"):
        ticket.settle(at=timezone.now())


@pytest.mark.parametrize(
    ("minutes", "shown"), [(30, "You hear more from us by"), (-5, "It is late, and not forgotten")]
)
def test_they_see_when_more_of_what_hit_many_is_promised(minutes, shown, browser, ticket, otto):
    now = timezone.now()
    incident = make.incident(otto)
    incident.link(Ticket.objects.filter(pk=ticket.pk), by=otto, at=now)
    page = browser.get(at("ticket", ticket)).content.decode()
    assert shown not in page
    told = now - timedelta(minutes=10)
    promise = now + timedelta(minutes=minutes)
    incident.update("customers", "We repair it.", by=otto, at=told, next_at=promise)
    assert shown in browser.get(at("ticket", ticket)).content.decode()
    incident.update("customers", "Still at it.", by=otto, at=timezone.now())
    assert "You hear more" not in browser.get(at("ticket", ticket)).content.decode()
