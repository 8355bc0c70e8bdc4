"""What customers say of an answer: one question after a ticket is solved, and what they chose.

Whom is asked is decided here; the mail leaves by the outbox, the vote comes through a signed link.
"""
