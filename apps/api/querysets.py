"""How the record of programs' calls is asked."""

from datetime import datetime

from django.db import connection, models


class ApiRequestQuerySet(models.QuerySet):
    """Requests under an idempotency key."""

    def enter(self, *, token, key: str, fingerprint: bytes, at: datetime) -> None:
        """Make sure that the row is there, whoever made it; call it outside a transaction."""
        row = self.model(token=token, key=key, fingerprint=fingerprint, created_at=at)
        self.bulk_create([row], ignore_conflicts=True)

    def held(self, *, token, key: str):
        """The row, locked; raises OperationalError at once when somebody works on it."""
        return self.select_for_update(nowait=True, of=("self",)).get(token=token, key=key)


class ApiMinuteQuerySet(models.QuerySet):
    """Calls a minute."""

    def count_one(self, token_id: int, minute: datetime) -> int:
        """One more call in this minute; how many that makes."""
        table = connection.ops.quote_name(self.model._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} AS known (token_id, minute, calls) VALUES (%s, %s, 1)"  # noqa: S608
                " ON CONFLICT (token_id, minute) DO UPDATE SET calls = known.calls + 1"
                " RETURNING calls",
                [token_id, minute],
            )
            return cursor.fetchone()[0]
