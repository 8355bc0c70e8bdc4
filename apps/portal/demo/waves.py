"""How Tidewater's own product behaves, minute by minute, as pure functions of time.

Traffic follows the working day, grows over the months, has a bad Tuesday morning after each
weekly release, and one exporter that is away every Thursday before dawn.
"""

from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from itertools import accumulate
from math import erf, exp, log, sin, sqrt

MINUTE, HOUR, DAY, WEEK = 60, 3600, 86_400, 604_800
_MONDAY = 4 * DAY  # 1970-01-05, so that weeks start on Mondays
_GROWTH_SINCE = 1_767_225_600  # 2026-01-01
HOSTS = ("web-1", "web-2", "db-1")
SERVICES = {"web": 900.0, "api": 520.0}
BOUNDS = (0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6)

Labels = tuple[tuple[str, str], ...]
Reading = Callable[[int], float | None]


def noise(seed: int, minute: int) -> float:
    """Between 0 and 1, the same for the same minute."""
    mixed = (minute * 2_654_435_761 + seed * 97_531) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 15)) * 2_246_822_519) & 0xFFFFFFFF
    return ((mixed ^ (mixed >> 13)) & 0xFFFFFF) / 0x1000000


def busy(at: int) -> float:
    """Share of the day's peak, from working hours in Europe and America."""
    weekday, second = (at - _MONDAY) // DAY % 7, at % DAY
    hour = second / HOUR
    day = 0.12 + 0.62 * exp(-(((hour - 10.2) / 3.0) ** 2)) + 0.48 * exp(-(((hour - 16) / 2.8) ** 2))
    growth = 1 + 0.55 * (at - _GROWTH_SINCE) / (365 * DAY)
    return day * (0.3 if weekday >= 5 else 1.0) * growth


def trouble(at: int) -> float:
    """How bad the half hour after the weekly release is, from 0 to 1."""
    into = (at - _MONDAY) % WEEK - (DAY + 9 * HOUR + 12 * MINUTE)
    if not 0 <= into < 28 * MINUTE:
        return 0.0
    release = (at - _MONDAY) // WEEK
    return (0.25 + 0.75 * noise(7, release)) * sin(3.1416 * into / (28 * MINUTE))


def away(at: int) -> bool:
    """Whether the exporter on db-1 is being updated: a gap, not a zero."""
    return 3 * DAY + 3 * HOUR <= (at - _MONDAY) % WEEK < 3 * DAY + 4.5 * HOUR


@lru_cache(maxsize=65_536)
def requests(service: str, at: int) -> float:
    """Requests in the minute that ends at `at`."""
    minute = at // MINUTE
    return round(SERVICES[service] * busy(at) * (0.9 + 0.2 * noise(len(service), minute)))


def failed_share(at: int) -> float:
    """Share of requests answered 5xx."""
    return 0.00035 + 0.0005 * noise(11, at // MINUTE) ** 6 + 0.09 * trouble(at)


def under(bound: float, service: str, at: int) -> float:
    """Share of requests answered within `bound` seconds: log-normal, slower when busy."""
    median = (0.047 if service == "web" else 0.032) * (1 + 0.35 * busy(at) + 3.2 * trouble(at))
    return 0.5 * (1 + erf((log(bound) - log(median)) / (0.72 * sqrt(2))))


def _counter(per_minute: Callable[[int], float]) -> Reading:
    """A raw counter; the process restarts with the weekly release, so it falls back to zero."""

    @cache
    def since(week: int) -> list[float]:
        begins = week * WEEK + _MONDAY
        minutes = range(begins, begins + WEEK, MINUTE)
        return list(accumulate(per_minute(at) for at in minutes))

    def read(at: int) -> float:
        week, into = divmod(at - _MONDAY, WEEK)
        return float(int(since(week)[into // MINUTE]))

    return read


def _gauge(value: Callable[[int], float], present: Callable[[int], bool] | None = None) -> Reading:
    def read(at: int) -> float | None:
        return None if present and not present(at) else round(value(at), 4)

    return read


@cache
def series() -> dict[str, list[tuple[Labels, Reading]]]:
    """Everything the product exports, by metric name."""
    found: dict[str, list[tuple[Labels, Reading]]] = {}
    for name, labels, reading in _exported():
        found.setdefault(name, []).append((labels, reading))
    return found


def _exported() -> Iterator[tuple[str, Labels, Reading]]:
    for service in SERVICES:
        for code in ("2xx", "4xx", "5xx"):
            yield (
                "http_requests_total",
                (("code", code), ("service", service)),
                _counter(lambda at, s=service, c=code: requests(s, at) * _share(c, at)),
            )
    for bound in (*BOUNDS, None):
        yield (
            "http_request_duration_seconds_bucket",
            (("le", "+Inf" if bound is None else str(bound)), ("service", "web")),
            _counter(lambda at, b=bound: requests("web", at) * (under(b, "web", at) if b else 1)),
        )
    for number, host in enumerate(HOSTS):
        here = (("host", host),)
        yield "node_cpu_used_ratio", here, _gauge(lambda at, n=number: _cpu(n, at), _seen(host))
        yield (
            "node_memory_used_ratio",
            here,
            _gauge(lambda at, n=number: 0.41 + 0.06 * n + 0.05 * busy(at), _seen(host)),
        )
        yield (
            "node_disk_used_ratio",
            here,
            _gauge(lambda at, n=number: 0.38 + 0.05 * n + ((at // DAY) % 60) / 300, _seen(host)),
        )
    yield "export_queue_oldest_seconds", (), _gauge(_waiting_exports)
    yield "active_users", (), _gauge(lambda at: round(410 * busy(at) + 25 * noise(3, at // MINUTE)))
    yield (
        "websocket_connections",
        (),
        _gauge(lambda at: round(300 * busy(at) * (1 - 0.6 * trouble(at)))),
    )


def _share(code: str, at: int) -> float:
    failed = failed_share(at)
    refused = 0.021 + 0.01 * noise(5, at // MINUTE)
    return {"5xx": failed, "4xx": refused, "2xx": 1 - failed - refused}[code]


def _cpu(host: int, at: int) -> float:
    return min(
        0.97, 0.14 + 0.05 * host + 0.3 * busy(at) + 0.3 * trouble(at) + 0.06 * noise(host, at // 60)
    )


def _seen(host: str) -> Callable[[int], bool]:
    return lambda at: host != "db-1" or not away(at)


def _waiting_exports(at: int) -> float:
    return 3 + 22 * busy(at) * noise(13, at // MINUTE) ** 3 + 420 * trouble(at)
