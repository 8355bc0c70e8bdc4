"""One database of the benchmark: make it, fill it, measure the parts, write what was found."""

import json
import os
import sys
import time
from functools import partial
from pathlib import Path

import django
import psycopg


def main(tickets: int, answer: Path, parts: list[str]) -> None:
    """Measure `parts` at `tickets` and write JSON to `answer`."""
    name = os.environ["DATABASE_URL"].partition("?")[0].rpartition("/")[2]
    with psycopg.connect(os.environ["BENCH_ADMIN_URL"], autocommit=True) as admin:
        known = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if not known:
            admin.execute(f"CREATE DATABASE {name}")
    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from apps.tickets.models import Ticket
    from tests.bench import clocks, doors, imports, load, mail, pages

    # One connection all along: its processor time is read from its own database process.
    connection.settings_dict["CONN_MAX_AGE"] = None
    settings.AUTHENTICATION_BACKENDS.append(doors.PEOPLE)  # who is signed in on the stock pages
    call_command("migrate", interactive=False, verbosity=0)
    if not Ticket.objects.exists():
        print(f"loading {tickets:,} tickets", file=sys.stderr, flush=True)
        began = time.perf_counter()
        load.load(tickets=tickets)
        print(f"loaded in {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    only = [name.strip() for name in os.environ.get("ONLY", "").split(";") if name.strip()]
    measure = {
        "clocks": clocks.measure,
        "pages": partial(pages.measure, only=only),
        "imports": imports.measure,
        "mail": mail.measure,
    }
    # Clocks come first: the pages show what they wrote.
    found = {part: measure[part](tickets) for part in measure if part in parts}
    answer.write_text(json.dumps(found))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
