"""Records of this app, a file for each subject."""

from .importing import ImportRun
from .message import Attachment, Message
from .queue import CustomField, Queue, StatusLabel
from .search import SearchDoc, SearchWord
from .ticket import Ticket
from .view import View

__all__ = [
    "Attachment",
    "CustomField",
    "ImportRun",
    "Message",
    "Queue",
    "SearchDoc",
    "SearchWord",
    "StatusLabel",
    "Ticket",
    "View",
]
