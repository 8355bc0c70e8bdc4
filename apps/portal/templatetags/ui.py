"""The words of the face: every component a page may use, each documented in docs/face.md."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django import template
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from apps.portal import keys as key_table
from apps.portal import navigation, tones, words
from apps.portal.addresses import address_of
from apps.portal.history import history
from apps.tickets.rules import passes, pictures
from apps.tickets.rules.variables import VARIABLES, fill

register = template.Library()

register.filter("tone", tones.tone_of)
register.filter("keyless", passes.hidden)
register.filter("number", words.number)
register.filter("brief", words.brief)
register.filter("capped", words.capped)
register.filter("filesize", words.human_size)


@register.filter
def duration(seconds: float | None) -> str:
    """`7500` as "2 h 05 m"."""
    return "—" if seconds is None else words.duration(seconds)


@register.filter
def money(value: Decimal | None, currency: str = "EUR") -> str:
    """`18400` as "€ 18 400"."""
    return words.money(value, currency)


@register.filter
def plural(count: int, one: str) -> str:
    """`2|plural:"ticket"` as "2 tickets"."""
    return words.plural(count, one)


@register.filter
def of(found: Mapping[Any, Any], key: Any) -> Any:
    """`counts|of:customer.pk`: what a mapping holds for a key, or nothing."""
    return found.get(key)


@register.filter
def word(state: str) -> str:
    """A state's name as people read it: `waiting_customer` as "waiting customer"."""
    return _SHORT.get(str(state), str(state).replace("_", " "))


_SHORT = dict.fromkeys(
    ("breached_open", "breached_closed"), "breached"
)  # open or not stands beside


@register.filter
def drawn(message: Any, place: str = "") -> SafeString:
    """What a message says, with its pictures; `place` is the page they are below, a ticket's own
    unless another is named."""
    here = place or reverse("portal:ticket", args=[message.ticket_id])
    said = pictures.draw(message.html or message.shown, lambda digest: f"{here}pictures/{digest}/")
    return mark_safe(said)  # noqa: S308  (sanitised when it was written)


@register.filter
def loose(message: Any) -> list[Any]:
    """Its files that are not drawn among its words."""
    drawn_already = pictures.drawn(message.html)
    return [file for file in message.attachments.all() if file.digest not in drawn_already]


# --- time ------------------------------------------------------------------------------------


def moment(at: datetime | None, said: str, live: str = "") -> SafeString | str:
    """A time element: words inside, the exact instant on hover and for programs."""
    if at is None:
        return "—"
    kept = f' data-live="{live}"' if live else ""
    return SafeString(
        f'<time datetime="{at.isoformat(timespec="seconds")}" '
        f'title="{words.exact(timezone.localtime(at))}"{kept}>{escape(said)}</time>'
    )


@register.filter
def ago(at: datetime | None) -> SafeString | str:
    """ "2 h 05 m ago"."""
    return moment(at, words.ago(at, timezone.now()) if at else "", "ago")


@register.filter
def within(at: datetime | None) -> SafeString | str:
    """ "in 2 h 05 m"."""
    return moment(at, words.within(at, timezone.now()) if at else "", "within")


@register.filter
def when(at: datetime | None) -> SafeString | str:
    """ "14:26", "Mon 14:26", "3 Nov 14:26": the person's own zone."""
    if at is None:
        return "—"
    local = timezone.localtime(at)
    return moment(at, words.clock_time(local, timezone.localtime()))


@register.simple_tag
def span(start: datetime, end: datetime) -> SafeString:
    """ "3 Nov 14:26 – 15:10", "3 Nov 14:26 – 5 Nov 09:00": both days where they differ."""
    begin, stop = words.between(timezone.localtime(start), timezone.localtime(end))
    return SafeString(f"{moment(start, begin)} – {moment(end, stop)}")


@register.filter
def places(text: str) -> str:
    """Prepared words with their variables as people read them: "Hello [their first name],"."""
    said = {name: f"[{what[0].lower()}{what[1:]}]" for name, what in VARIABLES.items()}
    return fill(text, said)[0]


@register.filter
def epoch(at: float | None) -> datetime | None:
    """Seconds since 1970 as an instant for the filters above."""
    return None if at is None else datetime.fromtimestamp(at, UTC)


@register.filter
def day(at: datetime | None) -> SafeString | str:
    """ "3 Nov 2026"."""
    if at is None:
        return "—"
    local = timezone.localtime(at) if isinstance(at, datetime) else at
    said = f"{local.day} {local:%b %Y}"
    return moment(at, said) if isinstance(at, datetime) else said


DUE_LETTERS = {
    "first_response": ("F", "First response"),
    "next_response": ("N", "Next response"),
    "resolution": ("R", "Resolution"),
}


@register.simple_tag
def due(at: datetime | None, kind: str, state: str, left: int | None = None) -> SafeString | str:
    """A clock in a pill: time left or over, paused, met or breached; and which clock."""
    return clock_pill(at, kind, state, left, timezone.now())


def clock_pill(
    at: datetime | None, kind: str, state: str, left: int | None, now: datetime
) -> SafeString | str:
    """The pill as HTML; lists call it once a row."""
    if state == "paused":
        rest = f" {words.duration(left)}" if left is not None else ""
        pill = _pill("muted", "pause", f"paused{rest}")
    elif state == "met":
        pill = _pill("good", "check", "met")
    elif state == "breached_closed":
        pill = _pill("bad", "cross", "breached")
    elif at is None:
        return mark_safe('<span class="due dim">no clock</span>')
    else:
        pill = _running(at, (at - now).total_seconds(), broken=state == "breached_open")
    letter, name = DUE_LETTERS.get(kind, ("", ""))
    if not letter:
        return pill
    return SafeString(f'<span class="due">{pill}<abbr title="{name}">{letter}</abbr></span>')


SOON = 2 * words.HOUR


def _running(at: datetime, left: float, *, broken: bool) -> SafeString:
    """A promise once broken stays so, even where a later change has put its due time off."""
    if broken or left < 0:
        tone, drawn = "bad", "dot"
    else:
        tone, drawn = ("warn", "half") if left < SOON else ("good", "ring")
    said = words.duration(left) if abs(left) < 2 * words.DAY else words.duration(left, days=True)
    marks = stamp(at, timezone.get_current_timezone(), "Due ")
    return _pill(tone, drawn, f'<time {marks} data-live="due">{said}</time>')


@lru_cache(maxsize=20_000)
def stamp(at: datetime, zone: tzinfo, said: str = "") -> str:
    """An instant for programs and, in somebody's zone, on hover; lists show the same ones again."""
    local = words.exact(at.astimezone(zone))
    return f'datetime="{at.isoformat(timespec="seconds")}" title="{said}{local}"'


def _pill(tone: str, drawn: str, said: str) -> SafeString:
    """Only our own words enter: no input of people stands in a pill."""
    return SafeString(f'<span class="badge" data-tone="{tone}">{icon(drawn)}{said}</span>')


# --- states and people -----------------------------------------------------------------------


@register.simple_tag
@lru_cache(maxsize=512)
def icon(name: str, label: str = "") -> SafeString:
    """A drawing of the sprite; with a label it speaks, without it is silent."""
    return format_html(
        '<svg class="icon" {}><use href="{}#{}"/></svg>',
        format_html('role="img" aria-label="{}"', label)
        if label
        else mark_safe('aria-hidden="true"'),
        static("portal/icons.svg"),
        name,
    )


@register.simple_tag
def badge(text: Any, tone: str = "", icon: str = "", title: str = "") -> SafeString:
    """A state word with icon and tone; both come from the word itself when it is known."""
    return _badge(str(text), tone, icon, title)


@lru_cache(maxsize=1024)
def _badge(state: str, tone: str, icon: str, title: str) -> SafeString:
    key = tone or state
    return format_html(
        '<span class="badge" data-tone="{}"{}>{}{}</span>',
        tones.tone_of(key),
        format_html(' title="{}"', title) if title else "",
        _icon(icon or tones.icon_of(state if state in tones.TONES else key)),
        word(state),
    )


_icon = icon


@register.simple_tag
def avatar(user: Any, large: bool = False) -> SafeString:
    """Initials in a circle; a dashed circle for nobody."""
    if user is None:
        return mark_safe('<span class="avatar" data-nobody title="Nobody">—</span>')
    return format_html(
        '<span class="avatar{}" title="{}" aria-hidden="true">{}</span>',
        " large" if large else "",
        str(user),
        initials(str(user)),
    )


def initials(name: str) -> str:
    """The first letters of the first and last word."""
    parts = name.split()
    return "".join(part[0] for part in parts[:1] + parts[1:][-1:]).upper()


@register.simple_tag
def person(user: Any, nobody: str = "Nobody") -> SafeString:
    """Avatar and name."""
    if user is None:
        return format_html('<span class="person dim">{}</span>', nobody)
    return format_html('<span class="person">{} {}</span>', avatar(user), str(user))


@register.simple_tag
def options(names: Mapping[Any, str], chosen: Any = None) -> SafeString:
    """The options of a select by their values; drawn once for all who are offered the same."""
    drawn = _options(tuple(names.items()))
    if chosen in names:
        value = f'value="{escape(chosen)}"'
        drawn = SafeString(drawn.replace(value, f"{value} selected", 1))
    return drawn


@lru_cache(maxsize=64)
def _options(names: tuple[tuple[Any, str], ...]) -> SafeString:
    return format_html_join("", '<option value="{}">{}</option>', names)


@register.simple_tag(takes_context=True)
def kbd(context: Mapping[str, Any], keys: str) -> SafeString:
    """Keys to press, by their name in the table of keys: `{% kbd "m m" %}`; as the person chose."""
    chosen = context.get("keyboard")  # a stencil's
    if chosen is None:
        chosen = getattr(getattr(context.get("request"), "user", None), "keys", {})
    return _caps(key_table.chosen(chosen, keys))


@lru_cache(maxsize=512)
def _caps(said: str) -> SafeString:
    return format_html_join(" ", "<kbd>{}</kbd>", ((key,) for key in key_table.spelt(said)))


@register.simple_tag(takes_context=True)
def key_sheet(context: Mapping[str, Any]) -> SafeString:
    """The help sheet: the table of keys, and the pages `g` goes to."""
    user = context["request"].user
    return _key_sheet(tuple(user.keys.items()), user.permissions)


@lru_cache(maxsize=256)
def _key_sheet(choice: tuple[tuple[str, str], ...], permissions: frozenset[str]) -> str:
    """Every page carries it, and it is the same for all who chose the same keys."""
    rows = [(key.group, key.keys, key.label) for key in key_table.TABLE]
    rows += [(key_table.GOING, keys, label) for keys, label in navigation.goings(permissions)]
    groups: dict[str, list[tuple[SafeString, str]]] = {}
    for group, keys, label in rows:
        caps = _caps(key_table.chosen(dict(choice), keys))
        groups.setdefault(group, []).append((caps, label))
    return render_to_string("portal/keys.html", {"groups": groups})


# --- parts that are drawn once ---------------------------------------------------------------

HOLE = "\0token\0"  # where a form's token goes; no text of people holds a NUL


@register.simple_tag(takes_context=True)
def once(context: Mapping[str, Any], template: str, **words: Any) -> SafeString:
    """A part that is the same for the same words: `{% once "portal/top.html" person=name %}`.

    It is drawn once a process and sees its words alone; its forms get their token each time.
    """
    drawn = _once(template, tuple(words.items()))
    return SafeString(drawn.replace(HOLE, str(context["csrf_token"]))) if HOLE in drawn else drawn


@lru_cache(maxsize=1024)
def _once(template: str, words: tuple[tuple[str, Any], ...]) -> SafeString:
    return render_to_string(template, {**dict(words), "csrf_token": HOLE})


# --- figures ---------------------------------------------------------------------------------


@register.simple_tag
def figure(f: Any, size: str = "card", url: str = "") -> SafeString:
    """A Figure: as a card, or as words in a line with size="line"; a click explains it."""
    href, known = url or f.address, f.state.counts
    if size == "line":
        return format_html(
            '<a class="measure" href="{}"><b class="why">{}</b> {}</a>',
            href,
            f.words,
            badge(f.state, title=f.reason),
        )
    return format_html(
        '<a class="figure" href="{}"{}><div><span>{}</span>{}</div>'
        '<div><span class="value">{}</span>{}</div>'
        '<div><span class="why">{}</span><span class="target">{}</span></div></a>',
        href,
        "" if known else mark_safe(" data-unknown"),
        f.title,
        badge(f.state, title=f.reason),
        _value(f.words),
        getattr(f, "sparkline", ""),
        sureness(f) if known else f.reason,
        f.target_words,
    )


def _value(said: str) -> SafeString | str:
    """The unit of a plain number stands smaller."""
    value, gap, unit = said.rpartition(words.THIN)
    if not gap or " " in value or not unit or unit[0].isdigit():
        return said
    return format_html("{} <small>{}</small>", value, unit)


def sureness(f: Any) -> str:
    """How sure a value is: its interval, sample, coverage and window."""
    parts = [f.interval_words]
    if f.n is not None:
        parts.append(f"n = {words.number(f.n)}")
    if f.coverage is not None and f.coverage < 1:
        parts.append(f"{words.number(100 * f.coverage, 1)} % seen")
    if f.window is not None:
        parts.append(str(f.window))
    return ", ".join(part for part in parts if part) or f.reason


@register.simple_tag
def progress(done: int, total: int | None, label: str = "Progress", tone: str = "") -> SafeString:
    """A bar with its numbers; without a total it says how far, not how much is left."""
    if not total:
        return format_html(
            '<div class="progress"><progress aria-label="{}"></progress>'
            "<div><span>{} done</span></div></div>",
            label,
            words.number(done),
        )
    return format_html(
        '<div class="progress"><progress aria-label="{}" value="{}" max="{}"{}></progress>'
        "<div><span>{} of {}</span><span>{} %</span></div></div>",
        label,
        done,
        total,
        format_html(' data-tone="{}"', tone) if tone else "",
        words.number(done),
        words.number(total),
        100 * done // total,
    )


# --- addresses -------------------------------------------------------------------------------


@register.simple_tag
def at(name: str, *parts: Any) -> SafeString:
    """The address of a page of the portal: `{% at "ticket-move" ticket.pk %}`."""
    return SafeString(address_of(name, *parts))


@register.simple_tag
def sends(name: str, *parts: Any) -> SafeString:
    """Where a form goes, with a script and without: `<form {% sends "ticket-move" 4 %}>`."""
    url = address_of(name, *parts)
    return SafeString(f'method="post" action="{url}" hx-post="{url}"')


# --- pages -----------------------------------------------------------------------------------


@register.inclusion_tag("ui/empty.html")
def nothing(title: str, why: str = "", url: str = "", step: str = "") -> dict[str, str]:
    """An empty state: what this is, why it is empty, the one next step."""
    return {"title": title, "why": why, "url": url, "step": step}


@register.inclusion_tag("ui/tabs.html")
def tabs(items: Iterable[tuple[str, str]], current: str, label: str = "Parts") -> dict[str, Any]:
    """Links between the pages of one record: `items` are (words, url)."""
    return {"items": items, "current": current, "label": label}


@register.inclusion_tag("ui/pager.html", takes_context=True)
def pager(context: Mapping[str, Any], keyset: Any, target: str = "") -> dict[str, Any]:
    """Links of a keyset page: `keyset` has `first`, `before`, `after` (cursor or empty)."""
    request: HttpRequest = context["request"]
    return {
        "target": target,
        "said": getattr(keyset, "said", ""),
        "first": address(request, before=None, after=None) if keyset.before else "",
        "before": address(request, before=keyset.before, after=None) if keyset.before else "",
        "after": address(request, after=keyset.after, before=None) if keyset.after else "",
    }


def address(request: HttpRequest, **changes: str | None) -> str:
    """This page's URL with some of its filters changed; None takes one away."""
    kept = {name: said for name, said in request.GET.lists() if name not in changes}
    query = urlencode(kept | {name: said for name, said in changes.items() if said}, doseq=True)
    return f"{request.path}?{query}" if query else request.path


@register.simple_tag(takes_context=True)
def filtered(context: Mapping[str, Any], **changes: str | None) -> str:
    """The page's URL with these filters set: `{% filtered status="open" after=None %}`."""
    return address(context["request"], **changes)


@register.inclusion_tag("ui/timeline.html")
def timeline(activities: Iterable[Any]) -> dict[str, Any]:
    """What happened to a record, oldest first."""
    return {"steps": history(activities)}


@register.inclusion_tag("ui/field.html")
def field(bound: Any) -> dict[str, Any]:
    """One form field with label, help and errors; the same as `{{ field.as_field_group }}`."""
    return {"field": bound}
