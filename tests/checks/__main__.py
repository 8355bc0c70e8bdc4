"""`python -m tests.checks [NAME …]`: every check, or the named ones, and which of them failed."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from apps.embedded import services

PROJECT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent

# A production of nowhere: what `check --deploy` needs to see to have nothing to say.
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "config.settings.base",
    "SECRET_KEY": secrets.token_urlsafe(64),
    "PUBLIC_URL": "https://portal.example.com",
    "ALLOWED_HOSTS": "portal.example.com",
    "DEFAULT_FROM_EMAIL": "support@example.com",
    "EMAIL_URL": "smtp+tls://portal:secret@mail.example.com:587",
}
TESTING = {"DJANGO_SETTINGS_MODULE": "tests.checks.settings"}


def run(*command: str, env: dict[str, str] | None = None) -> bool:
    """Run one command of the environment, by its name, and say whether it was content."""
    program = str(BIN / command[0])
    done = subprocess.run([program, *command[1:]], cwd=PROJECT, env={**os.environ, **(env or {})})
    return done.returncode == 0


def manage(*words: str, env: dict[str, str]) -> bool:
    """Run a management command."""
    return run("python", "manage.py", *words, env=env)


def templates() -> bool:
    """The templates, as djade would write them."""
    found = [str(path) for top in ("templates", "apps") for path in Path(top).rglob("*.html")]
    return not found or run("djade", "--check", "--target-version", "5.2", *found)


def house() -> list[str]:
    """Our own apps by their labels; the migrations of others are theirs."""
    apps = (path.parent.parent for path in Path("apps").glob("*/migrations/__init__.py"))
    return sorted(app.name for app in apps)


def advisories() -> bool:
    """Known vulnerabilities in what the lock names, where the service that knows them answers."""
    how = ("--require-hashes", "--disable-pip", "--format", "json", "--progress-spinner", "off")
    command = [str(BIN / "pip-audit"), "--requirement", "requirements/base.txt", *how]
    done = subprocess.run(
        [*command, "--timeout", "5"], cwd=PROJECT, capture_output=True, text=True, timeout=600
    )
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        packages = []
    known = [package for package in packages if "vulns" in package]
    if not known:
        print("The service for advisories does not answer: vulnerabilities were not checked.")
        return True
    print(f"{len(known)} of {len(packages)} packages are known to the service for advisories.")
    found = [(package, flaw) for package in known for flaw in package["vulns"]]
    for package, flaw in found:
        better = ", ".join(flaw["fix_versions"]) or "none"
        print(f"{package['name']} {package['version']}: {flaw['id']}, repaired in {better}")
    return not found


CHECKS: dict[str, Callable[[], bool]] = {
    "lint": lambda: run("ruff", "check", "."),
    "format": lambda: run("ruff", "format", "--check", "."),
    "templates": templates,
    "types": lambda: run("mypy"),
    "imports": lambda: run("lint-imports"),
    "migrations": lambda: manage("makemigrations", "--check", "--dry-run", env=TESTING),
    "safe-migrations": lambda: manage(
        "lintmigrations", "--no-cache", "--include-apps", *house(), env=TESTING
    ),
    "deploy": lambda: manage("check", "--deploy", "--fail-level", "WARNING", env=PRODUCTION),
    # From medium severity up, and without what ruff's S308 and S608 judge with a reason beside
    # the line: bandit would want the same reason a second time.
    "security": lambda: run(
        *("bandit", "-q", "-ll", "-s", "B308,B608,B703", "-c", "pyproject.toml"),
        *("-r", "apps", "config", "manage.py"),
    ),
    "advisories": advisories,
}


def main() -> None:
    """Run the checks in order; a failing one does not hide the next."""
    parser = argparse.ArgumentParser(prog="python -m tests.checks", description=__doc__)
    parser.add_argument("name", nargs="*", choices=[[], *CHECKS], default=[])
    names = parser.parse_args().name or list(CHECKS)
    failed = []
    with (
        tempfile.TemporaryDirectory(prefix="afterlaunch-check-") as home,
        services(home, durable=False) as ours,
    ):
        os.environ.update(ours.environ, AFTERLAUNCH_HOME=home)
        for name in names:
            print(f"\n== {name}", flush=True)
            begin = time.monotonic()
            if not CHECKS[name]():
                failed.append(name)
            print(f"   {time.monotonic() - begin:.1f} s", flush=True)
    if failed:
        sys.exit(f"\nFailed: {', '.join(failed)}")
    print("\nEvery check is content.")


if __name__ == "__main__":
    main()
