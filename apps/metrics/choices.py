"""The words of this app."""

from django.db.models import IntegerChoices, TextChoices

from .rules.values import State


class MetricKind(TextChoices):
    """What the samples are, and so what may be done with them."""

    GAUGE = "gauge", "Gauge"
    COUNTER = "counter", "Counter (read raw, differenced with resets)"
    DELTA = "delta", "Count per interval"
    RATIO = "ratio", "Ratio (never averaged)"
    QUANTILE = "quantile", "Ready-made percentile (only its maximum is kept)"
    HISTOGRAM = "histogram", "Histogram per interval"
    HISTOGRAM_COUNTER = "histogram_counter", "Histogram that counts up"

    @property
    def is_histogram(self) -> bool:
        return self in (MetricKind.HISTOGRAM, MetricKind.HISTOGRAM_COUNTER)

    @property
    def counts_up(self) -> bool:
        return self in (MetricKind.COUNTER, MetricKind.HISTOGRAM_COUNTER)

    @property
    def adds_up(self) -> bool:
        return self in (MetricKind.COUNTER, MetricKind.DELTA)


class Joined(TextChoices):
    """How several series of one metric make one line."""

    SUM = "sum", "Sum"
    MEAN = "mean", "Mean"
    MAX = "max", "Highest"
    MIN = "min", "Lowest"


class Better(TextChoices):
    """Which way is good."""

    HIGHER = "higher", "Higher"
    LOWER = "lower", "Lower"
    NEITHER = "", "Neither"


class Role(TextChoices):
    """What the scorecard reads this metric as."""

    NONE = "", "Nothing"
    LATENCY = "latency", "Response time"
    REQUESTS = "requests", "Requests"
    ERRORS = "errors", "Errors"
    RESOURCE = "resource", "Use of a resource (0 to 1)"


class Retention(IntegerChoices):
    """How many days raw samples are kept; rollups stay."""

    DETAIL = 35, "35 days"
    STANDARD = 90, "90 days"
    LONG = 400, "400 days"


class Store(TextChoices):
    """Where raw samples live."""

    HERE = "here", "In this portal"
    REMOTE = "remote", "In the PromQL server they come from"


class SourceKind(TextChoices):
    """Where samples come from."""

    PROMETHEUS = "prometheus", "Prometheus (any PromQL server)"
    JSON = "json", "JSON over HTTP"
    CSV = "csv", "CSV in a folder"
    SQL = "sql", "SQL query"
    PUSH = "push", "Push (API)"


class RunStatus(TextChoices):
    """How an import ended; only OK and empty are without doubt."""

    OK = "ok", "Complete"
    DEGRADED = "degraded", "Degraded"
    FAILED = "failed", "Failed"
    EMPTY = "empty", "Nothing came"


class Origin(TextChoices):
    """Through which door samples came."""

    PULL = "pull", "Schedule"
    BACKFILL = "backfill", "Back-fill"
    UPLOAD = "upload", "Upload"
    COMMAND = "command", "Command"
    PUSH = "push", "Push"


class Mode(TextChoices):
    """What a file says about the samples it does not hold."""

    MERGE = "merge", "Merge: the others stay"
    REPLACE = "replace", "Replace range: the others within it are withdrawn"


class Level(IntegerChoices):
    """Hours in a rollup."""

    HOUR = 1, "Hour"
    DAY = 24, "Day"


class MarkerKind(TextChoices):
    """What happened beside the numbers."""

    DEPLOY = "deploy", "Deploy"
    INCIDENT = "incident", "Incident"
    MAINTENANCE = "maintenance", "Maintenance"
    RELEASE = "release", "Release"
    NOTE = "note", "Note"


SAMPLE_STATES = [
    (State.OK.value, "ok"),
    (State.NAN.value, "not a number"),
    (State.POSITIVE_INFINITY.value, "+∞"),
    (State.NEGATIVE_INFINITY.value, "−∞"),
    (State.MISSING.value, "missing"),
    (State.WITHDRAWN.value, "withdrawn"),
]
