"""Records of this app, a file for each subject."""

from .audit import Audit, Difference
from .clock import Clock, StepFired, Terms, Waiver
from .policy import Policy, PolicyVersion

__all__ = [
    "Audit",
    "Clock",
    "Difference",
    "Policy",
    "PolicyVersion",
    "StepFired",
    "Terms",
    "Waiver",
]
