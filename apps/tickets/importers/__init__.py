"""Tickets with their history from files: bytes to plain records, checked word by word."""
