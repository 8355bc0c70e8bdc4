"""What a token may do: each resource names a permission per action; what is not named is shut."""

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from apps.accounts.models import ApiToken

READING = frozenset({"list", "retrieve", "timeline"})


def permission_of(view) -> str | None:
    """The permission this request needs, or none when nobody may."""
    action = view.action
    return view.needs.get("read" if action in READING else action)


def may(request: Request, permission: str) -> bool:
    """Whether the token and its owner allow it."""
    return isinstance(request.auth, ApiToken) and request.auth.may(permission)


class Scoped(BasePermission):
    """The token's scopes and its owner's roles both allow it."""

    message = "This token may not do that."

    def has_permission(self, request, view) -> bool:
        if view.action is None:  # a method the resource does not have: 405 says so
            return request.auth is not None
        needed = permission_of(view)
        return needed is not None and may(request, needed)
