"""Files a program sends along: named, their content in base64."""

import base64
import io
from collections.abc import Iterable, Mapping
from typing import Any

from rest_framework import serializers

from apps.tickets.files import MOST, Kept, keep_all

from .fields import Line
from .limits import LARGEST_FILE


class Upload(serializers.Serializer):
    """A file, its content in base64."""

    name = Line(limit=255)
    content = serializers.CharField(trim_whitespace=False, max_length=LARGEST_FILE)

    def validate_content(self, content: str) -> bytes:
        try:
            return base64.b64decode(content, validate=True)
        except ValueError as wrong:
            raise serializers.ValidationError("This is no base64.") from wrong


class Uploads(serializers.ListField):
    """Files that go along with words."""

    def __init__(self, **more: Any) -> None:
        told = f"Files that go along, up to {MOST}; together they fit into one body."
        super().__init__(child=Upload(), max_length=MOST, required=False, help_text=told, **more)


def kept(uploads: Iterable[Mapping[str, Any]]) -> list[Kept]:
    """The files on the disk, before any row speaks of them."""
    return keep_all((io.BytesIO(one["content"]), one["name"]) for one in uploads)


def attached(words: dict[str, Any]) -> dict[str, Any]:
    """The words of a verb, its uploads as attachments."""
    uploads = words.pop("uploads", ())
    return words | {"attachments": kept(uploads)} if uploads else words
