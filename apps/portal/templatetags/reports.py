"""How a table of a report is written; not by a template, for it has a thousand cells."""

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from apps.figures.figure import Figure
from apps.figures.registry import definition
from apps.figures.rules import State
from apps.portal.templatetags.ui import sureness
from apps.reports.figures.showing import AS_OF_TODAY
from apps.reports.support import address
from apps.reports.tables import Cell, Table

register = template.Library()
_SAID_ONCE = {AS_OF_TODAY}  # at the end of the page, for all of them
_FEW = (' class="dim"', '<span class="hush"> (few)</span>')


@register.simple_tag
def cell(one: Cell) -> SafeString:
    """A figure leads to its rows and says how sure it is; few are grey, and it is said."""
    if not isinstance(one, Figure):
        return escape(one)
    tone, said = _FEW if one.state is State.LOW_SAMPLE else ("", "")
    return mark_safe(  # noqa: S308  # nosec  (what is not ours is escaped)
        f'<a href="{escape(address(one))}" title="{escape(sureness(one))}"{tone}>'
        f"{escape(one.words)}{said}</a>"
    )


@register.simple_tag
def sheet(table: Table) -> SafeString:
    """The whole table; columns after those of words are numbers."""

    def line(tag: str, cells: tuple[Cell, ...]) -> str:
        written = (
            f"<{tag}>{cell(one)}</{tag}>"
            if place < table.words
            else f'<{tag} class="number">{cell(one)}</{tag}>'
            for place, one in enumerate(cells)
        )
        return f"<tr>{''.join(written)}</tr>"

    title = escape(table.title)
    return mark_safe(  # noqa: S308  # nosec  (every cell is escaped)
        f'<div class="scroll" tabindex="0" role="region" aria-label="{title}, as a table">'
        f'<table class="table"><caption class="hush">{title}</caption>'
        f"<thead>{line('th', table.head)}</thead>"
        f"<tbody>{''.join(line('td', row) for row in table.rows)}</tbody></table></div>"
    )


@register.inclusion_tag("reports/meaning.html")
def meaning(*keys: str) -> dict[str, object]:
    """What the numbers above it mean: a sheet of paper explains itself."""
    found = map(definition, keys)
    return {
        "meanings": [
            (one.title, one.formula, [said for said in one.exclusions if said not in _SAID_ONCE])
            for one in found
        ]
    }
