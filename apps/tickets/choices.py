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


class ImportState(TextChoices):
    """How far an import is."""

    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Unusable file"


class Mode(TextChoices):
    """What somebody is writing."""

    REPLY = "reply", "Reply"
    NOTE = "note", "Note"
