"""How a cell of a report is written."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.figures.figure import Figure
from apps.figures.rules import State
from apps.portal.templatetags.ui import sureness
from apps.reports.support import address

register = template.Library()


@register.simple_tag
def cell(one: Figure | str) -> SafeString | str:
    """A figure leads to its rows and says how sure it is; few are grey, and it is said."""
    if not isinstance(one, Figure):
        return one
    few = one.state is State.LOW_SAMPLE
    return format_html(
        '<a href="{}" title="{}"{}>{}{}</a>',
        address(one),
        sureness(one),
        SafeString(' class="dim"') if few else "",
        one.words,
        SafeString('<span class="hush"> (few)</span>') if few else "",
    )
