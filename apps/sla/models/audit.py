"""Audits: stored clocks computed again and compared."""

from django.db import models


class Audit(models.Model):
    """One nightly look: every running clock and a sample of settled ones, as of one instant."""

    at = models.DateTimeField()
    tickets = models.PositiveIntegerField(default=0)
    clocks = models.PositiveIntegerField(default=0)
    differences = models.PositiveIntegerField(default=0)
    cursor = models.BigIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["-at"], name="sla_audit_latest")]

    def __str__(self) -> str:
        return f"{self.differences} of {self.clocks} clocks differ, {self.at:%d %b %Y}"


class Difference(models.Model):
    """A stored clock that is not what its events say."""

    audit = models.ForeignKey(Audit, models.CASCADE, related_name="found")
    ticket = models.ForeignKey("tickets.Ticket", models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=20)
    cycle = models.PositiveIntegerField()
    stored = models.JSONField(null=True)
    computed = models.JSONField(null=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.kind} of #{self.ticket_id} differs"
