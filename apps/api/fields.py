"""Fields that take in text and time by the rules of the house."""

from datetime import UTC, datetime
from typing import Any

from rest_framework import serializers

from apps.timeline.refusal import Refused
from apps.timeline.text import clean_line, clean_text

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


class Words(serializers.CharField):
    """A body of text."""

    clean = staticmethod(clean_text)

    def __init__(self, *, limit: int = 65_536, **more: Any) -> None:
        self.limit = limit
        super().__init__(max_length=limit, trim_whitespace=False, **more)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):  # a number or a boolean is not a text
            self.fail("invalid")
        try:
            return self.clean(data, limit=self.limit)
        except Refused as refused:
            raise serializers.ValidationError(refused.sentence, code=refused.code) from refused


class Line(Words):
    """A title or a name."""

    clean = staticmethod(clean_line)

    def __init__(self, *, limit: int = 200, **more: Any) -> None:
        super().__init__(limit=limit, **more)


class Instant(serializers.DateTimeField):
    """A moment with its zone, between 1970 and 2200."""

    def to_internal_value(self, value: Any) -> datetime:
        if isinstance(value, str) and not _has_zone(value):
            raise serializers.ValidationError("Say the time zone, e.g. Z.", code="naive")
        instant = super().to_internal_value(value)
        if not EARLIEST <= instant < LATEST:
            raise serializers.ValidationError("Between 1970 and 2200, please.", code="range")
        return instant

    def enforce_timezone(self, value: datetime) -> datetime:
        return value.astimezone(UTC) if value.tzinfo else super().enforce_timezone(value)


def _has_zone(text: str) -> bool:
    return text[-1:] in ("Z", "z") or "+" in text[10:] or "-" in text[10:]
