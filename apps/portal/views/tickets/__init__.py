"""The desk: lists, the ticket, and what can be done to it."""
