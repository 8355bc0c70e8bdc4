"""`make bench`: load, measure in turns, print one table of ratios."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from apps import embedded

ROOT = Path(__file__).resolve().parents[2]
SMALL = 10_000
PARTS = ("pages", "clocks", "imports", "mail")


def main() -> int:
    size = int(os.environ.get("SIZE") or 100_000)
    out = os.environ.get("OUT") or ""
    parts = sys.argv[1:] or list(PARTS)
    found: dict[str, dict[str, object]] = {}
    with tempfile.TemporaryDirectory(prefix="afterlaunch-bench-") as folder:
        home = embedded.Home(Path(os.environ.get("KEEP") or Path(folder) / "home"))
        with embedded.services(home, durable=False) as services:
            environ = {
                **os.environ,
                **services.environ,
                "DJANGO_SETTINGS_MODULE": "config.settings.demo",
                "AFTERLAUNCH_HOME": str(home.path),
                "LOG_LEVEL": "ERROR",
            }
            for tickets, database in ((SMALL, "small"), (size, "large")):
                found[database] = _measure(environ, database, tickets, parts, Path(folder))
    from tests.bench import table

    rows = table.rows(found["small"], found["large"])
    print(table.drawn(rows))
    if out:
        Path(out).write_text(json.dumps({"size": size, "rows": rows, "raw": found}, indent=1))
    return 0


def _measure(environ: dict, database: str, tickets: int, parts: list[str], folder: Path) -> dict:
    answer = folder / f"{database}.json"
    url = environ["DATABASE_URL"].replace("/afterlaunch?", f"/{database}?")
    subprocess.run(
        [sys.executable, "-m", "tests.bench.run", str(tickets), str(answer), *parts],
        cwd=ROOT,
        env={**environ, "DATABASE_URL": url, "BENCH_ADMIN_URL": environ["DATABASE_URL"]},
        check=True,
    )
    return json.loads(answer.read_text())


if __name__ == "__main__":
    sys.exit(main())
