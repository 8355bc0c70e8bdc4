"""The words of this app."""

from django.db.models import TextChoices


class Status(TextChoices):
    """Where a ticket is; the last three are ends without a clock and without a report."""

    NEW = "new", "New"
    OPEN = "open", "Open"
    WAITING_CUSTOMER = "waiting_customer", "Waiting for the customer"
    WAITING_THIRD_PARTY = "waiting_third_party", "Waiting for somebody else"
    RESOLVED = "resolved", "Resolved"
    CLOSED = "closed", "Closed"
    MERGED = "merged", "Merged"
    DUPLICATE = "duplicate", "Duplicate"
    SPAM = "spam", "Spam"


class Priority(TextChoices):
    """How soon it matters."""

    URGENT = "urgent", "Urgent"
    HIGH = "high", "High"
    NORMAL = "normal", "Normal"
    LOW = "low", "Low"


class Channel(TextChoices):
    """Through which door a ticket came."""

    MAIL = "mail", "Mail"
    WEB = "web", "Web form"
    PHONE = "phone", "Phone"
    CHAT = "chat", "Chat"
    API = "api", "API"
    IMPORT = "import", "Import"


class Origin(TextChoices):
    """Who began it: that decides which clocks start."""

    CUSTOMER = "customer", "The customer wrote"
    AGENT = "agent", "We wrote first"
    LOGGED = "logged", "Staff logged a call or chat"


class Direction(TextChoices):
    """Which way a message went."""

    IN = "in", "From the customer"
    OUT = "out", "To the customer"
    NOTE = "note", "Note among staff"


class Next(TextChoices):
    """What a reply leaves behind."""

    WAIT = "wait", "Send & wait"
    KEEP_OPEN = "keep_open", "Send & keep open"
    RESOLVE = "resolve", "Send & resolve"


class FieldType(TextChoices):
    """What a custom field holds."""

    TEXT = "text", "Text"
    NUMBER = "number", "Number"
    DATE = "date", "Date"
    YES_NO = "yes_no", "Yes or no"
    CHOICE = "choice", "One of a list"
    URL = "url", "Web address"


class Sort(TextChoices):
    """How a list of tickets is ordered; each order has its index."""

    DUE = "due", "Due first"
    UPDATED = "updated", "Changed last"
    CREATED = "created", "Newest first"
    OLDEST = "oldest", "Oldest first"


class Column(TextChoices):
    """What a list may show of a ticket besides its subject, in this order."""

    DUE = "due", "Due"
    NUMBER = "number", "Number"
    PRIORITY = "priority", "Priority"
    CUSTOMER = "customer", "Customer"
    CONTACT = "contact", "Contact"
    TIER = "tier", "Tier"
    STATUS = "status", "Status"
    QUEUE = "queue", "Queue"
    CHANNEL = "channel", "Channel"
    ASSIGNEE = "assignee", "Assignee"
    TAGS = "tags", "Tags"
    REPORTED = "reported", "Reported"
    UPDATED = "updated", "Changed"
    WAITING = "waiting", "Waiting"


class Way(TextChoices):
    """How a rule finds somebody in a team."""

    NONE = "", "Nobody: the team only"
    ROUND_ROBIN = "round_robin", "Round robin"
    LEAST_LOADED = "least_loaded", "Whoever carries least"


class ImportState(TextChoices):
    """How far an import is."""

    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Unusable file"
    UNDONE = "undone", "Undone"


class Outcome(TextChoices):
    """What became of one ticket of a bulk change."""

    WAITING = "waiting", "Waiting"
    CHANGED = "changed", "Changed"
    SAME = "same", "So already"
    REFUSED = "refused", "Refused"
    RESTORED = "restored", "As before"
    KEPT = "kept", "Kept in part"


class Mode(TextChoices):
    """What somebody is writing."""

    REPLY = "reply", "Reply"
    NOTE = "note", "Note"


class MailState(TextChoices):
    """How far a mail that arrived is."""

    RECEIVED = "received", "Waiting to be read"
    FILED = "filed", "Filed"
    QUARANTINED = "quarantined", "Held back"
    IGNORED = "ignored", "Ignored"
    FAILED = "failed", "Could not be read"


class MailReason(TextChoices):
    """Why a mail is held back, ignored or not readable."""

    NOBODY = "nobody", "It names no sender"
    OURS = "ours", "It says it is from an address of ours"
    PROGRAM = "program", "A program wrote it, to no ticket we know"
    LIST = "list", "A newsletter or a mailing list"
    STORM = "storm", "Too many mails from this sender"
    SPAM = "spam", "The mail server calls it spam"
    FORGED = "forged", "The mail server could not prove its sender"
    OWN = "own", "Our own mail came back to us"
    REPEATED = "repeated", "The same mail arrived before"
    AUTO_REPLY = "auto_reply", "An automatic answer to nothing we sent"
    BOUNCE = "bounce", "A report about a mail we do not know"
    DELAYED = "delayed", "Only a delay; their server goes on trying"
    BLOCKED = "blocked", "Its sender is blocked"
    DISCARDED = "discarded", "Discarded by one of us"
    EMPTY = "empty", "Nothing is in it"
    BROKEN = "broken", "Filing it failed"


class SenderEffect(TextChoices):
    """What is done with mail from a sender."""

    ALLOW = "allow", "Always taken"
    BLOCK = "block", "Ignored"


class MailSecurity(TextChoices):
    """How the line to a mailbox is kept private."""

    TLS = "tls", "TLS from the first byte"
    STARTTLS = "starttls", "STARTTLS"
    NONE = "none", "None: only inside your own network"


class Relation(TextChoices):
    """What a ticket is to another one."""

    RELATED = "related", "Related to"
    DUPLICATE = "duplicate", "Duplicate of"
    BLOCKED = "blocked", "Blocked by"
    PART = "part", "Part of"
    SPLIT = "split", "Split off from"


class Answer(TextChoices):
    """How it stands with a word that is owed to whoever asked."""

    OWED = "owed", "Not told yet"
    TOLD = "told", "Told"
    WAIVED = "waived", "No word needed"
    WITHDRAWN = "withdrawn", "Taken back with its cause"
