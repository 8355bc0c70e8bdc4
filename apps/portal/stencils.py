"""Parts of a page that their template writes once a process, and that are filled in each time.

A ticket's page has some six hundred places where a template decides something, and hardly any
of it differs from one ticket to the next. A stencil is such a part: `shape` is what it decides by
(a state, a mode, a yes or no), `filled` what stands in it. For each shape, its template runs once,
with holes where the fillings go. A filling that is nothing (`None` or no words) leaves no hole, so
`{% if phone %}{{ phone }}{% endif %}` works as ever; what is compared, counted or filtered belongs
to the shape.

What people wrote is escaped here and nowhere else; tests send markup through every part.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from .context import permitted

MARK = "\0"  # begins and ends a hole; no text of people holds a NUL
TOKEN = "csrf_token"  # noqa: S105


class Hole(str):
    """Stands for a filling while the template runs."""

    __slots__ = ()


def draw(
    context: Mapping[str, Any],
    template: str,
    shape: Mapping[str, Any],
    filled: Mapping[str, Any],
) -> SafeString:
    """The part for who looks: permissions and keys are of the shape, the token is put in."""
    person = context["request"].user
    given = {name: value for name, value in filled.items() if value is not None and value != ""}
    pieces = _cut(
        template,
        tuple(shape.items()),
        tuple(given),
        person.permissions,
        tuple(person.keys.items()),
    )
    if TOKEN in pieces[1::2]:
        given[TOKEN] = context[TOKEN]
    drawn = pieces.copy()
    drawn[1::2] = [conditional_escape(given[name]) for name in pieces[1::2]]
    return SafeString("".join(drawn))


@lru_cache(maxsize=4096)
def _cut(
    template: str,
    shape: tuple[tuple[str, Any], ...],
    given: tuple[str, ...],
    permissions: frozenset[str],
    keys: tuple[tuple[str, str], ...],
) -> list[str]:
    """What stands between the holes, and in every second place the name of a hole."""
    seen: dict[str, Any] = {
        "perms": permitted(permissions),
        "keyboard": dict(keys),
        TOKEN: f"{MARK}{TOKEN}{MARK}",
        **dict(shape),
    }
    for name in given:
        whose, _, part = name.rpartition(".")
        room = seen.setdefault(whose, {}) if whose else seen
        room[part] = Hole(f"{MARK}{name}{MARK}")
    return render_to_string(template, seen).split(MARK)
