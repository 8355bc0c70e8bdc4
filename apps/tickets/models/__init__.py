"""Records of this app, a file for each subject."""

from .assignment import AssignmentRule, Duty, Unplaced
from .bulk import BulkChange, BulkItem
from .canned import CannedFile, CannedReply
from .checklist import Checklist, ChecklistLine, Item
from .draft import Draft, DraftFile
from .following import Follower
from .importing import (
    ImportBefore,
    ImportedTicket,
    ImportRejection,
    ImportRun,
    ImportSeen,
    StandIn,
)
from .link import TicketLink
from .macro import Macro
from .mail import InboundMail, RawMail, SenderRule
from .mailbox import Mailbox
from .mentions import Mention
from .message import Attachment, Message
from .owed_answer import Asker, Cause, OwedAnswer
from .presence import Presence
from .queue import CustomField, Queue, StatusLabel
from .search import SearchDoc, SearchWord
from .side import SideConversation, SideDraft
from .ticket import Ticket
from .view import Habit, View

__all__ = [
    "Asker",
    "AssignmentRule",
    "Attachment",
    "BulkChange",
    "BulkItem",
    "CannedFile",
    "CannedReply",
    "Cause",
    "Checklist",
    "ChecklistLine",
    "CustomField",
    "Draft",
    "DraftFile",
    "Duty",
    "Follower",
    "Habit",
    "ImportBefore",
    "ImportRejection",
    "ImportRun",
    "ImportSeen",
    "ImportedTicket",
    "InboundMail",
    "Item",
    "Macro",
    "Mailbox",
    "Mention",
    "Message",
    "OwedAnswer",
    "Presence",
    "Queue",
    "RawMail",
    "SearchDoc",
    "SearchWord",
    "SenderRule",
    "SideConversation",
    "SideDraft",
    "StandIn",
    "StatusLabel",
    "Ticket",
    "TicketLink",
    "Unplaced",
    "View",
]
