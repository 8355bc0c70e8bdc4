"""Answering from the page: nothing goes past what nobody read, nothing typed is lost."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from apps.tickets.models import Draft, Message, Presence, Ticket
from tests import make


def url(name: str, ticket: Ticket, **more) -> str:
    return reverse(f"portal:ticket-{name}", kwargs={"pk": ticket.pk, **more})


@pytest.fixture
def news(ticket):
    """`news()` is a message of the customer that came while somebody wrote."""

    def arrive(body: str = "It works again!") -> Message:
        return ticket.hear(body, at=make.NOW + timedelta(minutes=1))

    return arrive


@pytest.fixture(autouse=True)
def files_in_a_folder_of_their_own(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def a_file(name="log.txt", content=b"line 1") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


# --- nothing is sent past a message nobody has read -----------------------------------------------


def test_the_first_press_shows_what_came_and_the_second_sends(as_ada, ticket, news, in_place):
    first = ticket.messages.get()
    came = news()
    data = {"mode": "reply", "body": "We look.", "seen": first.pk, "shown": first.pk}
    answer = in_place(as_ada).post(url("answer", ticket), data)
    html = answer.content.decode()
    assert answer.status_code == 409 and answer["HX-Retarget"] == f"#news-{ticket.pk}"
    assert f'hx-swap-oob="beforeend:#thread-{ticket.pk}"' in html and "It works again!" in html
    assert f'data-reviewed="message-{came.pk}"' in html
    assert "1 new message came while you wrote" in html
    assert "<textarea" not in html  # the editor is left alone
    assert not ticket.messages.filter(direction="out").exists()
    seen = re.search(r'name="seen" value="(\d+)"', html)[1]
    assert as_ada.post(url("answer", ticket), data | {"seen": seen}).status_code == 200
    assert ticket.messages.get(direction="out").body == "We look."


def test_without_javascript_the_page_comes_back_with_both(as_ada, ada, ticket, news):
    first = ticket.messages.get()
    came = news()
    data = {"mode": "reply", "body": "We look into it.", "seen": first.pk, "files": a_file()}
    answer = as_ada.post(url("answer", ticket), data)
    html = answer.content.decode()
    assert answer.status_code == 409 and 'role="alert"' in html
    assert "It works again!" in html and 'role="separator"' in html
    assert ">We look into it.</textarea>" in html and "log.txt" in html
    assert f'name="seen" value="{came.pk}"' in html
    as_ada.post(url("answer", ticket), {"mode": "reply", "body": "Good!", "seen": came.pk})
    sent = ticket.messages.get(direction="out")
    assert sent.body == "Good!" and sent.attachments.get().name == "log.txt"
    assert Draft.objects.get().shown == ""


def test_a_colleague_s_answer_stops_one_s_own_and_a_note_does_not(as_ada, sol, ticket):
    first = ticket.messages.get().pk
    ticket.note("Careful.", by=sol, at=make.NOW)
    data = {"mode": "reply", "body": "Hello", "seen": first}
    assert as_ada.post(url("answer", ticket), data).status_code == 302
    ticket.reply("I have it.", by=sol, at=make.NOW)
    assert as_ada.post(url("answer", ticket), data).status_code == 409


def test_review_never_sends(as_ada, ticket, in_place):
    data = {"mode": "reply", "body": "Hello", "seen": 0, "review": "1"}
    assert in_place(as_ada).post(url("answer", ticket), data).status_code == 409
    assert not ticket.messages.filter(direction="out").exists()


def test_a_verb_that_draws_the_card_again_reads_nothing_for_anybody(as_ada, ticket, news, in_place):
    first = ticket.messages.get().pk
    news()
    data = {"priority": "high", "seen": first, "shown": first}
    html = in_place(as_ada).post(url("prioritise", ticket), data).content.decode()
    assert "Review 1 new message" in html and f'name="seen" value="{first}"' in html


# --- the thread brings its own news ---------------------------------------------------------------


def test_the_page_asks_for_news_and_hears_nothing_while_nothing_happened(as_ada, ticket, news):
    first = ticket.messages.get().pk
    ticket.refresh_from_db()
    address = f"{url('news', ticket)}?seen={first}&shown={first}"
    tag = as_ada.get(address)["ETag"]
    assert as_ada.get(address, headers={"if-none-match": tag}).status_code == 304
    news()
    answer = as_ada.get(address, headers={"if-none-match": tag})
    html = answer.content.decode()
    assert answer.status_code == 200 and answer["ETag"] != tag
    assert "Review 1 new message" in html and "It works again!" in html
    assert 'id="live"' in html and "New on this ticket: 1 message." in html
    again = as_ada.get(f"{url('news', ticket)}?seen={first}&shown={first + 1}").content.decode()
    assert "Review 1 new message" in again and "It works again!" not in again


def test_one_s_own_words_are_no_news(as_ada, ada, ticket):
    first = ticket.messages.get().pk
    ticket.reply("From my phone.", by=ada, at=make.NOW)
    html = as_ada.get(f"{url('news', ticket)}?seen={first}&shown={first}").content.decode()
    assert "From my phone." in html and "Review" not in html and 'id="live"' not in html


@pytest.mark.parametrize("query", ["", "?seen=x&shown=y", "?seen=99999999999999999999&shown=-1"])
def test_odd_questions_for_news_are_answered(as_ada, ticket, query):
    assert as_ada.get(url("news", ticket) + query).status_code == 200


# --- drafts ---------------------------------------------------------------------------------------


def keep(browser, ticket, body, *, version=0, mode="reply"):
    field = "note" if mode == "note" else "body"
    return browser.post(
        url("draft", ticket, mode=mode), {field: body, f"{mode}_version": version}
    ).content.decode()


def test_a_draft_keeps_itself_and_is_there_on_every_device(as_ada, ada, ticket, in_place):
    said = keep(in_place(as_ada), ticket, "Half a sen")
    assert "Draft saved" in said and 'name="reply_version" value="1"' in said
    keep(as_ada, ticket, "For us alone", mode="note")
    as_ada.defaults.pop("HTTP_HX_REQUEST")
    html = as_ada.get(ticket.get_absolute_url()).content.decode()
    assert ">Half a sen</textarea>" in html and ">For us alone</textarea>" in html


def test_the_last_to_write_wins_and_is_told(as_ada, ada, ticket, in_place):
    browser = in_place(as_ada)
    keep(browser, ticket, "From the desk")
    said = keep(browser, ticket, "From the train", version=0)
    assert "replaced what you wrote" in said
    html = browser.post(url("draft-restore", ticket, mode="reply")).content.decode()
    assert ">From the desk</textarea>" in html


def test_a_draft_is_discarded_and_brought_back(as_ada, ada, ticket, in_place):
    browser = in_place(as_ada)
    keep(browser, ticket, "Nonsense")
    html = browser.post(url("draft-discard", ticket, mode="reply")).content.decode()
    assert ">Nonsense</textarea>" not in html
    assert url("draft-restore", ticket, mode="reply") in html
    html = browser.post(url("draft-restore", ticket, mode="reply")).content.decode()
    assert ">Nonsense</textarea>" in html
    typed = {"body": "Nonsense, and a moment ago", "reply_version": "3"}
    browser.post(url("draft-discard", ticket, mode="reply"), typed)
    html = browser.post(url("draft-restore", ticket, mode="reply")).content.decode()
    assert ">Nonsense, and a moment ago</textarea>" in html
    assert browser.post(url("draft-discard", ticket, mode="note")).status_code == 404


def test_a_refused_answer_stays_as_a_draft(as_ada, ada, ticket):
    Ticket.objects.update(status="closed")
    as_ada.post(url("answer", ticket), {"mode": "reply", "body": "A long answer", "cc": "x@y.test"})
    draft = Draft.objects.get(person=ada)
    assert (draft.body, draft.cc) == ("A long answer", ["x@y.test"])


@pytest.mark.parametrize("mode", ["reply", "note"])
def test_files_wait_with_a_draft_and_go_one_by_one(as_ada, ada, ticket, mode, in_place):
    browser = in_place(as_ada)
    png = b"\x89PNG\r\n\x1a\n" + bytes(20)
    address = url("draft-files", ticket, mode=mode)
    html = browser.post(address, {"files": [a_file(), a_file("shot.png", png)]}).content.decode()
    assert "log.txt" in html and "<img" in html
    log, shot = Draft.objects.get().files.all()
    picture = browser.get(url("draft-picture", ticket, mode=mode, file=shot.pk))
    assert (
        picture["Content-Type"] == "image/png" and "sandbox" in picture["Content-Security-Policy"]
    )
    assert browser.get(url("draft-picture", ticket, mode=mode, file=log.pk)).status_code == 404
    html = browser.post(url("draft-file-remove", ticket, mode=mode, file=log.pk)).content.decode()
    assert "log.txt" not in html
    browser.post(url("answer", ticket), {"mode": mode, "body": "See", "note": "See"})
    assert [one.name for one in ticket.messages.latest("id").attachments.all()] == ["shot.png"]
    assert not Draft.objects.get().files.exists()


def test_a_file_that_is_refused_is_refused_in_words(as_ada, ticket, in_place):
    browser = in_place(as_ada)
    answer = browser.post(url("draft-files", ticket, mode="reply"), {"files": a_file("x", b"MZ")})
    assert answer.status_code == 409 and "programs are not taken" in answer.content.decode()


# --- who else is here -----------------------------------------------------------------------------


def test_others_see_who_looks_and_who_writes(
    as_ada, as_sol, ticket, in_place, django_assert_max_num_queries
):
    browser = in_place(as_sol)
    browser.post(url("presence", ticket), {"seen": 7})
    html = in_place(as_ada).post(url("presence", ticket)).content.decode()
    assert "Sol Martínez is looking at this" in html and "Ada" not in html
    keep(browser, ticket, "I have this")
    with django_assert_max_num_queries(5):  # session, person, ticket, one statement, one query
        html = as_ada.post(url("presence", ticket)).content.decode()
    assert "Sol Martínez is drafting a reply" in html
    Presence.objects.update(at=timezone.now() - timedelta(minutes=5))
    assert "Sol" not in as_ada.post(url("presence", ticket)).content.decode()
    as_ada.defaults.pop("HTTP_HX_REQUEST")
    assert as_ada.post(url("presence", ticket)).status_code == 302


def test_a_divider_stands_where_one_stopped_reading(as_ada, ada, ticket, news):
    Presence.objects.sign(ticket, ada, at=timezone.now(), read_to=ticket.messages.get().pk)
    assert 'role="separator"' not in as_ada.get(ticket.get_absolute_url()).content.decode()
    news()
    html = as_ada.get(ticket.get_absolute_url()).content.decode()
    assert html.index('role="separator"') < html.index("It works again!")


# --- on to the next -------------------------------------------------------------------------------


@pytest.fixture
def queue_of_three(ada, mara):
    return [
        make.ticket(f"Matter {n}", contact=mara, assignee=ada, due_at=make.ago(hours=-n))
        for n in range(3)
    ]


@pytest.mark.parametrize("where", ["next", "stay", "list"])
def test_a_sent_reply_leads_where_its_writer_likes(as_ada, ada, queue_of_three, where, in_place):
    ada.after_send = where
    ada.save()
    first, second, _ = queue_of_three
    address = url("answer", first) + "?in=inbox"
    answer = in_place(as_ada).post(address, {"mode": "reply", "body": "Done."})
    if where == "stay":
        assert answer.status_code == 200 and f'id="ticket-{first.pk}"' in answer.content.decode()
        return
    to = second.get_absolute_url() + "?in=inbox" if where == "next" else reverse("portal:inbox")
    assert answer["HX-Redirect"] == to
    as_ada.defaults.pop("HTTP_HX_REQUEST")
    html = as_ada.get(to).content.decode()
    sent = first.messages.get(direction="out")
    assert url("take-back", first, message=sent.pk) in html  # the undo came along


def test_the_end_of_a_list_leads_back_to_it(as_ada, queue_of_three):
    last = queue_of_three[-1]
    answer = as_ada.post(url("answer", last) + "?in=inbox", {"mode": "reply", "body": "Done."})
    assert answer["Location"] == reverse("portal:inbox")


def test_undo_from_another_page_leads_back_with_the_words(as_ada, ada, ticket, in_place):
    browser = in_place(as_ada)
    browser.post(url("answer", ticket), {"mode": "reply", "body": "Too early", "cc": "b@x.test"})
    sent = ticket.messages.get(direction="out")
    keep(browser, ticket, "And more")
    address = url("take-back", ticket, message=sent.pk)
    here = "http://testserver/tickets/1/?in=inbox"
    answer = browser.post(address, headers={"hx-current-url": here})
    assert answer["HX-Redirect"] == f"{ticket.get_absolute_url()}?in=inbox#press-r"
    draft = Draft.objects.get()
    assert (draft.body, draft.cc) == ("Too early\n\nAnd more", ["b@x.test"])


def test_undo_on_its_own_page_draws_the_card_with_the_words(as_ada, ada, ticket, in_place):
    browser = in_place(as_ada)
    browser.post(url("answer", ticket), {"mode": "reply", "body": "Too early"})
    address = url("take-back", ticket, message=ticket.messages.get(direction="out").pk)
    here = "http://testserver" + ticket.get_absolute_url() + "?in=inbox"
    html = browser.post(address, headers={"hx-current-url": here}).content.decode()
    assert ">Too early</textarea>" in html and "nothing was sent" in html


def test_a_place_in_a_list_outlives_a_verb(as_ada, queue_of_three, in_place):
    here = f"http://testserver{queue_of_three[1].get_absolute_url()}?in=inbox"
    browser = in_place(as_ada)
    html = browser.post(
        url("prioritise", queue_of_three[1]),
        {"priority": "high"},
        headers={"hx-current-url": here},
    ).content.decode()
    assert " of 3<" in html


# --- a long thread --------------------------------------------------------------------------------


def test_a_long_thread_begins_with_its_end(as_ada, ticket):
    for n in range(1, 131):
        make.message(ticket, f"Message {n:03}", at=make.NOW + timedelta(minutes=n))
    html = as_ada.get(ticket.get_absolute_url()).content.decode()
    seen = re.findall(r"Message (\d{3})", html)
    assert seen == [f"{n:03}" for n in range(81, 131)]
    while found := re.search(r'href="([^"]*earlier[^"]*)"', html):
        html = as_ada.get(found[1].replace("&amp;", "&")).content.decode()
        seen = re.findall(r"Message (\d{3})", html) + seen
    assert seen == [f"{n:03}" for n in range(1, 131)]
    linked = ticket.messages.get(body="Message 040")
    html = as_ada.get(f"{ticket.get_absolute_url()}?message={linked.pk}").content.decode()
    around = re.findall(r"Message (\d{3})", html)
    assert around[0] == "030" and around[-1] == "079" and "To the newest messages" in html


@pytest.mark.parametrize("place", ["", "x", "2026-01-01.1", "2026-01-01T00:00:00+00:00.0"])
def test_odd_places_in_a_thread_are_answered(as_ada, ticket, place):
    assert as_ada.get(url("earlier", ticket), {"before": place}).status_code == 200
    assert as_ada.get(ticket.get_absolute_url() + f"?message={place}").status_code == 200


def test_following(as_ada, ada, ticket, in_place):
    browser = in_place(as_ada)
    assert "Unfollow" in browser.post(url("follow", ticket)).content.decode()
    assert browser.post(url("follow", ticket)).status_code == 409
    assert "Unfollow" not in browser.post(url("unfollow", ticket)).content.decode()


def test_what_is_written_is_shown_as_it_will_be_read(as_ada, in_place):
    address = reverse("portal:ticket-words")
    html = in_place(as_ada).post(address, {"mode": "reply", "body": "**Hello** @sol"})
    assert "<strong>Hello</strong> @sol" in html.content.decode()
    html = as_ada.post(address, {"mode": "note", "note": "@sol <script>"}).content.decode()
    assert "<mark>@sol</mark> &lt;script&gt;" in html
    assert as_ada.post(address, {"body": "bell \x07"}).status_code == 409


def test_where_nothing_can_be_sent_nothing_offers_to(as_sol, sol, ticket):
    other = make.ticket()
    ticket.merge(other, across=True, by=sol, at=make.NOW)
    page = as_sol.get(ticket.get_absolute_url()).content.decode()
    assert "Send &amp; wait" not in page and "Add note" in page
    assert f'Customers are answered on <a href="/tickets/{other.pk}/">' in page
    other.resolve(by=sol, at=make.NOW)
    other.close(by=sol, at=make.NOW)
    page = as_sol.get(other.get_absolute_url()).content.decode()
    assert "Send &amp; wait" not in page
    assert "Nothing is sent from a ticket that is closed." in page
