"""What is done to the running portal itself, and what keeps it safe: backups and their drills.

Deployments and advisories will live here too. Not the outbox's own reconciling: `apps.outbox`.
"""
