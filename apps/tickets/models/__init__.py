"""Records of this app, a file for each subject."""

from .importing import ImportedTicket, ImportRejection, ImportRun, ImportSeen
from .message import Attachment, Message
from .queue import CustomField, Queue, StatusLabel
from .search import SearchDoc, SearchWord
from .ticket import Ticket
from .view import View

__all__ = [
    "Attachment",
    "CustomField",
    "ImportRejection",
    "ImportRun",
    "ImportSeen",
    "ImportedTicket",
    "Message",
    "Queue",
    "SearchDoc",
    "SearchWord",
    "StatusLabel",
    "Ticket",
    "View",
]
