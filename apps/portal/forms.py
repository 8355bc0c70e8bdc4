"""What all forms of the portal share."""

from django import forms

from apps.timeline.refusal import Refused
from apps.timeline.text import clean_line, clean_text

FIRST = {"autofocus": True}
"""Attributes of the field one types into first, on a page that a key leads to."""


class Line(forms.CharField):
    """One clean line of text."""

    def __init__(self, *, limit: int = 200, **options) -> None:
        super().__init__(max_length=limit, **options)
        self.limit = limit

    def clean(self, value):
        return _clean(clean_line, super().clean(value), self.limit)


class Text(forms.CharField):
    """A clean body of text."""

    widget = forms.Textarea

    def __init__(self, *, limit: int = 65_536, **options) -> None:
        super().__init__(max_length=limit, strip=False, **options)
        self.limit = limit

    def clean(self, value):
        value = super().clean(value)
        if self.required and not value.strip():
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return _clean(clean_text, value, self.limit)


def _clean(rule, value: str, limit: int) -> str:
    try:
        return rule(value, limit=limit)
    except Refused as refused:
        raise forms.ValidationError(refused.sentence, code=refused.code) from refused


class Instant(forms.DateTimeField):
    """A moment in the person's own zone."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def __init__(self, **options) -> None:
        options.setdefault("input_formats", ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])
        super().__init__(**options)
