"""A ticket's clocks: each a stencil, its parts written by a function, for it may have hundreds."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString

from apps.portal import stencils, words

from .ui import due, duration, moment, when

register = template.Library()


@register.simple_tag(takes_context=True)
def clock(context: Mapping[str, Any], one: Any) -> SafeString:
    """A clock of the panel: what it promises, how far it is, and every second explained."""
    runs, waiver = one.is_open and one.state != "paused", one.waiver
    shape = {
        "kind": one.kind,
        "state": one.state,
        "is_open": one.is_open,
        "by_hand": one.by_hand,
        "breach_cause": one.breach_cause,
        "reason": one.reason,
    }
    filled = {
        "ticket": context["panel"].ticket,
        "cycle": one.cycle,
        "title": one.title,
        "pill": due(one.due_at, one.kind, one.state, one.remaining) if runs else "",
        "elapsed": duration(one.elapsed),
        "target": duration(one.target),
        "spent": one.spent,
        "over": one.over,
        "paused": duration(one.paused) if one.paused else "",
        "overrun": duration(one.overrun) if one.overrun else "",
        "late": duration(one.late),
        "remaining": duration(one.remaining),
        "due": when(one.due_at) if one.due_at else "",
        "due_there": elsewhere(one),
        "hand": one.hand,
        "breached": when(one.breached_at) if one.breached_at else "",
        "waived_by": str(waiver.by) if waiver else "",
        "waived_for": waiver.reason if waiver else "",
        "policy": one.policy,
        "calendar": one.calendar,
        "started": when(one.started_at),
        "stopped": when(one.stopped_at) if one.stopped_at else "",
        "sums": ", ".join(f"{duration(seconds)} {why}" for why, seconds in one.sums),
        "stretches": stretches(one),
        "incident": one.update[0] if one.update else None,
    }
    return stencils.draw(context, "sla/one_clock.html", shape, filled)


def elsewhere(one: Any) -> str:
    """When it is due for the customer, unless their clock shows what the reader's does."""
    if one.due_at is None:
        return ""
    here, there = timezone.localtime(one.due_at), one.due_at.astimezone(ZoneInfo(one.zone))
    return "" if here.utcoffset() == there.utcoffset() else one.due_there


def stretches(one: Any) -> SafeString:
    """Every part of a clock: a bar of them, and each with its beginning, reason and length."""
    now = timezone.localtime()
    bar, said = [], []
    for part in one.parts:
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
