"""Records of this app."""

from .marker import Marker
from .metric import HistogramLayout, Metric, Series
from .rollup import DirtyBucket, Rollup, RollupDist
from .run import ImportRun, RejectedRow
from .sample import DistRevision, Sample, SampleDist, SampleRevision
from .source import Source
from .threshold import Threshold

__all__ = [
    "DirtyBucket",
    "DistRevision",
    "HistogramLayout",
    "ImportRun",
    "Marker",
    "Metric",
    "RejectedRow",
    "Rollup",
    "RollupDist",
    "Sample",
    "SampleDist",
    "SampleRevision",
    "Series",
    "Source",
    "Threshold",
]
