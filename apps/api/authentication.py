"""Who a program speaks for."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed

from apps.accounts.models import ApiToken, User

SCHEME = "bearer"
LONGEST = 200
SEEN_EVERY = timedelta(minutes=1)


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer TOKEN`; a browser's session opens nothing here."""

    def authenticate(self, request) -> tuple[User, ApiToken] | None:
        header = request.META.get("HTTP_AUTHORIZATION", "")
        scheme, _, secret = header.partition(" ")
        if not header:
            return None
        secret = secret.strip()
        if scheme.lower() != SCHEME or not secret.isascii() or not 0 < len(secret) <= LONGEST:
            raise AuthenticationFailed("Send the header Authorization: Bearer TOKEN.")
        digest = ApiToken.digest_of(secret)
        token = ApiToken.objects.select_related("owner").filter(digest=digest).first()
        now = timezone.now()
        if token is None or not token.usable(at=now):
            raise AuthenticationFailed("This token is unknown, revoked or expired.")
        self._see(token, now)
        return token.speaks_as(), token

    def authenticate_header(self, request) -> str:
        return "Bearer"

    @staticmethod
    def _see(token: ApiToken, now) -> None:
        """Note the use, at most once a minute."""
        earlier = now - SEEN_EVERY
        if token.last_used_at is None or token.last_used_at < earlier:
            unseen = Q(last_used_at=None) | Q(last_used_at__lt=earlier)
            ApiToken.objects.filter(unseen, pk=token.pk).update(last_used_at=now)
