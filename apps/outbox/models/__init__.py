"""Records of this app."""

from .delivery import Delivery, DeliveryAttempt
from .endpoint import Endpoint
from .host import Host
from .inbound import InboundEvent
from .job import Job
from .notification import Notification
from .periodic import Heartbeat, PeriodicRun
from .stopped import StoppedAddress
from .telling import Telling

__all__ = [
    "Delivery",
    "DeliveryAttempt",
    "Endpoint",
    "Heartbeat",
    "Host",
    "InboundEvent",
    "Job",
    "Notification",
    "PeriodicRun",
    "StoppedAddress",
    "Telling",
]
