"""Which tone and icon every state word of the house has; one table for all pages."""

SCORE_TONES = {1: "bad", 2: "bad", 3: "warn", 4: "good", 5: "good"}  # of a customer's answer

TONES: dict[str, tuple[str, str]] = {
    # figures
    "met": ("good", "check"),
    "missed": ("bad", "cross"),
    "unproven": ("warn", "question"),
    "measured": ("calm", "ring"),
    "low_sample": ("warn", "question"),
    "stale": ("muted", "unplugged"),
    "no_data": ("muted", "unplugged"),
    "error": ("bad", "alert"),
    "partial": ("warn", "half"),
    "provisional": ("calm", "half"),
    "not_instrumented": ("muted", "unplugged"),
    "not_applicable": ("muted", "dash"),
    # tickets
    "new": ("calm", "dot"),
    "open": ("calm", "ring"),
    "waiting_customer": ("muted", "pause"),
    "waiting_third_party": ("muted", "pause"),
    "resolved": ("good", "check"),
    "closed": ("muted", "check"),
    "merged": ("muted", "link"),
    "duplicate": ("muted", "link"),
    "spam": ("muted", "cross"),
    "urgent": ("bad", "urgent"),
    "high": ("warn", "high"),
    "normal": ("muted", "normal"),
    "low": ("muted", "low"),
    # incidents
    "SEV1": ("bad", "urgent"),
    "SEV2": ("bad", "high"),
    "SEV3": ("warn", "normal"),
    "SEV4": ("muted", "low"),
    "triage": ("warn", "question"),
    "mitigated": ("calm", "half"),
    "reviewed": ("muted", "check"),
    "told": ("good", "check"),
    "beside": ("calm", "link"),
    "left_out": ("muted", "dash"),
    "taken_back": ("muted", "undo"),
    # feature requests
    "under_review": ("calm", "ring"),
    "planned": ("calm", "half"),
    "shipped": ("good", "check"),
    "declined": ("muted", "cross"),
    "parked": ("muted", "pause"),
    "waived": ("muted", "dash"),
    "owed": ("warn", "ring"),
    # bulk changes
    "waiting": ("muted", "ring"),
    "changed": ("good", "check"),
    "same": ("muted", "dash"),
    "restored": ("calm", "check"),
    "kept": ("warn", "half"),
    # clocks
    "running": ("good", "ring"),
    "paused": ("muted", "pause"),
    "breached": ("bad", "dot"),
    "breached_open": ("bad", "dot"),
    "breached_closed": ("bad", "cross"),
    "not_started": ("muted", "ring"),
    "cancelled": ("muted", "dash"),
    # customers
    "active": ("good", "check"),
    "trial": ("calm", "half"),
    "churned": ("muted", "dash"),
    # work, imports and deliveries
    "queued": ("muted", "ring"),
    "pending": ("muted", "ring"),
    "leased": ("calm", "half"),
    "sending": ("calm", "half"),
    "processing": ("calm", "half"),
    "working": ("calm", "half"),
    "done": ("good", "check"),
    "sent": ("good", "check"),
    "delivered": ("good", "check"),
    "processed": ("good", "check"),
    "succeeded": ("good", "check"),
    "retrying": ("warn", "half"),
    "held": ("warn", "pause"),
    "received": ("muted", "ring"),
    "filed": ("good", "check"),
    "quarantined": ("warn", "pause"),
    "ignored": ("muted", "dash"),
    "failed": ("bad", "alert"),
    "dead": ("bad", "alert"),
    "refused": ("bad", "cross"),
    "vanished": ("warn", "question"),
    "undone": ("muted", "undo"),
    "skipped": ("muted", "dash"),
    # sources
    "fresh": ("good", "check"),
    "late": ("bad", "dot"),
    "never": ("muted", "unplugged"),
    "off": ("muted", "dash"),
    "unknown": ("muted", "unplugged"),
    "ok": ("good", "check"),
    "degraded": ("warn", "half"),
    "empty": ("muted", "ring"),
    # actions
    "in_progress": ("calm", "half"),
    "overdue": ("bad", "dot"),
    "dropped": ("muted", "dash"),
    # plain tones may be named as they are
    "calm": ("calm", "ring"),
    "good": ("good", "check"),
    "warn": ("warn", "half"),
    "bad": ("bad", "dot"),
    "muted": ("muted", "dash"),
}


def tone_of(state: str) -> str:
    """One of calm, good, warn, bad, muted; a state nobody named is muted, never green."""
    return TONES.get(str(state), ("muted", "dash"))[0]


def icon_of(state: str) -> str:
    """The icon that says the state without colour."""
    return TONES.get(str(state), ("muted", "dash"))[1]
