"""Honest numbers: a figure carries its interval, coverage, state and reason, and can be explained.

Each app defines its own numbers in its `figures.py`; this app judges, explains and freezes them.
It measures nothing itself and sends nothing.
"""
