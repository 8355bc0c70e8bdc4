"""How allauth behaves here."""

import hashlib
from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

log = structlog.get_logger(__name__)


class ClosedDoor(DefaultAccountAdapter):
    """Nobody signs themselves up; who comes, goes, or does not get in is a line of the log."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def login(self, request: HttpRequest, user: Any) -> None:
        """With what they proved to be themselves: a password, and perhaps a second factor."""
        said = request.session.get("account_authentication_methods", [])
        super().login(request, user)
        by = [one["method"] for one in said]
        log.info("signed in", user_id=user.pk, by=by, ip=self.get_client_ip(request))

    def logout(self, request: HttpRequest) -> None:
        log.info("signed out", user_id=request.user.pk)
        super().logout(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """The name as a digest: the same one is seen again, and a password typed there is not."""
        digest = hashlib.sha256(credentials.get("email", "").lower().encode()).hexdigest()
        log.warning("sign-in failed", name=digest[:12], ip=self.get_client_ip(request))
