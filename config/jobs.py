"""Who does which long work: `step(job) -> bool`, about a second each, true when it is over."""

JOBS: dict[str, str] = {
    "tickets.undo_import": "apps.tickets.withdrawing.step",
    "customers.undo_import": "apps.tickets.withdrawing.people_step",
    "tickets.export": "apps.tickets.exporting.step",
    "features.owe": "apps.features.owing.step",
    "incidents.tell": "apps.incidents.telling.step",
    "privacy.takeout": "apps.privacy.takeout.step",
    "privacy.forget": "apps.privacy.forgetting.step",
    "tickets.bulk": "apps.tickets.bulking.step",
    "tickets.bulk_undo": "apps.tickets.bulking.undo_step",
    "metrics.backfill": "apps.metrics.backfill.step",
    "sla.audit": "apps.sla.audit.step",
    "sla.dry_run": "apps.sla.dry_run.step",
    "sla.reapply": "apps.sla.publishing.step",
}

RENEWING = ("privacy.takeout", "privacy.forget", "sla.dry_run", "sla.reapply")
"""Work that does all of it again: an older one about the same record is left to nobody."""
