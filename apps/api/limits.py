"""How often and how much a program may ask."""

from django.conf import settings
from django.utils import timezone
from rest_framework.throttling import BaseThrottle

from apps.tickets.files import LARGEST

from .models import ApiMinute

LARGEST_BODY = 256 * 1024
LARGEST_FILE = LARGEST * 4 // 3 + 4  # as base64
WITH_FILES = LARGEST_FILE + LARGEST_BODY


class TokenRate(BaseThrottle):
    """So many calls a minute per token, counted in PostgreSQL for all processes together."""

    def allow_request(self, request, view) -> bool:
        now = timezone.now()
        minute = now.replace(second=0, microsecond=0)
        self.left = 60 - now.second
        return ApiMinute.objects.count_one(request.auth.pk, minute) <= settings.API_CALLS_A_MINUTE

    def wait(self) -> int:
        return self.left
