"""The five answers, what counts as content, and how long a vote may be given and changed."""

from datetime import datetime, timedelta

SCORES: dict[int, str] = {
    1: "Very bad",
    2: "Bad",
    3: "So-so",
    4: "Good",
    5: "Very good",
}
CONTENT = 4  # and more: the top two of five
LONGEST_COMMENT = 4000
ANSWERABLE = timedelta(days=30)  # after it was asked
CHANGEABLE = timedelta(days=7)  # after it was answered first
TOO_LATE = timedelta(days=3)  # what was solved longer ago than this, beyond the delay, is not asked


def refusal(*, asked_at: datetime, answered_at: datetime | None, at: datetime) -> str:
    """Why a vote is not taken any more; empty when it is."""
    if answered_at is not None:
        if at >= answered_at + CHANGEABLE:
            return "An answer can be changed for seven days; they are over."
        return ""
    if at >= asked_at + ANSWERABLE:
        return "This question was asked a while ago and takes no answers any more."
    return ""


def read_score(said: str) -> int | None:
    """The score a link or a form names, or nothing."""
    return int(said) if said in {"1", "2", "3", "4", "5"} else None
