"""What every page of the portal shows around its body."""

import json

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from . import desk, keys, navigation
from .counts import rail_counts
from .deeds import allowed


def pins_of(request: HttpRequest) -> tuple[desk.Pin, ...]:
    """The saved views in this person's rail; the desk was counted for the numbers already."""
    return desk.of(request).pins if request.user.may("tickets.read") else ()


def shell(request: HttpRequest) -> dict:
    """Navigation, its counts, and how this person likes to see the portal."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"theme": "auto", "density": "comfortable"}
    counts = SimpleLazyObject(lambda: rail_counts(user))
    return {
        "theme": user.theme,
        "density": user.density,
        "rail": SimpleLazyObject(lambda: navigation.draw(request, counts, pins_of(request))),
        "goings": SimpleLazyObject(lambda: navigation.draw_hidden(user)),
        "own_keys": json.dumps(keys.for_script(user.keys)) if user.keys else "",
        "deeds": json.dumps({deed.key: deed.name for deed in allowed(user) if deed.key}),
        "bell": SimpleLazyObject(lambda: counts["portal:notifications"]),
    }
