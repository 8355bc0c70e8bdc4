"""Every fault, drawn from a seed."""

import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psycopg

from apps.embedded import EmbeddedError
from apps.embedded.server import Server

from .load import Load
from .stage import BEATS, FAKETIME, WORKERS, Stage

HOUR = 3600
SHORT = (  # what a minute has room for
    "kill a worker's child",
    "kill a whole worker",
    "kill a web child",
    "rolling restart of the web",
    "kill the relay",
    "kill a beat",
    "flush Valkey",
    "restart PostgreSQL",
)


class Chaos:
    """Does one fault after the other to a stage."""

    def __init__(self, stage: Stage, load: Load, seed: int, *, short: bool = False) -> None:
        self._short = short
        self._stage = stage
        self._load = load
        self._luck = random.Random(seed)
        self.done: Counter[str] = Counter()
        self.unavailable: list[str] = []
        self.kills = 0
        self.unready = 0  # restarts in which the old one went on serving
        self._bag: list[str] = []
        if not FAKETIME.exists():
            self.unavailable.append("clock ±1 h (libfaketime is not installed)")

    @property
    def faults(self) -> dict[str, tuple[int, Callable[[], None]]]:
        """Each fault with its share of the bag."""
        known: dict[str, tuple[int, Callable[[], None]]] = {
            "kill a worker's child": (5, self.kill_worker_child),
            "kill a whole worker": (4, self.kill_worker),
            "kill a web child": (4, self.kill_web_child),
            "kill the whole web": (2, self.kill_web),
            "rolling restart of the web": (3, self.restart_web),
            "kill the relay": (3, self.kill_relay),
            "kill a beat": (3, self.kill_beat),
            "freeze a worker beyond its lease": (1, self.freeze_worker),
            "kill Valkey": (3, self.kill_valkey),
            "flush Valkey": (3, self.flush_valkey),
            "hang Valkey": (2, self.hang_valkey),
            "restart PostgreSQL": (2, self.restart_postgres),
            "stop PostgreSQL at once": (2, self.stop_postgres_at_once),
            "kill PostgreSQL": (1, self.kill_postgres),
            "PostgreSQL down for a while": (1, self.postgres_down),
            "no connection left": (1, self.exhaust_connections),
            "mail server answers 4xx": (2, self.mail_4xx),
            "mail server answers 5xx": (1, self.mail_5xx),
            "mail server hangs": (1, self.mail_hangs),
            "listener answers 500": (2, self.hook_500),
            "listener hangs": (1, self.hook_hangs),
            "Prometheus is slow": (1, lambda: self._prometheus("slow")),
            "Prometheus hangs": (1, lambda: self._prometheus("hang")),
            "Prometheus answers HTML": (1, lambda: self._prometheus("html")),
            "Prometheus breaks off": (1, lambda: self._prometheus("cut")),
            "Prometheus answers 503": (1, lambda: self._prometheus("503")),
            "power cut": (1, self.power_cut),
        }
        if FAKETIME.exists():
            known["a worker's clock is an hour off"] = (2, self.shift_clock)
        return known

    def next(self) -> str:
        """One fault; every kind comes before any comes more often than its share."""
        if not self._bag:
            self._bag = (
                list(SHORT)
                if self._short
                else [name for name, (share, _) in self.faults.items() for _ in range(share)]
            )
            self._luck.shuffle(self._bag)
        name = self._bag.pop()
        self._load.during = name
        try:
            self.faults[name][1]()
        finally:
            self._load.during = f"after: {name}"
        self.done[name] += 1
        return name

    # --- processes ---------------------------------------------------------------------------

    def kill_worker_child(self) -> None:
        self._kill(self._stage.tree(self._luck.choice(WORKERS))[1:], one=True)

    def kill_worker(self) -> None:
        self._kill(self._stage.tree(self._luck.choice(WORKERS)))

    def kill_web_child(self) -> None:
        self._kill(self._stage.tree("web")[1:], one=True)

    def kill_web(self) -> None:
        self._kill(self._stage.tree("web"))

    def restart_web(self) -> None:
        """One that is not ready in time, on a busy machine, leaves the old one serving."""
        try:
            self._stage.supervisor.restart("web")
        except EmbeddedError:
            self.unready += 1

    def kill_relay(self) -> None:
        self._kill(self._stage.tree("relay"))

    def kill_beat(self) -> None:
        self._kill(self._stage.tree(self._luck.choice(BEATS)))

    def freeze_worker(self) -> None:
        """A zombie: it wakes when others have long taken its rows."""
        frozen = self._stage.tree(self._luck.choice(WORKERS))
        for pid in frozen:
            _signal(pid, signal.SIGSTOP)
        self._stage.play(33)
        for pid in frozen:
            _signal(pid, signal.SIGCONT)

    def shift_clock(self) -> None:
        name = self._luck.choice(WORKERS)
        self._stage.shift_clock(name, self._luck.choice([-HOUR, HOUR]))
        self._kill(self._stage.tree(name))
        self._stage.play(10)
        self._stage.shift_clock(name, 0)
        self._kill(self._stage.tree(name))

    def power_cut(self) -> None:
        """Everything at once."""
        names = ("web", *WORKERS, "relay", *BEATS)
        self._kill([pid for name in names for pid in self._stage.tree(name)])
        for server in self._stage.services.servers:
            self._kill([server.number()])

    # --- servers -----------------------------------------------------------------------------

    @property
    def _postgres(self) -> int | None:
        return self._stage.services.servers[0].number()

    @property
    def _valkey(self) -> int | None:
        return self._stage.services.servers[1].number()

    def kill_valkey(self) -> None:
        self._kill([self._valkey])

    def flush_valkey(self) -> None:
        import redis

        with suppress(redis.RedisError):
            path = self._stage.services.servers[1].socket
            redis.Redis(unix_socket_path=str(path), socket_timeout=2).flushall()

    def hang_valkey(self) -> None:
        pid = self._valkey
        _signal(pid, signal.SIGSTOP)
        try:
            with self._left_alone(self._stage.services.servers[1]):
                self._stage.play(self._luck.uniform(3, 8))
        finally:
            _signal(pid, signal.SIGCONT)

    def restart_postgres(self) -> None:
        _signal(self._postgres, signal.SIGINT)

    def stop_postgres_at_once(self) -> None:
        _signal(self._postgres, signal.SIGQUIT)

    def kill_postgres(self) -> None:
        self._kill([self._postgres])

    def postgres_down(self) -> None:
        with self._left_alone(self._stage.services.servers[0]):
            _signal(self._postgres, signal.SIGINT)
            self._stage.play(self._luck.uniform(3, 6))

    def exhaust_connections(self) -> None:
        held: list[psycopg.Connection] = []
        try:
            with suppress(psycopg.OperationalError):
                while len(held) < 200:
                    held.append(psycopg.connect(os.environ["DATABASE_URL"], connect_timeout=2))
            self._stage.play(4)
        finally:
            for connection in held:
                with suppress(psycopg.Error):
                    connection.close()

    # --- the world outside -------------------------------------------------------------------

    def mail_4xx(self) -> None:
        self._dial("smtp", "4xx", 3)

    def mail_5xx(self) -> None:
        self._dial("smtp", "5xx", 0.5)

    def mail_hangs(self) -> None:
        self._dial("smtp", "hang", 4)

    def hook_500(self) -> None:
        self._dial("hook", "500", 3)

    def hook_hangs(self) -> None:
        self._dial("hook", "hang", 4)

    def _prometheus(self, mode: str) -> None:
        self._dial("prometheus", mode, 6)

    def _dial(self, what: str, mode: str, seconds: float) -> None:
        self._stage.dial(**{what: mode})
        try:
            self._stage.play(seconds)
        finally:
            self._stage.dial(**{what: "well"})

    # --- how -----------------------------------------------------------------------------------

    def _kill(self, pids: list[int | None], *, one: bool = False) -> None:
        pids = [pid for pid in pids if pid]
        if one and pids:
            pids = [self._luck.choice(pids)]
        for pid in pids:
            _signal(pid, signal.SIGKILL)
        self.kills += bool(pids)

    @contextmanager
    def _left_alone(self, server: Server) -> Iterator[None]:
        self._stage.left_alone = server
        try:
            yield
        finally:
            self._stage.left_alone = None


def _signal(pid: int | None, number: int) -> None:
    if pid:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def wait_between(luck: random.Random, stage: Stage, mean: float) -> None:
    """A breath between two faults, in which the portal must come to itself."""
    stage.play(min(4 * mean, luck.expovariate(1 / mean)))
