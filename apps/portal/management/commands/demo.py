"""A portal on this machine: servers, schema, story, processes, until Ctrl-C."""

import os
import secrets
import shutil
import sys
from collections.abc import Callable
from datetime import timedelta
from http.client import HTTPConnection, HTTPException
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError, connection, connections
from django.utils import timezone

from apps.accounts.models import ApiToken, User
from apps.embedded import (
    EmbeddedError,
    Home,
    Services,
    Supervisor,
    database_url,
    listen,
    redis_url,
    say_where,
)
from apps.outbox.models import Heartbeat
from apps.portal.demo.people import CAST
from apps.portal.processes import ROOT, programs

STORY = "demo story"  # the heartbeat that says the story was told to its end
BEGUN = "demo story begun"  # and the one that says it was begun
ANEW = "The next start makes it whole."
SCARCE = 64  # MB on the disk that a story does not fit into
INTERRUPTED = 130  # as a shell says of what Ctrl-C ended
TOKEN_FOR = "admin@demo.test"  # noqa: S105


class Command(BaseCommand):
    help = "Run a whole portal on this machine, with a story in it."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo runs with demo settings only: its passwords are known.")
        began = monotonic()
        try:
            with listen("127.0.0.1", int(os.environ.get("PORT", "8000"))) as socket:
                self._prepare()
                connections.close_all()
                self._run(socket.fileno(), socket.getsockname()[1], began)
        except EmbeddedError as refused:
            raise CommandError(str(refused)) from refused

    # --- the data ----------------------------------------------------------------------------

    def _prepare(self) -> None:
        try:
            self._fill()
        except (OSError, OperationalError, InterfaceError) as failed:
            raise CommandError(f"The demo could not be made ready: {why(failed)}. {ANEW}") from (
                failed
            )
        except KeyboardInterrupt:
            self._say(f"\nStopped before it was ready. {ANEW}", err=True)
            sys.exit(INTERRUPTED)

    def _fill(self) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        if Heartbeat.objects.filter(name=STORY).exists():
            return
        if Heartbeat.objects.filter(name=BEGUN).exists():
            self._say("The story was not told to its end last time: it is told anew.")
            start_over()
        if User.objects.exists():
            self._say(
                "There is data here but no complete demo story; it is left as it is. "
                "make demo FRESH=1 starts over."
            )
        elif "seed_demo" in get_commands():
            self._say("Telling the demo story…")
            Heartbeat.objects.beat(BEGUN)
            call_command("seed_demo")
            Heartbeat.objects.beat(STORY)
            Heartbeat.objects.filter(name=BEGUN).delete()
        else:
            self._say("This version has no demo story: the portal starts empty.")

    # --- the processes -----------------------------------------------------------------------

    def _run(self, socket: int, port: int, began: float) -> None:
        home = Home.default()
        with Demo(
            programs(
                socket,
                concurrency=settings.OUTBOX_CONCURRENCY,
                ready=lambda: answers(port, "/healthz/ready"),
            ),
            log=home.log,
            tend=_tender(home),
            cwd=ROOT,
        ) as supervisor:
            supervisor.start()
            say_where(home, f"http://localhost:{port}")
            self._say(f"Started in {monotonic() - began:.0f} s. Ctrl-C stops everything.", err=True)
            self._introduce(port)
            supervisor.run()

    def _introduce(self, port: int) -> None:
        known = set(User.objects.active().values_list("email", flat=True))
        self._say(f"Ready: http://localhost:{port}")
        for person in CAST:
            if person.email in known:
                self._say(f"Sign in: {person.email} ({person.said})")
        if TOKEN_FOR in known:
            self._say(f"API token: {demo_token(User.objects.get(email=TOKEN_FOR))}")
        connections.close_all()

    def _say(self, line: str, *, err: bool = False) -> None:
        stream = self.stderr if err else self.stdout
        stream.write(line, ending="\n")
        stream.flush()


class Demo(Supervisor):
    """Says where it runs for as long as it does, to whoever starts a second one."""

    def leave(self) -> None:
        say_where(Home.default(), "")
        super().leave()


def why(failed: Exception) -> str:
    """In words what a server that went away can no longer say."""
    home = Home.default().path
    there = next(folder for folder in (home, *home.parents) if folder.exists())
    if (left := shutil.disk_usage(there).free // 2**20) < SCARCE:
        return f"{left} MB are left on the disk of {home}"
    return str(failed).strip().partition("\n")[0].rstrip(".")


def start_over() -> None:
    """An empty portal again: what was begun to be told is no story."""
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")
    call_command("migrate", interactive=False, verbosity=0)


def demo_token(owner: User) -> str:
    """The demo's API token: made once, kept in the home, good for another year at every start."""
    kept = Home.default().path / "api-token"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(f"al_{secrets.token_urlsafe(32)}")
    in_a_year = timezone.now() + timedelta(days=365)
    return ApiToken.issue(owner, "Demo", expires_at=in_a_year, secret=kept.read_text())[1]


def answers(port: int, path: str) -> bool:
    """Whether the portal answers 200 there."""
    line = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", path, headers={"Host": "localhost"})
        return line.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        line.close()


def _tender(home: Home) -> Callable[[], None] | None:
    """Brings back an embedded server that died; servers given from outside are not ours."""
    postgres = os.environ.get("DATABASE_URL") == database_url(home)
    valkey = os.environ.get("REDIS_URL") == redis_url(home)
    if not (postgres or valkey):
        return None
    return Services(home, postgres=postgres, valkey=valkey).ensure
