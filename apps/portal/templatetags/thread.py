"""What happened between two messages, written by a function."""

from collections.abc import Sequence

from django import template
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString

from apps.portal import words
from apps.portal.thread import Event

from .ui import icon, moment

register = template.Library()


@register.simple_tag
def happenings(events: Sequence[Event]) -> SafeString:
    """Events in a line, and each of them when it is opened."""
    return SafeString(
        f'<details class="events"><summary>{icon("chevron")}{_in_short(events)}</summary>'
        f'<ol class="timeline">{"".join(map(_line, events))}</ol></details>'
    )


def _in_short(events: Sequence[Event]) -> str:
    first = events[0]
    who, when = escape(first.activity.who), _when(first)
    if len(events) == 1:
        became = ",".join(f" {escape(one.name)} {escape(one.after)}" for one in first.changes)
        return f"{who} {escape(first.verb)}{became and ':'}{became}, {when}"
    others = " and others" if first.activity.who != events[-1].activity.who else ""
    return f"{len(events)} changes by {who}{others}, {when}"


def _line(event: Event) -> str:
    changed = ",".join(
        f" {escape(one.name)} {escape(one.before)} → <b>{escape(one.after)}</b>"
        for one in event.changes
    )
    return (
        f"<li><span><b>{escape(event.activity.who)}</b> {escape(event.verb)}{changed and ':'}"
        f"{changed}</span><small>{_when(event)}</small></li>"
    )


def _when(event: Event) -> SafeString | str:
    at = event.activity.at
    return moment(at, words.clock_time(timezone.localtime(at), timezone.localtime()))
