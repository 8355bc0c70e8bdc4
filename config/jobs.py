"""Who does which long work: `step(job) -> bool`, about a second each, true when it is over."""

JOBS: dict[str, str] = {
    "metrics.backfill": "apps.metrics.backfill.step",
}
