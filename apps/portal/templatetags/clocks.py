"""A clock's parts, written by a function: it may have hundreds of them."""

from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString

from apps.portal import words

from .ui import moment

register = template.Library()


@register.simple_tag
def stretches(clock: Any) -> SafeString:
    """Every part of a clock: a bar of them, and each with its beginning, reason and length."""
    now = timezone.localtime()
    bar, said = [], []
    for part in clock.parts:
        bar.append(f'<rect x="{part.x}" width="{part.width}" height="1" data-part="{part.tone}"/>')
        begin = moment(part.begin, words.clock_time(timezone.localtime(part.begin), now))
        counted = " data-counted" if part.why == "counted" else ""
        said.append(
            f"<li{counted}><span>{begin} {escape(part.words)}</span>"
            f"<span>{words.duration(part.seconds)}</span></li>"
        )
    return SafeString(
        '<svg class="bar" preserveAspectRatio="none" viewBox="0 0 1000 1" aria-hidden="true">'
        f'{"".join(bar)}</svg><ol class="segments">{"".join(said)}</ol>'
    )
