"""Records of this app."""

from .insight import Insight
from .request import FeatureRequest

__all__ = ["FeatureRequest", "Insight"]
