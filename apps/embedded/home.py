"""Where the embedded servers keep their files, and the URLs that follow from it."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from apps.embedded.errors import EmbeddedError

NAME = "afterlaunch"  # of the database and of its role
PROJECT = Path(__file__).resolve().parents[2]

# A socket's path has at most 104 bytes on macOS and 108 on Linux, its end included;
# ".s.PGSQL.5432.lock" is the longest name beneath the run folder.
LONGEST_RUN = 103 - len("/.s.PGSQL.5432.lock")

NOBODY = 65534  # whom root becomes to run PostgreSQL where it can have no namespace


@dataclass(frozen=True)
class Home:
    """One folder with a PostgreSQL, a Valkey, their logs and their locks."""

    path: Path

    @classmethod
    def default(cls) -> Home:
        """The folder AFTERLAUNCH_HOME names, else `.afterlaunch/` beside manage.py."""
        return cls.at(os.environ.get("AFTERLAUNCH_HOME") or PROJECT / ".afterlaunch")

    @classmethod
    def at(cls, path: str | Path | Home | None) -> Home:
        """The home at a path; None is the default one."""
        if path is None:
            return cls.default()
        if isinstance(path, Home):
            return path
        return cls(Path(path).expanduser().resolve())

    @property
    def log(self) -> Path:
        """The folder of the log files."""
        return self.path / "log"

    @property
    def run(self) -> Path:
        """The folder of the sockets: in the home, or in a short place when that is too long."""
        inside = self.path / "run"
        if len(os.fsencode(inside)) <= LONGEST_RUN:
            return inside
        digest = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:12]
        short = Path(tempfile.gettempdir()) / f"{NAME}-{os.geteuid()}-{digest}"
        if len(os.fsencode(short)) <= LONGEST_RUN:
            return short
        # Made with mode 0700, and its owner is checked, in make().
        return Path("/tmp") / short.name  # noqa: S108  # nosec B108

    @property
    def mark(self) -> Path:
        """The file that tells a home from any other folder."""
        return self.path / ".home"

    def make(self) -> None:
        """Make the folders; raises EmbeddedError where one cannot be made or is somebody else's."""
        try:
            for folder in (self.path, self.log, self.run):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.mark.touch()
        except OSError as refused:
            raise EmbeddedError(
                f"The folder {refused.filename} cannot be used ({refused.strerror}): "
                "name another with AFTERLAUNCH_HOME."
            ) from refused
        owner = self.run.lstat()
        if not stat.S_ISDIR(owner.st_mode) or owner.st_uid not in {os.geteuid(), *_servants()}:
            raise EmbeddedError(
                f"The folder {self.run} belongs to somebody else: "
                "name a shorter AFTERLAUNCH_HOME, so that the sockets fit inside it."
            )
        self.run.chmod(0o700)

    def clear(self) -> None:
        """Remove the home with all its data; raises EmbeddedError for a folder that is not one."""
        if not self.path.exists():
            return
        if not self.mark.exists():
            raise EmbeddedError(f"{self.path} was not made by Afterlaunch, so it is left alone.")
        self.remove()

    def remove(self) -> None:
        """Remove whatever there is of the home, asking nothing."""
        shutil.rmtree(self.run, ignore_errors=True)
        shutil.rmtree(self.path, ignore_errors=True)


def _servants() -> set[int]:
    """The users root hands the run folder to."""
    return {NOBODY} if os.geteuid() == 0 else set()


def path(*parts: str) -> Path:
    """A path inside the default home."""
    return Home.default().path.joinpath(*parts)


def database_url(home: str | Path | Home | None = None) -> str:
    """The URL of the home's PostgreSQL; starts nothing."""
    return f"postgresql://{NAME}@/{NAME}?host={quote(str(Home.at(home).run))}"


def redis_url(home: str | Path | Home | None = None) -> str:
    """The URL of the home's Valkey, in the words of Celery; starts nothing."""
    return f"redis+socket://{quote(str(Home.at(home).run / 'valkey.sock'))}"
