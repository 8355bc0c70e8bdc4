"""What stands beside a thread, as stencils: a ticket's properties, its deeds, its customer."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.template.defaultfilters import linebreaksbr, truncatechars
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from apps.portal import snoozing, stencils, words
from apps.portal.addresses import address_of
from apps.portal.ratings import Rating
from apps.portal.tones import SCORE_TONES
from apps.tickets.choices import Priority
from apps.tickets.models import Ticket
from apps.tickets.rules.moves import OVER

from .ui import ago, badge, day, options, person, when

register = template.Library()


@register.simple_tag(takes_context=True)
def properties(context: Mapping[str, Any]) -> SafeString:
    """Status, assignee, priority, queue, tags and what else is known of the ticket itself."""
    ticket, people, me = context["ticket"], context["people"], context["request"].user
    waits = ticket.waiting_since and ticket.status not in OVER
    gives, unlisted = me.may("tickets.assign"), ticket.assignee_id not in people
    shape = {
        "status": ticket.status,
        "moves": tuple(ticket.moves()),
        "mine": ticket.assignee_id == me.pk,
        "priority": ticket.priority,
        "priorities": Priority,
        "channel": ticket.get_channel_display(),
    }
    filled = {
        "ticket.pk": ticket.pk,
        "status_word": ticket.status_word,
        "people": options(people, ticket.assignee_id),
        "away": ticket.assignee_id if unlisted else None,
        "away_name": str(ticket.assignee) if unlisted and ticket.assignee_id else "",
        "assignee": "" if gives else person(ticket.assignee),
        "queues": options(context["queues"], ticket.queue_id),
        "queue": "" if me.may("tickets.change") else str(ticket.queue or ""),
        "tags": ", ".join(ticket.tags),
        "tag_list": format_html_join("", '<span class="tag">{}</span> ', zip(ticket.tags)),
        "reported": when(ticket.reported_at),
        "waiting": ago(ticket.waiting_since) if waits else "",
        "about": str(ticket.component) if ticket.component else "",
        "merged_into": ticket.merged_into_id,
    }
    return stencils.draw(context, "tickets/own_properties.html", shape, filled)


@register.simple_tag(takes_context=True)
def deeds(context: Mapping[str, Any]) -> SafeString:
    """What is done to it now and then: snooze, log a call, merge, link, close."""
    ticket = context["ticket"]
    shape = {
        "status": ticket.status,
        "is_unresolved": ticket.is_unresolved,
        "asleep": ticket.snoozed_until is not None,
        "snoozes": snoozing.CHOICES,
    }
    return stencils.draw(context, "tickets/deeds.html", shape, {"ticket.pk": ticket.pk})


@register.simple_tag(takes_context=True)
def customer(context: Mapping[str, Any]) -> SafeString:
    """Who asks, on what terms, and what else they asked."""
    ticket, rating, last = context["ticket"], context["rating"], context["last_rating"]
    whose, contact = ticket.customer, ticket.contact
    answers = contact is not None and context["request"].user.may("tickets.reply")
    filled = {
        "ticket.pk": ticket.pk,
        "contact": str(contact) if contact else "",
        "address": contact.email if contact and contact.name else "",
        "language": _language(contact) if contact else "",
        "pinned": format_html_join(
            "",
            '<p class="notice small" dir="auto" data-tone="warn">{}</p>',
            ((linebreaksbr(body),) for body in ticket.pinned),
        ),
        "link": ticket.link if answers else "",
        "others": _others(context["others"]),
        **(_terms(whose) if whose else {}),
        **(_rating(rating) if rating else {}),
        **(_last(last) if last else {}),
    }
    return stencils.draw(context, "tickets/customer.html", {}, filled)


def _language(contact: Any) -> str:
    """What they read, or what their mails suggest."""
    return contact.language_name or (f"perhaps {contact.guess}" if contact.guess else "")


def _terms(customer: Any) -> dict[str, Any]:
    return {
        "customer.pk": customer.pk,
        "customer.name": str(customer),
        "customer.state": badge(customer.get_status_display(), customer.status),
        "customer.terms": customer.terms,
        "customer.arr": words.money(customer.arr, customer.currency),
        "customer.renews": day(customer.renews_at) if customer.renews_at else "",
    }


def _rating(rating: Rating) -> dict[str, Any]:
    if rating.score is None:
        return {"asked": ago(rating.asked_at)}
    return {
        "score": badge(f"{rating.score} of 5", SCORE_TONES[rating.score]),
        "score_words": rating.words.lower(),
        "comment": truncatechars(rating.comment, 280),
    }


def _last(rating: Rating) -> dict[str, Any]:
    """The same of another ticket, with its number and when."""
    said = {f"last.{name}": value for name, value in _rating(rating).items()}
    return {**said, "last.ticket": rating.ticket, "last.at": ago(rating.at) if rating.at else ""}


def _others(others: Iterable[Ticket]) -> SafeString:
    return format_html_join(
        "",
        '<li><a href="{}" ><span class="dim">#{}</span> <bdi>{}</bdi></a>'
        '<span class="end">{}</span></li>',
        ((address_of("ticket", one.pk), one.pk, one.subject, badge(one.status)) for one in others),
    )
