"""What every page of the portal shows around its body."""

from django.http import HttpRequest


def shell(request: HttpRequest) -> dict:
    """Navigation and its counts."""
    return {}
