"""What every page of the portal shows around its body."""

import json
from functools import cache
from typing import Any

from django.http import HttpRequest

from . import desk, keys, navigation
from .counts import rail_counts
from .deeds import DEEDS


def pins_of(request: HttpRequest) -> tuple[desk.Pin, ...]:
    """The saved views in this person's rail; the desk was counted for the numbers already."""
    return desk.railed(request.user).pins if request.user.may("tickets.read") else ()


def shell(request: HttpRequest) -> dict:
    """Navigation, its counts, and how this person likes to see the portal."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"theme": "auto", "density": "comfortable"}
    counts = cache(lambda: rail_counts(user))
    return {
        "me": str(user),
        "perms": permitted(user.permissions),
        "theme": user.theme,
        "density": user.density,
        "rail": lambda: navigation.draw(request, counts(), pins_of(request)),
        "own_keys": json.dumps(keys.for_script(user.keys)) if user.keys else "",
        "deeds": _deeds(user.permissions),
        "bell": lambda: counts()["portal:notifications"],
    }


@cache
def _deeds(permissions: frozenset[str]) -> str:
    """For the script: the verb under each key."""
    known = (deed for deed in DEEDS if deed.key and deed.permission in permissions)
    return json.dumps({deed.key: deed.name for deed in known})


class _Permitted(dict[str, Any]):
    """`perms.tickets.change` in a template: a look-up, and no more for what is not permitted."""

    def __missing__(self, name: str) -> bool:
        return False


@cache
def permitted(permissions: frozenset[str]) -> _Permitted:
    found = _Permitted()
    for permission in permissions:
        area, name = permission.split(".", 1)
        found.setdefault(area, _Permitted())[name] = True
    return found
