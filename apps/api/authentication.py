"""Who a program speaks for."""

from rest_framework.authentication import BaseAuthentication


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer TOKEN`."""
