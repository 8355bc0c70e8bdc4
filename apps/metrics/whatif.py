"""What a threshold would have said in the last thirty days, and the incidents it would have met."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .choices import MarkerKind
from .models import Marker, Metric
from .rules.thresholds import Catch, Episode, Limit, compare, replay
from .stores import Line, PostgresStore

SPAN = timedelta(days=30)
STEP = 300


@dataclass(frozen=True)
class Answer:
    """The alerts it would have fired, on each line of the metric."""

    episodes: tuple[tuple[str, Episode], ...]
    against: Catch
    incidents: int
    points: int

    @property
    def open(self) -> int:
        return sum(episode.ended is None for _, episode in self.episodes)


def ask(metric: Metric, limit: Limit, *, at: datetime) -> Answer:
    """Replay the limit over five-minute bins; of each bin the value on the far side counts."""
    start = at - SPAN
    step = max(STEP, metric.step)
    lines = PostgresStore().lines(metric, int(start.timestamp()), int(at.timestamp()), step)
    episodes = [
        (line.name, episode) for line in lines for episode in replay(_points(line, limit), limit)
    ]
    known = Marker.objects.filter(sort=MarkerKind.INCIDENT).touching(start, at)
    incidents = [
        (one.starts_at.timestamp(), one.ends_at.timestamp() if one.ends_at else None)
        for one in known.about(metric.component_id)
    ]
    return Answer(
        tuple(sorted(episodes, key=lambda pair: -pair[1].began)),
        compare([episode for _, episode in episodes], incidents),
        len(incidents),
        sum(len(line.points) for line in lines),
    )


def _points(line: Line, limit: Limit) -> Sequence[tuple[float, float | None]]:
    return [(point.at, point.high if limit.above else point.low) for point in line.points]
