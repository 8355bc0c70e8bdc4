"""Selects of the lists as HTML: every list has them, so they are written without a form."""

from collections.abc import Iterable
from html import escape

from django.utils.safestring import SafeString

Choice = tuple[object, str]


def options(choices: Iterable[Choice]) -> str:
    """`<option>`s; what people named is escaped here."""
    return "".join(
        f'<option value="{escape(str(value))}">{escape(str(words))}</option>'
        for value, words in choices
    )


def pick(name: str, choices: Iterable[Choice]) -> SafeString:
    """A select of the filter bar, named in its first option."""
    label = name.capitalize()
    return SafeString(
        f'<select name="{name}" aria-label="{label}" data-autosubmit>'
        f'<option value="">{label}</option>{options(choices)}</select>'
    )


def change(name: str, label: str, choices: Iterable[Choice]) -> SafeString:
    """A select of the bulk bar; its first option leaves things as they are."""
    return SafeString(
        f'<label class="inline small">{label} <select name="{name}" class="input">'
        f'<option value="">—</option>{options(choices)}</select></label>'
    )
