"""Backups and their drills."""
