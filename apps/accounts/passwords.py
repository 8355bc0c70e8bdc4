"""What a password is not made of: the names that everybody who looks at this portal knows."""

import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError

SHORTEST_WORD = 4
SHORTEST_REST = 8  # characters that must be left without them


def house_words() -> list[str]:
    """Those of our addresses, the product's, and those of `PASSWORD_WORDS`; the longest first."""
    said = [urlsplit(settings.PUBLIC_URL).hostname or "", settings.MAIL_DOMAIN, "afterlaunch"]
    found = {word for name in said for word in re.split(r"[^a-z0-9]+", name.lower())}
    found |= {word.lower() for word in settings.PASSWORD_WORDS}
    return sorted((word for word in found if len(word) >= SHORTEST_WORD), key=len, reverse=True)


class NotOfTheHouse:
    """Without the words of the house enough must be left to guess."""

    def validate(self, password: str, user: Any = None) -> None:
        rest = re.sub("|".join(map(re.escape, house_words())), "", password.lower())
        if len(rest) < SHORTEST_REST:
            raise ValidationError(self.get_help_text(), code="house_word")

    def get_help_text(self) -> str:
        return "Your password can’t be made of the names of this portal."
