"""Everything that happens by itself: periodic slots, and rows that are due.

SCHEDULE: name → (every N seconds, what runs, catch-up). It runs as `work(at=slot)` in the slot's
own transaction, so it is short: long work is rows. Slots count from the epoch, in UTC. Catch-up
says what a late scheduler does with slots it missed: `all` of them, only the `last`, or `none`.

DRAINS: name → (how many rows are due, the Celery task that drains them). Both are paths; the
task takes no arguments, does what is due for a few seconds, and is safe to run any number of
times at once. The name is also the queue's.
"""

SCHEDULE: dict[str, tuple[int, str, str]] = {
    "timeline.seal": (3600, "apps.timeline.seals.seal", "last"),
    "figures.keep": (24 * 3600, "apps.figures.history.keep_yesterday", "last"),
    "public.fold": (24 * 3600, "apps.public.traffic.fold", "last"),
    "public.tidy": (24 * 3600, "apps.public.models.violation.tidy", "last"),
    "api.purge": (24 * 3600, "apps.api.upkeep.purge", "last"),
    "privacy.replay": (3600, "apps.privacy.replaying.replay", "last"),
    "privacy.tidy": (24 * 3600, "apps.privacy.takeout.tidy", "last"),
    "outbox.tidy": (24 * 3600, "apps.outbox.upkeep.tidy", "last"),
    "metrics.keep": (24 * 3600, "apps.metrics.upkeep.keep", "last"),
    "sla.audit": (24 * 3600, "apps.sla.audit.start", "last"),
    "reports.keep": (60, "apps.reports.keeping.keep", "last"),
    "reports.prepare": (60, "apps.reports.ready.prepare", "last"),
    "reports.mail": (900, "apps.reports.weekly.send", "last"),
    "incidents.remind": (60, "apps.incidents.promises.remind", "last"),
    "surveys.ask": (600, "apps.surveys.asking.ask", "last"),
    "tickets.undelivered": (60, "apps.tickets.undelivered.note_undelivered", "last"),
    "tickets.forget": (24 * 3600, "apps.tickets.upkeep.forget", "last"),
    "tickets.wake": (30, "apps.tickets.upkeep.wake", "last"),
    "tickets.miss_answers": (60, "apps.tickets.upkeep.miss_answers", "last"),
    "tickets.place": (60, "apps.tickets.balancing.place_waiting", "last"),
    "tickets.count": (60, "apps.tickets.viewing.count_pins", "last"),
    "tickets.forget_mail": (24 * 3600, "apps.tickets.upkeep.forget_mail", "last"),
    "tickets.close": (600, "apps.tickets.upkeep.close_resolved", "last"),
}

DRAINS: dict[str, tuple[str, str]] = {
    "outbox.mail": ("apps.outbox.drains.due_mail", "apps.outbox.tasks.drain_mail"),
    "outbox.webhook": ("apps.outbox.drains.due_webhooks", "apps.outbox.tasks.drain_webhooks"),
    "outbox.inbound": ("apps.outbox.drains.due_inbound", "apps.outbox.tasks.drain_inbound"),
    "outbox.jobs": ("apps.outbox.drains.due_jobs", "apps.outbox.tasks.drain_jobs"),
    "outbox.telling": ("apps.outbox.telling.due", "apps.outbox.tasks.tell_programs"),
    "metrics.import": ("apps.metrics.pulling.due", "apps.metrics.tasks.import_due"),
    "tickets.mail": ("apps.tickets.filing.due", "apps.tickets.tasks.file_mail"),
    "tickets.mailboxes": ("apps.tickets.fetching.due", "apps.tickets.tasks.fetch_mail"),
    "tickets.words": ("apps.tickets.upkeep.words_due", "apps.tickets.tasks.gather_words"),
    "metrics.rollup": ("apps.metrics.rollups.due", "apps.metrics.tasks.roll_up"),
    "sla.sweep": ("apps.sla.sweep.due", "apps.sla.tasks.sweep_due"),
    "reports.measure": ("apps.reports.ready.due", "apps.reports.tasks.measure_due"),
}
