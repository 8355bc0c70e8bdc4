"""What customers ask us to build: feature requests, the evidence for each, and what became of it.

Who asked is told through `tickets` (owed answers). Plans, scores, public votes and announcements
are other apps' business: they refer to requests, a request knows none of them.
"""
