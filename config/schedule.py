"""Every periodic job of the house.

Each line: name → (every N seconds, what runs, catch-up). Catch-up says what a late scheduler does
with slots it missed: `all` of them, only the `last`, or `none`.
"""

SCHEDULE: dict[str, tuple[int, str, str]] = {}
