"""The time zones people choose from."""

import zoneinfo
from functools import cache, lru_cache
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

OLD = ("Etc/", "SystemV/", "US/", "posix", "right/")


@cache
def zone_choices() -> tuple[tuple[str, str], ...]:
    """Every IANA zone named after a place, and UTC."""
    names = sorted(
        name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith(OLD)
    )
    return (("UTC", "UTC"), *((name, name.replace("_", " ")) for name in names))


class ZoneSelect(forms.Select):
    """A choice among all zones, whose six hundred options are written once for each chosen one."""

    def render(
        self, name: str, value: Any, attrs: dict | None = None, renderer: Any = None
    ) -> SafeString:
        named = self.build_attrs(self.attrs, {**(attrs or {}), "name": name})
        options = _options(tuple(self.choices), str(value or ""))
        return format_html("<select{}>{}</select>", flatatt(named), options)


@lru_cache(maxsize=32)
def _options(choices: tuple[tuple[str, str], ...], chosen: str) -> SafeString:
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((value, " selected" if value == chosen else "", said) for value, said in choices),
    )


class ZoneField(forms.ChoiceField):
    """One of the zones."""

    widget = ZoneSelect

    def __init__(self, **more: Any) -> None:
        super().__init__(choices=zone_choices, **more)
