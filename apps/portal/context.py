"""What every page of the portal shows around its body."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from . import navigation
from .counts import rail_counts


def shell(request: HttpRequest) -> dict:
    """Navigation, its counts, and how this person likes to see the portal."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"theme": "auto", "density": "comfortable"}
    counts = SimpleLazyObject(lambda: rail_counts(user))
    return {
        "theme": user.theme,
        "density": user.density,
        "rail": SimpleLazyObject(lambda: navigation.draw(request, counts)),
        "bell": SimpleLazyObject(lambda: counts["portal:notifications"]),
    }
