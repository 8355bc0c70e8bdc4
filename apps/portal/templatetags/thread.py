"""A thread: each message a stencil, what happened between two of them written by a function."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.template.defaultfilters import linebreaksbr
from django.utils import timezone
from django.utils.html import escape, format_html_join
from django.utils.safestring import SafeString

from apps.portal import stencils, words
from apps.portal.addresses import address_of
from apps.portal.thread import Entry, Event, Sent
from apps.tickets.rules.moves import OVER

from .ui import avatar, drawn, duration, icon, loose, moment, when

register = template.Library()

ITSELF = {
    "assigned": "assignee",
    "shared_out": "assignee",
    "moved": "status",
    "prioritised": "priority",
    "filed": "queue",
}


@register.simple_tag(takes_context=True)
def message(
    context: Mapping[str, Any], entry: Entry, deliveries: Mapping[int, Sent] | None = None
) -> SafeString:
    """What somebody said: who, to whom, what became of it, and the words."""
    said, ticket = entry.message, context["ticket"]
    sent, aside = (deliveries or {}).get(said.pk), said.side_id
    own = said.ticket_id == ticket.pk
    shape = {
        "direction": said.direction,
        "automatic": said.automatic,
        "left": bool(aside) and said.left,
        "is_new": entry.is_new,
        "on_side": bool(context.get("side")),
        "stranger": said.stranger,
        "channel": said.channel,
        "answered": said.answered,
        "undone": said.undone_at is not None,
        "bounced": said.bounced_at is not None,
        "sent": sent.delivery.state if sent else "",
        "elsewhere": not own,
        "splits": (own and said.direction == "in" and ticket.is_unresolved)
        and not (said.automatic or entry.begins or said.undone_at),
        "logged": own
        and bool(said.channel)
        and ticket.status not in OVER
        and not (said.undone_at or entry.begins),
    }
    filled = {
        "pk": said.pk,
        "ticket": ticket.pk,
        "own_ticket": said.ticket_id,
        "face": avatar(said.who),
        "who": said.who,
        "aside": aside,
        "side": str(said.side) if aside else "",
        "contact": str(ticket.contact or "the customer"),
        "length": duration(said.duration.total_seconds()) if said.duration else "",
        "now": next((one.after for one in entry.became if one.name == "status"), ""),
        "cc": _copies(said.cc, context.get("stops") or {}),
        "at": when(said.at),
        "body": drawn(said) if said.html else linebreaksbr(said.body),
        "quoted": said.quoted,
        "remarks": linebreaksbr(said.remarks),
        "files": _files(said) if said.attachments_count else "",
        **(_sent(sent) if sent else {}),
    }
    return stencils.draw(context, "tickets/message.html", shape, filled)


def _copies(addresses: Sequence[str], stops: Mapping[str, Any]) -> SafeString:
    """Who got a copy, and to whom none arrives."""
    sign = icon("alert", "mail came back")
    marked = ((one, sign if one in stops else "") for one in addresses)
    return format_html_join(", ", '<span class="with-icon">{}{}</span>', marked)


def _files(said: Any) -> SafeString:
    return format_html_join(
        "",
        '<a class="tag" href="{}" download>{} · {}</a>',
        (
            (
                address_of("attachment", said.ticket_id, file.pk),
                file.name,
                words.human_size(file.size),
            )
            for file in loose(said)
        ),
    )


def _sent(sent: Sent) -> dict[str, Any]:
    """What became of its mail."""
    return {
        "until": timezone.localtime(sent.until).isoformat() if sent.until else "",
        "trouble": sent.delivery.trouble,
        "delivery_url": sent.delivery.get_absolute_url(),
        "last_error": sent.delivery.last_error,
    }


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
        return f"{who} {escape(first.verb)}{_became(first)}, {when}"
    others = " and others" if first.activity.who != events[-1].activity.who else ""
    return f"{len(events)} changes by {who}{others}, {when}"


def _became(event: Event) -> str:
    """What a change led to: " to Ada, now open", or each field with what it is now."""
    itself = ITSELF.get(event.activity.verb)
    after = {one.name: escape(one.after) for one in event.changes}
    if itself not in after:
        became = ",".join(f" {escape(name)} {said}" for name, said in after.items())
        return f"{became and ':'}{became}"
    beside = [
        f"now {said}" if name == "status" else f"{escape(name)} {said}"
        for name, said in after.items()
        if name != itself
    ]
    return ", ".join([f" to {after[itself]}", *beside])


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
