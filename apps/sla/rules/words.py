"""The words clocks are spoken of in; the same as in the stored rows and the scenario."""

FIRST_RESPONSE, NEXT_RESPONSE, RESOLUTION = "first_response", "next_response", "resolution"
KINDS = (FIRST_RESPONSE, NEXT_RESPONSE, RESOLUTION)
FIRST, NEXT, RESOLVE = range(3)
"""Where a kind stands in `KINDS`, and in everything kept by kind."""

RUNNING, PAUSED, MET, CANCELLED = "running", "paused", "met", "cancelled"
BREACHED_OPEN, BREACHED_CLOSED = "breached_open", "breached_closed"
STATES = (RUNNING, PAUSED, MET, BREACHED_OPEN, BREACHED_CLOSED, CANCELLED)

COUNTED, CLOSED, HOLIDAY, RESOLVED = "counted", "closed", "holiday", "resolved"
"""With `PAUSED`: why a stretch of a clock's time does or does not count."""

NEW, OPEN, ENDED = "new", "open", "closed"
WAITING_CUSTOMER, WAITING_THIRD_PARTY = "waiting_customer", "waiting_third_party"
MERGED, DUPLICATE, SPAM = "merged", "duplicate", "spam"
WAITING = frozenset({WAITING_CUSTOMER, WAITING_THIRD_PARTY})
DISCARDED = frozenset({MERGED, DUPLICATE, SPAM})
"""Statuses that cancel; the clocks take them for their reason."""
OVER = DISCARDED | {RESOLVED, ENDED}
"""Statuses in which nobody works on the ticket any more."""
STATUSES = (
    NEW,
    OPEN,
    WAITING_CUSTOMER,
    WAITING_THIRD_PARTY,
    RESOLVED,
    ENDED,
    MERGED,
    DUPLICATE,
    SPAM,
)

RESOLVED_WITHOUT_REPLY, POLICY_ENDED = "resolved_without_reply", "policy"
REASONS = (RESOLVED_WITHOUT_REPLY, MERGED, SPAM, DUPLICATE, POLICY_ENDED)

RAN_OUT, TARGET_CHANGED = "ran_out", "target_changed"
"""What made a clock breach."""

PRIORITIES = ("urgent", "high", "normal", "low")

BY_CUSTOMER, BY_AGENT, LOGGED = "customer", "agent", "logged"
ORIGINS = (BY_CUSTOMER, BY_AGENT, LOGGED)
