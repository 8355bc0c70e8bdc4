"""What Tidewater promises its customers: hours and targets."""

from apps.calendars.rules import ALWAYS, Calendar, compile_calendar
from apps.sla.drafts import compile_draft, profiles, usual_ladder
from apps.sla.rules.words import KINDS

MINUTE, HOUR = 60, 3600

OFFICE = {
    "timezone": "Europe/Berlin",
    "weekly": {day: [["08:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
    "overrides": {},
}

_PAUSES = {"first_response": [], "next_response": [], "resolution": ["waiting_customer"]}
EVERYTHING = profiles()["everything"]
_LADDER = usual_ladder()

STANDARD = {
    "targets": {"first_response": 4 * HOUR, "next_response": 8 * HOUR, "resolution": 30 * HOUR},
    "by_priority": {
        "urgent": {"first_response": 30 * MINUTE, "next_response": HOUR, "resolution": 6 * HOUR},
        "high": {"first_response": 2 * HOUR, "next_response": 4 * HOUR, "resolution": 15 * HOUR},
        "low": {"first_response": 8 * HOUR, "next_response": 16 * HOUR, "resolution": 60 * HOUR},
    },
    "pauses": _PAUSES,
    "ladder": _LADDER,
}
AT_LAUNCH = STANDARD | {
    "targets": {"first_response": 8 * HOUR, "next_response": 8 * HOUR, "resolution": 40 * HOUR},
    "by_priority": {"urgent": STANDARD["by_priority"]["urgent"]},
}
SHORTER = {"first_response": 2 * HOUR, "next_response": 4 * HOUR, "resolution": 12 * HOUR}
ENTERPRISE = {
    "targets": {"first_response": 4 * HOUR, "next_response": 6 * HOUR, "resolution": 48 * HOUR},
    "by_priority": {
        "urgent": {
            "first_response": 15 * MINUTE,
            "next_response": 30 * MINUTE,
            "resolution": 4 * HOUR,
        },
        "high": {"first_response": HOUR, "next_response": 2 * HOUR, "resolution": 12 * HOUR},
        "low": {"first_response": 12 * HOUR, "next_response": 24 * HOUR, "resolution": 120 * HOUR},
    },
    "around_the_clock": {
        "by_priority": {
            "urgent": ["first_response", "next_response", "resolution"],
            "high": ["first_response", "next_response"],
        },
    },
    "pauses": _PAUSES,
    "ladder": [
        *_LADDER,
        {"kind": "first_response", "at": {"before": 5 * MINUTE}, "do": "notify", "to": "team"},
        {"kind": "resolution", "at": {"before": 2 * HOUR}, "do": "notify", "to": "lead"},
        {"kind": "resolution", "at": {"after": HOUR}, "do": "raise"},
    ],
}


def promise(plan: str, kind: str, priority: str) -> tuple[int, Calendar]:
    """The target in seconds, and the hours they count in: the Berlin office's, or all there are."""
    rules = _ENTERPRISE if plan == "enterprise" else _STANDARD
    term = rules.terms(priority)[KINDS.index(kind)]
    return term.target, ALWAYS if term.around_the_clock else _HOURS


_STANDARD, _ENTERPRISE = (compile_draft(said).rules for said in (STANDARD, ENTERPRISE))
_HOURS = compile_calendar(OFFICE)
