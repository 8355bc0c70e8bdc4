"""What happened between two messages, in a line."""

import re
from datetime import UTC, datetime

import pytest

from apps.portal.history import Change
from apps.portal.templatetags.thread import happenings
from apps.portal.thread import Event
from apps.timeline.models import Activity

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def short(*events):
    line = re.search("<summary>(.*?)</summary>", happenings(events), re.S)[1]
    return re.sub(r"<[^>]+>", "", line).rsplit(", ", 1)[0]


def event(verb, said, *changes):
    return Event(Activity(at=AT, verb=verb), said, tuple(Change(*one) for one in changes))


@pytest.mark.parametrize(
    ("verb", "said", "changes", "line"),
    [
        ("linked", "linked it", [], "linked it"),
        ("assigned", "assigned it", [("assignee", "nobody", "Ada")], "assigned it to Ada"),
        (
            "assigned",
            "assigned it",
            [("status", "new", "open"), ("assignee", "nobody", "Ada")],
            "assigned it to Ada, now open",
        ),
        ("moved", "moved it", [("status", "open", "resolved")], "moved it to resolved"),
        (
            "prioritised",
            "changed the priority",
            [("priority", "low", "<high>"), ("tags", "none", "vip")],
            "changed the priority to &lt;high&gt;, tags vip",
        ),
        ("tagged", "tagged it", [("tags", "none", "vip")], "tagged it: tags vip"),
        ("assigned", "assigned it", [("queue", "none", "Billing")], "assigned it: queue Billing"),
    ],
)
def test_one_event_says_what_it_led_to(verb, said, changes, line):
    assert short(event(verb, said, *changes)).endswith(line)


def test_several_are_counted():
    assert short(event("linked", "linked it"), event("tagged", "tagged it")).startswith("2 changes")
