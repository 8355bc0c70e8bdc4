"""Promises to customers: policies, the clocks they start, and how well they are kept.

Clocks are computed from what happened, never from when somebody looked.
"""
