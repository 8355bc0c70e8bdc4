"""Two roles in the database: one owns the tables and migrates, the other runs the portal.

The second reads and writes rows and nothing else: it makes, changes and drops no table, and to the
timeline it can only add. The few things beyond that are functions of the first (they run with its
rights): months of samples, and what erasing and undoing an import do to the timeline, which keep
the digest of every row they touch.
"""

from typing import Any

from django.apps import apps
from django.db import connection, transaction
from psycopg import sql

from apps.timeline.models import APPEND_ONLY, Redaction, Removal
from apps.timeline.refusal import Refused

ROWS = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public"
    " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}",
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC, {role}",
    "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}",
)
READ_ONLY = (Redaction, Removal)  # written by the owner's functions alone
_FUNCTIONS = """
    SELECT oid::regprocedure::text FROM pg_proc
    WHERE prosecdef AND pronamespace = 'public'::regnamespace AND proowner = current_user::regrole
"""
_KNOWN = """
    SELECT rolsuper OR rolname = current_user OR pg_has_role(rolname, current_user, 'USAGE')
    FROM pg_roles WHERE rolname = %s
"""


@transaction.atomic
def grant(role: str) -> list[str]:
    """Let a role run the portal, as the owner of its tables; again after every migration.

    The tables it can only add to.
    """
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [role])
        known = cursor.fetchone()
        if known is None:
            raise Refused(f"There is no role {role}: make it with CREATE ROLE … LOGIN PASSWORD …")
        if known[0]:
            raise Refused(f"{role} owns the tables or is above their owner: name another one.")
        for words in ROWS:
            _run(cursor, words, role=role)
        appended = _append_only()
        for table in appended:
            _run(cursor, "REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}", table, role)
        for model in READ_ONLY:
            _run(cursor, "REVOKE INSERT ON {table} FROM {role}", model._meta.db_table, role)
        cursor.execute(_FUNCTIONS)
        for (function,) in cursor.fetchall():
            cursor.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
            _run(cursor, f"GRANT EXECUTE ON FUNCTION {function} TO {{role}}", role=role)
    return appended


def _append_only() -> list[str]:
    return sorted(
        model._meta.db_table
        for model in apps.get_models()
        if APPEND_ONLY in getattr(model._meta, "triggers", ())
    )


def _run(cursor: Any, words: str, table: str = "", role: str = "") -> None:
    names = {"table": sql.Identifier(table), "role": sql.Identifier(role)}
    cursor.execute(sql.SQL(words).format(**names))
