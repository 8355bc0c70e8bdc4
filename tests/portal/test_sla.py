"""The pages of promises: read by everybody, drafted and published by those who may."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError
from django.urls import reverse
from django.utils import timezone

from apps.calendars.models import Calendar
from apps.sla import dry_run
from apps.sla.drafts import profile_of
from apps.sla.models import Clock, Policy, PolicyVersion
from apps.sla.sweep import sweep
from apps.tickets.models import Ticket
from tests import make
from tests.sla.test_hours import FEED


@pytest.fixture
def sols(signed_in, sol):
    return signed_in(sol)


@pytest.fixture
def office(db) -> Calendar:
    made = Calendar.objects.create(name="Office", timezone="Europe/Berlin", country="DE")
    made.publish(reason="First")
    return made


@pytest.fixture
def default(db) -> Policy:
    return Policy.objects.default()


@pytest.fixture
def desk(ada, mara):
    """A ticket that is late, one that runs, one that is solved."""
    now = timezone.now()
    made = [
        Ticket.objects.report(
            subject=subject, body="x", contact=mara, assignee=ada, at=now - timedelta(hours=hours)
        )
        for subject, hours in (("Late", 9), ("Soon", 2), ("Solved", 3))
    ]
    made[2].reply("Done", by=ada, at=now - timedelta(hours=1))
    made[2].resolve(by=ada, at=now - timedelta(minutes=30))
    return made


def page(name, *args):
    return reverse(f"portal:{name}", args=args)


def form_of(browser, url):
    """Every field of the page's edit form as it stands."""
    form = browser.get(url).context["form"]
    said = {}
    for bound in form:
        value = bound.value()
        if value is True:
            said[bound.html_name] = "on"
        elif isinstance(value, list):
            said[bound.html_name] = [getattr(one, "pk", one) for one in value]
        elif value not in (None, False, ""):
            said[bound.html_name] = bound.field.prepare_value(value)
    return said


def said_of(answer):
    return [str(message) for message in answer.context["messages"]]


# --- policies -----------------------------------------------------------------------------------


def test_a_draft_that_says_nothing_new_leaves_the_policy_as_it_was(sols, default):
    url = page("sla-policy-edit", default.pk)
    before = default.draft()
    answer = sols.post(url, form_of(sols, url), follow=True)
    assert answer.status_code == 200
    default.refresh_from_db()
    assert default.draft() == before and not default.is_edited


def test_drafted_tried_published_and_applied(sols, default, desk):
    url = page("sla-policy-edit", default.pk)
    words = form_of(sols, url) | {
        "target_first_response_": "1 h",
        "target_resolution_urgent": "30 m",
        "profile": "everything",
        "step6_kind": "resolution",
        "step6_at": "2 h before",
        "step6_do": "raise",
        "try": "1",
    }
    answer = sols.post(url, words, follow=True)
    html = answer.content.decode()
    assert "Become breached" in html and f"#{desk[1].pk} Soon" in html
    default.refresh_from_db()
    assert default.targets["first_response"] == 3600
    assert default.by_priority == {"urgent": {"resolution": 1800}}
    assert profile_of(default.pauses) == "everything"
    assert default.ladder[-1] == {"kind": "resolution", "at": {"before": 7200}, "do": "raise"}
    html = sols.get(default.get_absolute_url()).content.decode()
    assert "First response, normal" in html and "See the last dry run" in html
    answer = sols.post(
        page("sla-policy-publish", default.pk), {"reason": "Tighter", "reapply": "on"}, follow=True
    )
    assert said_of(answer) == ["Default v2 is in force. 2 open tickets go by it now."]
    assert Clock.objects.get(ticket=desk[1], kind="first_response").breach_cause == "target_changed"
    html = sols.get(answer.request["PATH_INFO"]).content.decode()
    assert "Tighter" in html and "Draft</h2>" not in html


def test_ticks_alone_count_too(sols, default):
    url = page("sla-policy-edit", default.pk)
    sols.post(url, form_of(sols, url) | {"pause_first_response_open": "on"})
    default.refresh_from_db()
    assert default.pauses["first_response"] == ["open"]
    assert default.pauses["resolution"] == ["waiting_customer"]


def test_each_target_says_in_which_hours_it_counts(sols, default, office):
    url = page("sla-policy-edit", default.pk)
    words = form_of(sols, url) | {
        "calendar": office.pk,
        "target_first_response_urgent": "15 m",
        "around_first_response_urgent": "on",
        "around_resolution_": "on",
    }
    sols.post(url, words)
    default.refresh_from_db()
    assert default.around_the_clock == {
        "targets": ["resolution"],
        "by_priority": {"urgent": ["first_response"]},
    }
    html = sols.get(default.get_absolute_url()).content.decode()
    assert "<td>15 m, around the clock</td>" in html  # what the draft changes, in words
    assert "<td>40 h, around the clock</td>" in html
    sols.post(page("sla-policy-publish", default.pk), {"reason": "Nights"})
    html = sols.get(default.get_absolute_url()).content.decode()
    assert html.count("<small>around the clock</small>") == 5
    assert "Office unless it says otherwise" in html
    assert "Office, in part around the clock" in sols.get(page("sla-policies")).content.decode()
    again = form_of(sols, url)
    assert {name for name in again if name.startswith("around_")} == {
        *("around_first_response_urgent", "around_resolution_")
    }
    sols.post(url, again)
    default.refresh_from_db()
    assert not default.is_edited
    again.pop("around_resolution_")
    sols.post(url, again)
    default.refresh_from_db()
    assert "targets" not in default.around_the_clock
    assert form_of(sols, page("sla-policy-new"))["around_first_response_urgent"] == "on"


def test_open_tickets_follow_later(sols, default, desk):
    default.edit(by=None, at=timezone.now(), targets={"resolution": 60})
    sols.post(page("sla-policy-publish", default.pk), {})
    assert "2 open tickets" in sols.get(default.get_absolute_url()).content.decode()
    answer = sols.post(page("sla-policy-try", default.pk), follow=True)
    assert "Re-apply to open tickets" in answer.content.decode()
    answer = sols.post(page("sla-policy-reapply", default.pk), {"reason": "Now"}, follow=True)
    assert said_of(answer) == ["2 open tickets go by it now."]
    answer = sols.post(page("sla-policy-try", default.pk), follow=True)
    assert "Nothing moves" in answer.content.decode()
    answer = sols.post(page("sla-policy-publish", default.pk), {})
    assert answer.status_code == 409 and "Nothing was changed" in answer.content.decode()


def test_another_policy_is_drafted_published_and_retired(sols, default, office):
    queue = make.queue("Billing")
    url = page("sla-policy-new")
    words = form_of(sols, url) | {
        "name": "VIP", "tags": "VIP, Gold", "tiers": ["enterprise"], "priorities": ["high"],
        "queues": [queue.pk], "calendar": office.pk, "profile": "",
        "pause_next_response_waiting_third_party": "on",
    }  # fmt: skip
    assert sols.post(url, words, follow=True).status_code == 200
    policy = Policy.objects.get(name="VIP")
    assert (policy.tags, policy.calendar) == (["gold", "vip"], office)
    assert policy.pauses["next_response"] == ["waiting_third_party"]
    html = sols.get(page("sla-policies")).content.decode()
    assert "Tier Enterprise and priority high and queue Billing and tag gold or vip" in html
    assert "never published" in sols.get(policy.get_absolute_url()).content.decode()
    answer = sols.post(page("sla-policy-publish", policy.pk), {"reason": "New"}, follow=True)
    assert said_of(answer) == ["VIP v1 is in force."]
    policy.refresh_from_db()
    policy.edit(by=None, at=timezone.now(), tags=[])
    answer = sols.post(page("sla-policy-discard", policy.pk), follow=True)
    assert said_of(answer) == ["The draft is gone; VIP v1 stays in force."]
    answer = sols.post(page("sla-policy-retire", policy.pk), follow=True)
    assert "Retired" in answer.content.decode()
    assert "retired" in sols.get(policy.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"target_first_response_": "soon"}, "Write it as 4 h"),
        ({"around_resolution_urgent": "on"}, "Say the target too, or untick its hours."),
        ({"step6_kind": "resolution"}, "Say this too, or empty the step."),
        ({"step6_kind": "resolution", "step6_do": "raise", "step6_at": "x"}, "Write it as 75 %"),
        ({"name": ""}, "This field is required."),
        ({"name": "Other"}, "Another policy has this name."),
        (
            {"step6_kind": "resolution", "step6_do": "reassign", "step6_at": "50 %"},
            "This cannot be promised",
        ),
    ],
)
def test_what_cannot_be_promised_is_said_where_one_looks(sols, default, words, sentence):
    Policy.objects.create(name="Other")
    url = page("sla-policy-edit", default.pk)
    answer = sols.post(url, form_of(sols, url) | {"target_next_response_": "77 m"} | words)
    html = answer.content.decode()
    assert answer.status_code == 422 and sentence in html
    assert 'value="77 m"' in html, "what was typed is kept"
    for name in (name for name in words if name.startswith("around_")):
        assert re.search(f'name="{name}"[^>]* checked', html), "so is what was ticked"
    default.refresh_from_db()
    assert not default.is_edited


def test_the_default_stays(sols, default, as_admin):
    answer = sols.post(page("sla-policy-retire", default.pk))
    assert answer.status_code == 409 and "every ticket needs one" in answer.content.decode()
    assert "Retire" not in sols.get(default.get_absolute_url()).content.decode()
    with pytest.raises(DatabaseError, match="Cannot delete"):
        Policy.objects.filter(pk=default.pk).delete()


def test_product_drafts_and_leads_publish(signed_in, pia, default):
    pias = signed_in(pia)
    default.edit(by=pia, at=timezone.now(), targets={"resolution": 60})
    answer = pias.post(page("sla-policy-try", default.pk), follow=True)
    html = answer.content.decode()
    assert answer.status_code == 200 and "A support lead publishes it." in html
    assert pias.post(page("sla-policy-publish", default.pk)).status_code == 403


def test_a_long_dry_run_shows_its_progress(sols, default, desk, monkeypatch):
    monkeypatch.setattr(dry_run, "AT_ONCE", 0)
    default.edit(by=None, at=timezone.now(), targets={"resolution": 60})
    answer = sols.post(page("sla-policy-try", default.pk))
    assert re.fullmatch(r"/jobs/\d+/", answer.url)
    assert sols.get(f"/sla/dry-runs/{answer.url.split('/')[2]}/").url == answer.url


def test_a_dry_run_of_an_older_draft_says_so(sols, default):
    default.edit(by=None, at=timezone.now(), targets={"resolution": 60})
    address = sols.post(page("sla-policy-try", default.pk)).url
    default.edit(by=None, at=timezone.now(), targets={"resolution": 61})
    assert "Run it again" in sols.get(address).content.decode()
    assert sols.get(page("sla-dry-run", 999)).status_code == 404


def test_steps_name_people_and_teams_even_those_who_left(sols, default, ada):
    team = make.team("Second line", ada)
    default.edit(
        by=None,
        at=timezone.now(),
        ladder=[
            {"kind": "resolution", "at": "0.5", "do": "notify", "to": f"team:{team.pk}"},
            {"kind": "resolution", "at": "0.6", "do": "reassign", "to": f"person:{ada.pk}"},
            {"kind": "resolution", "at": "0.7", "do": "notify", "to": "person:99999"},
        ],
    )
    default.publish(by=None, at=timezone.now())
    html = sols.get(default.get_absolute_url()).content.decode()
    assert "Second line" in html and "Ada Lovelace" in html and "person 99999" in html
    url = page("sla-policy-edit", default.pk)
    sols.post(url, form_of(sols, url))
    default.refresh_from_db()
    assert default.ladder[2]["to"] == "person:99999"
    assert PolicyVersion.objects.filter(policy=default).count() == 2


# --- calendars ----------------------------------------------------------------------------------


def test_a_week_is_drafted_tried_and_published(sols, office, default, desk):
    default.edit(by=None, at=timezone.now(), calendar=office.pk)
    default.publish(by=None, at=timezone.now())
    url = page("sla-calendar-edit", office.pk)
    words = form_of(sols, url) | {"mon": "8-12, 13-17:30", "sat": "", "try": "1"}
    answer = sols.post(url, words, follow=True)
    assert "Dry run of Office" in answer.content.decode()
    office.refresh_from_db()
    assert office.weekly["mon"] == [["08:00", "12:00"], ["13:00", "17:30"]]
    html = sols.get(page("sla-calendar", office.pk)).content.decode()
    assert "08:00–12:00, 13:00–17:30" in html and "Draft</h2>" in html
    answer = sols.post(page("sla-calendar-publish", office.pk), {"reason": "Lunch"}, follow=True)
    assert said_of(answer) == ["Office v2 is in force."]
    assert "edited" not in sols.get(page("sla-calendars")).content.decode()


def test_days_holidays_and_feeds_go_to_the_draft(sols, office):
    day = (timezone.now() + timedelta(days=3)).date()
    at = page("sla-calendar", office.pk)
    words = {"date": day.isoformat(), "name": "Move", "spans": "9-12"}
    answer = sols.post(page("sla-calendar-set-day", office.pk), words, follow=True)
    html = answer.content.decode()
    assert "Move" in html and "09:00–12:00" in html and "Only days to come" in html
    answer = sols.post(page("sla-calendar-drop-day", office.pk), {"date": words["date"]})
    assert answer.url == at
    assert sols.post(page("sla-calendar-drop-day", office.pk), {"date": "x"}).status_code == 409
    answer = sols.post(page("sla-calendar-adopt", office.pk), {"year": "2030"}, follow=True)
    assert "new days of 2030" in said_of(answer)[0]
    assert sols.post(page("sla-calendar-adopt", office.pk), {"year": "0"}).status_code == 409
    file = SimpleUploadedFile("days.ics", FEED)
    answer = sols.post(page("sla-calendar-feed", office.pk), {"file": file}, follow=True)
    assert said_of(answer) == ["3 new days of the file, in the draft."]
    file = SimpleUploadedFile("days.ics", b"nonsense")
    answer = sols.post(page("sla-calendar-feed", office.pk), {"file": file})
    assert answer.status_code == 422 and "not an iCalendar file" in answer.content.decode()
    assert sols.post(page("sla-calendar-feed", office.pk), {}).status_code == 422
    answer = sols.post(page("sla-calendar-feed", office.pk), {"address": "1"})
    assert answer.status_code == 409 and "no iCalendar address" in answer.content.decode()
    answer = sols.post(page("sla-calendar-discard", office.pk), follow=True)
    assert said_of(answer) == ["The draft is gone; the published hours stay."]
    assert not office.days.exists()


@pytest.mark.parametrize(
    "words",
    [{"date": "2031-02-30"}, {"date": "2031-01-01", "spans": "x"},
     {"date": "2031-01-01", "spans": "12-9"}],
)  # fmt: skip
def test_a_day_that_is_none_is_said_by_its_field(sols, office, words):
    answer = sols.post(page("sla-calendar-set-day", office.pk), {"name": "Kept", **words})
    assert answer.status_code == 422 and 'value="Kept"' in answer.content.decode()


def test_a_new_calendar(sols, db):
    url = page("sla-calendar-new")
    words = form_of(sols, url) | {"name": "Night", "timezone": "Asia/Kolkata"}
    answer = sols.post(url, words, follow=True)
    html = answer.content.decode()
    assert "never published" in html and "Asia/Kolkata" in html
    made = Calendar.objects.get(name="Night")
    sols.post(page("sla-calendar-try", made.pk), follow=True)
    answer = sols.post(page("sla-calendar-publish", made.pk), {"reason": "New"}, follow=True)
    assert said_of(answer) == ["Night v1 is in force."]
    answer = sols.post(url, words)
    assert answer.status_code == 422 and "Another calendar" in answer.content.decode()


def test_too_long_a_reason_changes_nothing(sols, office, default):
    long = {"reason": "x" * 300}
    assert sols.post(page("sla-calendar-publish", office.pk), long).status_code == 409
    assert sols.post(page("sla-policy-publish", default.pk), long).status_code == 409


# --- how they are kept --------------------------------------------------------------------------


def test_every_number_opens_its_tickets(sols, desk):
    while sweep(at=timezone.now()):
        pass
    html = sols.get(page("sla")).content.decode()
    links = re.findall(r'href="(/sla/clocks/[^"]+)">(\d+)<', html)
    assert links
    for link, count in links:
        behind = sols.get(link.replace("&amp;", "&")).content.decode()
        assert behind.count("<tr data-row") == int(count)
    assert "n = " in html and "cohort" not in html.lower().split("</form>")[1]
    html = sols.get(page("sla") + "?mode=cohort&span=13+weeks").content.decode()
    assert "the youngest may still run" in html


def test_files_are_what_the_page_shows(sols, desk):
    Ticket.objects.filter(pk=desk[2].pk).update(subject="=HYPERLINK(1)")
    answer = sols.get(page("sla-report-csv"))
    head, *rows = b"".join(answer).decode().splitlines()
    assert head.startswith("kind,priority,week,met") and rows
    answer = sols.get(page("sla-clocks-csv") + "?outcome=met")
    text = b"".join(answer).decode()
    assert "'=HYPERLINK(1)" in text and answer["Content-Disposition"].endswith('clocks.csv"')


def test_odd_questions_get_the_usual_answer(sols, db):
    for query in ("?span=x&mode=y&kind=z&priority=q&outcome=w", "?after=-1", "?kind=resolution"):
        assert sols.get(page("sla-clocks") + query).status_code == 200
    assert sols.get("/figures/sla.compliance/?kind=bogus").status_code < 500


# --- one clock ----------------------------------------------------------------------------------


def test_due_by_hand_is_shown_and_a_priority_asks(sols, desk):
    ticket = desk[1]
    due = (timezone.now() + timedelta(days=9)).strftime("%Y-%m-%dT%H:%M")
    url = page("sla-set-due", ticket.pk, "resolution")
    answer = sols.post(url, {"due": due, "reason": "Agreed on the phone"}, follow=True)
    html = answer.content.decode()
    assert "set by hand" in html and "Agreed on the phone" in html
    for wrong in ({"due": "x", "reason": "y"}, {"reason": "y"}, {"due": due, "reason": ""}):
        assert sols.post(url, wrong).status_code == 409
    priority = page("ticket-prioritise", ticket.pk)
    answer = sols.post(priority, {"priority": "high"}, follow=True)
    html = answer.content.decode()
    assert "High priority for" in html and "Keep the date set by hand" in html
    ticket.refresh_from_db()
    assert ticket.priority == "normal"
    sols.post(priority, {"priority": "high", "dues": "keep"})
    assert Clock.objects.get(ticket=ticket, kind="resolution").by_hand
    assert sols.post(priority, {"priority": "low", "dues": "x"}).status_code == 409
    sols.post(priority, {"priority": "low", "dues": "lift"})
    assert not Clock.objects.get(ticket=ticket, kind="resolution").by_hand
    assert sols.get(page("sla-ask", ticket.pk, "odd")).status_code == 404
    assert "No due date" in sols.get(page("sla-ask", ticket.pk, "high")).content.decode()


def test_a_date_by_hand_is_lifted(sols, desk):
    url = page("sla-set-due", desk[1].pk, "resolution")
    due = (timezone.now() + timedelta(days=9)).strftime("%Y-%m-%dT%H:%M")
    sols.post(url, {"due": due, "reason": "Agreed"})
    answer = sols.post(url, {"lift": "1", "reason": "Not needed"}, follow=True)
    assert said_of(answer)[-1] == "Due as its policy says again."


def test_a_breach_is_waived_on_its_ticket(sols, desk):
    html = sols.get(desk[0].get_absolute_url()).content.decode()
    assert "over</span>" in html and "by the wall clock" in html
    url = page("sla-waive", desk[0].pk, "first_response", 1)
    answer = sols.post(url, {"reason": "Power cut"}, follow=True)
    assert "Waived by Sol" in answer.content.decode()
