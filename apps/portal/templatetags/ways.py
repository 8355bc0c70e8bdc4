"""Back to where one came from: a ticket's page, in the list it was opened from."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.portal import browsing
from apps.tickets.models import Ticket

register = template.Library()


@register.simple_tag(takes_context=True)
def way_back(context: Mapping[str, Any], ticket: Ticket) -> str:
    """The ticket's page as it was left for a form about it."""
    return browsing.address(context["request"], ticket)


@register.simple_tag(takes_context=True)
def keeps_list(context: Mapping[str, Any]) -> SafeString | str:
    """A hidden field that has a form lead back into that list."""
    query = browsing.led_here(context["request"])
    return format_html('<input type="hidden" name="opened_in" value="{}">', query) if query else ""
