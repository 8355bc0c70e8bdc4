"""Who is mentioned in a note: `@sol`, `@support`, `@sol@demo.test`. Pure."""

import re

MOST = 20  # in one note
MARK = re.compile(r"(?<![\w@.+-])@([\w][\w.+-]*(?:@[\w-]+(?:\.[\w-]+)+)?)")


def handle_of(email: str) -> str:
    """What somebody is called after the @: what their address begins with."""
    return email.partition("@")[0].lower()


def handle_of_team(name: str) -> str:
    """`On call` as `on-call`."""
    return re.sub(r"[^\w]+", "-", name.lower()).strip("-")


def handles_in(text: str) -> list[str]:
    """Every handle, lower case, each once; code is not read."""
    prose = re.sub(r"```.*?```|`[^`\n]*`", " ", text, flags=re.S)
    return list(dict.fromkeys(found.lower().rstrip(".-+") for found in MARK.findall(prose)))[:MOST]
