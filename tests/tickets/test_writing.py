"""Drafts, mentions, followers, prepared words and macros: what they do and what they refuse."""

from datetime import timedelta

import pytest

from apps.outbox.models import Delivery, Notification
from apps.tickets import answering, presence, upkeep
from apps.tickets.answering import Words
from apps.tickets.models import CannedReply, Draft, Macro, Presence, Ticket
from apps.tickets.models.answered import Unseen
from apps.timeline.refusal import Refused
from tests import make
from tests.make import NOW

LATER = NOW + timedelta(minutes=10)
pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(mira) -> Ticket:
    return Ticket.objects.report(subject="Invoice is wrong", body="See", contact=mira, at=NOW)


def last(ticket):
    return ticket.timeline().latest("id")


# --- drafts ---------------------------------------------------------------------------------------


def keep(ticket, person, body, at=NOW, **more) -> Draft:
    return Draft.objects.keep(
        ticket, person, mode=more.pop("mode", "reply"), body=body, at=at, **more
    )


def test_keeping_the_same_twice_changes_nothing(ticket, ada):
    first = keep(ticket, ada, "Half")
    again = keep(ticket, ada, "Half", at=LATER, based_on=1)
    assert (again.version, again.updated_at) == (first.version, NOW) and not again.replaced
    longer = keep(ticket, ada, "Half a", at=LATER, based_on=1)
    assert longer.version == 2 and not longer.replaced
    assert list(Draft.objects.of(ada).written()) == [longer]


def test_another_device_s_words_are_replaced_and_kept_beside(ticket, ada):
    keep(ticket, ada, "Desk")
    train = keep(ticket, ada, "Train", based_on=0)
    assert train.replaced and (train.body, train.earlier) == ("Train", "Desk")
    train.restore(at=LATER)
    assert (train.body, train.earlier) == ("Desk", "Train")
    keep(ticket, ada, "Desk!", based_on=train.version)
    with pytest.raises(Refused):
        Draft.objects.get().restore(at=LATER)


def test_an_autosave_that_comes_after_the_send_brings_nothing_back(ticket, ada):
    keep(ticket, ada, "Done")
    answering.answer(ticket, Words("reply", "Done now"), by=ada, at=LATER)
    late = keep(ticket, ada, "Done now", based_on=1, at=LATER)
    assert late.shown == "" and not Draft.objects.written()
    fresh = keep(ticket, ada, "Another", based_on=1, at=LATER)
    assert fresh.shown == "Another" and not fresh.replaced


def test_neither_does_one_that_was_never_kept_before(ticket, ada):
    sent = answering.answer(ticket, Words("reply", "Done"), by=ada, at=LATER)
    assert keep(ticket, ada, "Done", at=LATER).shown == ""
    ticket.take_back(sent, by=ada, at=LATER)
    assert Draft.objects.get().shown == "Done"


def test_drafts_are_one_s_own_and_of_two_kinds(ticket, ada, sol):
    keep(ticket, ada, "Reply")
    keep(ticket, ada, "Note", mode="note")
    keep(ticket, sol, "Sol's")
    assert Draft.objects.of(ada).written().count() == 2
    with pytest.raises(Refused):
        keep(ticket, ada, "x", mode="shout")
    with pytest.raises(Refused):
        keep(ticket, ada, "bell \x07")


def test_an_empty_draft_is_nothing_to_discard(ticket, ada):
    with pytest.raises(Refused):
        keep(ticket, ada, "").discard(at=NOW)


# --- nothing is sent past what nobody read --------------------------------------------------------


def test_a_reply_says_what_its_writer_had_seen(ticket, ada, sol):
    seen = ticket.messages.get().pk
    came = ticket.hear("Wait!", at=NOW)
    with pytest.raises(Unseen) as unseen:
        ticket.reply("Here", by=ada, at=LATER, seen=seen)
    assert unseen.value.messages == [came] and unseen.value.code == "unseen"
    assert not ticket.messages.filter(direction="out")
    ticket.hear("Out of office", at=NOW, automatic=True)
    ticket.note("Hm", by=sol, at=NOW)
    ticket.reply("Here", by=ada, at=LATER, seen=came.pk)
    ticket.reply("And more", by=ada, at=LATER, seen=came.pk)  # one's own words are seen


def test_copies_go_where_the_writer_says(ticket, ada):
    sent = ticket.reply("Here", by=ada, at=LATER, cc=["Bo <Bo@acme.test>", "bo@acme.test"])
    assert sent.cc == ["bo@acme.test"]
    assert set(Delivery.objects.values_list("recipient", flat=True)) == {
        "mira@acme.test",
        "bo@acme.test",
    }
    with pytest.raises(Refused) as refused:
        ticket.reply("Here", by=ada, at=LATER, cc=["bo"])
    assert refused.value.field == "cc"


def test_words_that_no_text_may_hold_are_refused_and_not_kept(ticket, ada):
    with pytest.raises(Refused):
        answering.answer(ticket, Words("note", "bell \x07"), by=ada, at=LATER)
    assert not Draft.objects.exists()


# --- mentions and followers -----------------------------------------------------------------------


def test_who_is_mentioned_is_told_once_and_follows(ticket, ada, sol, otto):
    make.team("On call", otto, ada)
    note = ticket.note("@sol and @on-call, and @sol@demo.test: look", by=ada, at=LATER)
    assert "<mark>@sol</mark>" in note.html and "<mark>@on-call</mark>" in note.html
    told = Notification.objects.values_list("person", flat=True)
    assert set(told) == {sol.pk, otto.pk} and len(told) == 2  # nobody tells themselves
    assert {one.person for one in ticket.followers.all()} == {sol, otto, ada}
    assert last(ticket).data["mentioned"]
    assert note.mentions.said == ""


def test_who_may_not_read_tickets_is_named(ticket, ada):
    make.person("Nils", email="nils@demo.test")
    note = ticket.note("@nils look, @nobody too", by=ada, at=LATER)
    assert note.mentions.said == "Nils may not read tickets and was not told."
    assert not Notification.objects.exists() and "@nobody" in note.html
    assert "<mark>@nobody" not in note.html


def test_followers_hear_of_everything_but_their_own(ticket, ada, sol, mira):
    ticket.follow(by=sol, at=NOW)
    with pytest.raises(Refused):
        ticket.follow(by=sol, at=NOW)
    ticket.hear("Any news?", at=LATER, contact=mira)
    ticket.reply("Yes", by=ada, at=LATER)
    ticket.note("Done", by=sol, at=LATER)
    said = [one.sentence for one in Notification.objects.filter(person=sol).order_by("pk")]
    assert said == [
        f"Mira Köhler wrote on #{ticket.pk} Invoice is wrong",
        f"Ada Lovelace answered #{ticket.pk} Invoice is wrong",
    ]
    ticket.unfollow(by=sol, at=LATER)
    with pytest.raises(Refused):
        ticket.unfollow(by=sol, at=LATER)
    assert [one.verb for one in ticket.timeline()][-1] == "unfollowed"


# --- presence -------------------------------------------------------------------------------------


def test_presence_runs_out_by_itself(ticket, ada, sol, django_assert_num_queries):
    Presence.objects.sign(ticket, ada, at=NOW, read_to=3)
    Presence.objects.sign(ticket, sol, at=NOW, writing=True)
    with django_assert_num_queries(1):
        here = presence.of([ticket.pk, 0], at=NOW)
    assert [(one.person, one.writing) for one in here[ticket.pk]] == [(sol, True), (ada, False)]
    assert "drafting" in here[ticket.pk][0].said
    assert presence.of([ticket.pk], at=NOW + timedelta(seconds=41)) == {}
    Presence.objects.sign(ticket, ada, at=LATER)  # reading on never forgets
    assert Presence.objects.get(person=ada).read_to == 3


# --- canned replies -------------------------------------------------------------------------------


def test_a_canned_reply_is_one_s_own_or_shared_by_who_may(ada, sol, otto):
    own = CannedReply.add(by=ada, at=NOW, title="Mine", body="Hi")
    with pytest.raises(Refused):
        CannedReply.add(by=ada, at=NOW, shared=True, title="Ours", body="Hi")
    ours = CannedReply.add(by=sol, at=NOW, shared=True, title="Ours", body="Hi")
    team = make.team("Second", otto)
    theirs = CannedReply.add(by=sol, at=NOW, shared=True, title="Team", body="Hi", team=team)
    assert set(CannedReply.objects.offered_to(ada)) == {own, ours}
    assert set(CannedReply.objects.offered_to(otto)) == {ours, theirs}
    with pytest.raises(Refused):
        ours.change(by=ada, at=NOW, title="x")
    assert ours.change(by=sol, at=NOW, body="Hello") == {"body": ["Hi", "Hello"]}
    assert ours.change(by=sol, at=NOW, body="Hello") == {}
    ours.change(by=sol, at=NOW, shared=False)
    assert ours.owner == sol and ours.audience == "personal"


def test_a_canned_reply_goes_and_comes_back(ada):
    own = CannedReply.add(by=ada, at=NOW, title="Mine", body="Hi")
    own.retire(by=ada, at=NOW)
    assert not CannedReply.objects.offered_to(ada)
    for verb in (own.retire,):
        with pytest.raises(Refused):
            verb(by=ada, at=NOW)
    own.revive(by=ada, at=NOW)
    with pytest.raises(Refused):
        own.revive(by=ada, at=NOW)
    assert CannedReply.objects.offered_to(ada).get() == own


@pytest.mark.parametrize(
    "wrong, field, says",
    [
        ({"title": " "}, "title", "title"),
        ({"body": " "}, "body", "what it says"),
        ({"body": "Hi {{ contact.nam }}"}, "body", "contact.nam"),
        ({"body": "Hi {{ 7 * 7 }}"}, "body", "not a variable"),
        ({"body": "Hi {{ contact.name"}, "body", "closed"),
        ({"body": "bell \x07"}, "body", "control"),
    ],
)
def test_what_can_never_be_filled_in_is_refused_when_it_is_kept(ada, wrong, field, says):
    with pytest.raises(Refused) as refused:
        CannedReply.add(by=ada, at=NOW, **{"title": "T", "body": "B"} | wrong)
    assert refused.value.field == field and says in refused.value.sentence
    assert not CannedReply.objects.exists()


def test_sending_counts_and_brings_the_files(ticket, ada):
    from apps.tickets.files import Kept

    reply = CannedReply.add(by=ada, at=NOW, title="T", body="B")
    reply.add_files([Kept("a.pdf", "application/pdf", 3, "d" * 64)], by=ada, at=NOW)
    with pytest.raises(Refused):
        reply.add_files([Kept("a.pdf", "application/pdf", 3, "d" * 64)] * 5, by=ada, at=NOW)
    sent = answering.answer(
        ticket, Words("note", "See", canned=(reply.pk, 10**9)), by=ada, at=LATER
    )
    reply.refresh_from_db()
    assert (reply.used, reply.last_used_at) == (1, LATER)
    assert sent.attachments.get().name == "a.pdf"
    reply.remove_file(reply.files.get(), by=ada, at=LATER)
    assert not reply.files.exists()


# --- macros ---------------------------------------------------------------------------------------

STEPS = [
    {"do": "reply", "text": 'Dear {{ contact.first_name | "customer" }}, it is on its way.'},
    {"do": "status", "to": "resolved"},
    {"do": "tag", "add": ["Refund"], "remove": ["sales"]},
    {"do": "assign", "to": "me"},
    {"do": "priority", "to": "high"},
    {"do": "queue", "to": "billing"},
    {"do": "fill", "field": "amount", "value": "12"},
    {"do": "note", "text": "As {{ agent.name }} agreed."},
]


@pytest.fixture
def refund(sol):
    queue = make.queue("Billing")
    queue.fields.create(key="amount", label="Amount", type="text")
    return Macro.add(by=sol, at=NOW, shared=True, title="Refund", steps=STEPS)


FIELDS = (
    "status",
    "priority",
    "tags",
    "fields",
    "queue",
    "assignee",
    "waiting_since",
    "resolved_at",
)


def state(ticket):
    return Ticket.objects.values(*FIELDS).get(pk=ticket.pk)


def test_a_macro_does_all_its_steps_at_once(ticket, ada, refund):
    ticket.tag(["sales", "vip"], by=ada, at=NOW)
    use = refund.apply(ticket, by=ada, at=LATER)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.priority, ticket.tags) == ("resolved", "high", ["vip", "refund"])
    assert (ticket.assignee, ticket.queue.slug, ticket.fields) == (ada, "billing", {"amount": "12"})
    said = ticket.messages.get(direction="out")
    assert said.body == "Dear Mira, it is on its way."
    assert ticket.messages.get(direction="note").body == "As Ada Lovelace agreed."
    assert use.verb == "macro_applied" and use.data["said"]["reply"] == said.pk
    refund.refresh_from_db()
    assert refund.used == 1 and refund.last_used_at == LATER


def test_a_macro_is_taken_back_whole_clocks_and_all(ticket, ada, refund):
    ticket.note("Opened.", by=ada, at=NOW)
    before, clocks = state(ticket), list(ticket.clocks.order_by("pk").values("kind", "state"))
    refund.apply(ticket, by=ada, at=LATER)
    assert state(ticket) != before
    refund.take_back(ticket, by=ada, at=LATER + timedelta(seconds=10))
    assert state(ticket) == before
    assert list(ticket.clocks.order_by("pk").values("kind", "state")) == clocks
    assert Delivery.objects.get().state == "cancelled"
    assert not Draft.objects.written()  # nobody typed its words
    assert last(ticket).verb == "undone"
    with pytest.raises(Refused) as refused:
        refund.take_back(ticket, by=ada, at=LATER + timedelta(seconds=11))
    assert "already" in refused.value.sentence


def test_what_has_left_stays_and_the_fields_go_back(ticket, ada, sol, refund):
    ticket.note("Opened.", by=ada, at=NOW)
    refund.apply(ticket, by=ada, at=LATER)
    ticket.prioritise("urgent", by=sol, at=LATER + timedelta(seconds=20))
    refund.take_back(ticket, by=ada, at=LATER + timedelta(seconds=30))
    ticket.refresh_from_db()
    assert ticket.messages.get(direction="out").undone_at is None
    assert (ticket.status, ticket.priority, ticket.tags) == ("resolved", "urgent", [])
    assert ticket.queue is None and last(ticket).verb == "macro_undone"


def test_one_step_that_is_refused_refuses_them_all(ticket, ada, sol, refund):
    before = state(ticket)
    ticket.queue_id or refund.change(
        by=sol, at=NOW, steps=[*STEPS[1:3], {"do": "fill", "field": "x", "value": 1}]
    )
    with pytest.raises(Refused):
        refund.apply(ticket, by=ada, at=LATER)
    assert state(ticket) == before and not ticket.timeline().filter(verb="macro_applied")


def test_a_macro_never_does_what_its_user_may_not(ticket, pia, refund):
    assert not refund.is_allowed_to(pia)
    with pytest.raises(Refused) as refused:
        refund.apply(ticket, by=pia, at=LATER)
    assert "roles" in refused.value.sentence
    assert refund.preview(ticket, by=pia, at=LATER)["allowed"] is False


def test_a_place_without_a_value_refuses_the_macro(ada, sol, mira):
    blank = make.ticket(contact=make.contact("", email="x@y.test"))
    type(blank.contact).objects.filter(pk=blank.contact_id).update(name="")
    macro = Macro.add(
        by=sol, at=NOW, title="Greet", steps=[{"do": "reply", "text": "Dear {{ contact.name }}"}]
    )
    blank.refresh_from_db()
    assert macro.preview(blank, by=sol, at=NOW)["missing"] == ["contact.name"]
    with pytest.raises(Refused) as refused:
        macro.apply(blank, by=sol, at=NOW)
    assert "contact.name" in refused.value.sentence


def test_what_is_so_already_is_passed_over(ticket, ada, sol):
    macro = Macro.add(
        by=sol,
        at=NOW,
        title="Wait",
        steps=[
            {"do": "status", "to": "waiting_third_party"},
            {"do": "assign", "to": None},
            {"do": "priority", "to": "normal"},
            {"do": "queue", "to": None},
            {"do": "tag", "add": ["a"]},
            {"do": "snooze", "for": "in 3 days"},
        ],
    )
    macro.apply(ticket, by=sol, at=LATER)
    macro.apply(ticket, by=sol, at=LATER + timedelta(seconds=5))
    ticket.refresh_from_db()
    assert ticket.status == "waiting_third_party" and ticket.snoozed_until
    macro.take_back(ticket, by=sol, at=LATER + timedelta(seconds=9))
    macro.retire(by=sol, at=LATER)
    with pytest.raises(Refused):
        macro.apply(ticket, by=sol, at=LATER)


def test_a_macro_that_was_not_used_here_is_not_taken_back(ticket, ada, refund):
    with pytest.raises(Refused):
        refund.take_back(ticket, by=ada, at=LATER)


@pytest.mark.parametrize(
    "step", [{"do": "queue", "to": "gone"}, {"do": "assign", "to": "x@y.test"}]
)
def test_what_a_macro_names_may_be_gone(ticket, sol, step):
    macro = Macro.add(by=sol, at=NOW, title="T", steps=[step])
    with pytest.raises(Refused) as refused:
        macro.apply(ticket, by=sol, at=LATER)
    assert "any more" in refused.value.sentence


def test_a_snooze_that_nobody_understands_is_refused(sol):
    with pytest.raises(Refused):
        Macro.add(by=sol, at=NOW, title="T", steps=[{"do": "snooze", "for": "whenever"}])


# --- what nobody needs any more -------------------------------------------------------------------


def test_what_was_sent_or_discarded_long_ago_is_forgotten(ticket, ada, sol):
    keep(ticket, ada, "Kept")
    keep(ticket, sol, "Gone").discard(at=NOW)
    Presence.objects.sign(ticket, ada, at=NOW)
    assert upkeep.forget(at=NOW + timedelta(days=29)) == 0
    assert upkeep.forget(at=NOW + timedelta(days=91)) == 2
    assert Draft.objects.get().body == "Kept" and not Presence.objects.exists()
