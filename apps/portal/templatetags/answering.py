"""The composer below a thread, as a stencil: only its words and numbers are a ticket's own."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from apps.portal import stencils, words
from apps.portal.addresses import address_of
from apps.portal.writing import Writing
from apps.tickets.choices import Mode, Next
from apps.tickets.rules.addresses import split

from .ui import icon

register = template.Library()


@register.simple_tag(takes_context=True)
def composer(context: Mapping[str, Any]) -> SafeString:
    """Reply and note, each with its editor, draft, files and ways to send."""
    ticket, writing = context["ticket"], context["writing"]
    stop = ticket.stop if ticket.stopped and writing.replies else None
    shape = {
        "mode": writing.mode,
        "replies": writing.replies,
        "next": Next,
        "largest": writing.largest,
        "most": writing.most,
    }
    filled = {
        "ticket.pk": ticket.pk,
        "ticket.version": ticket.version,
        "back": context["place"].back,
        "contact": str(ticket.contact) if ticket.contact else "",
        "address": ticket.contact.email if ticket.contact else "",
        "status_word": ticket.status_word.lower(),
        "merged_into": ticket.merged_into_id,
        "stop": stop.sentence if stop else "",
        "thanked": context.get("thanked", ""),
        "copies": writing.copies,
        "copies_stopped": _stopped(ticket, writing, context.get("stops") or {}),
        "seen": writing.seen,
        "shown": writing.shown,
        "review": words.plural(len(writing.news), "new message") if writing.news else "",
        **_editor(ticket, writing, Mode.REPLY),
        **_editor(ticket, writing, Mode.NOTE),
    }
    return stencils.draw(context, "tickets/composer.html", shape, filled)


def _stopped(ticket: Any, writing: Writing, stops: Mapping[str, Any]) -> SafeString:
    """Copies that would not arrive, each with what lifts that."""
    lifts = address_of("ticket-try-again", ticket.pk)
    return format_html_join(
        "",
        '<p class="stopped only-reply">{}<span>{}</span><button class="button small" name="address"'
        ' value="{}" formaction="{}" hx-post="{}" hx-params="csrfmiddlewaretoken,mode,address"'
        " formnovalidate>Try again</button></p>",
        (
            (icon("alert"), stops[one].sentence, one, lifts, lifts)
            for one in split(writing.copies)
            if one in stops
        ),
    )


def _editor(ticket: Any, writing: Writing, mode: str) -> dict[str, Any]:
    """What one editor holds; where nothing was drafted its parts are as empty for everybody."""
    filled = {f"{mode}.name": writing.editors[mode]}
    if draft := writing.drafts.get(mode):
        seen = {"ticket": ticket, "draft": draft, "mode": mode}
        filled |= {
            f"{mode}.words": draft.shown,
            f"{mode}.files": render_to_string("tickets/_files.html", seen),
            f"{mode}.saved": render_to_string("tickets/_saved.html", seen),
        }
    return filled
