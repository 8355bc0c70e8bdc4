"""What is done to the running portal itself, and what keeps it safe: backups and their drills,
the database role that runs it.

Deployments and advisories will live here too. Not the outbox's own reconciling: `apps.outbox`.
"""
