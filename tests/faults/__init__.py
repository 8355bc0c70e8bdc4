"""The fault harness: a real portal, killed and starved in every way, and an audit of what it lost.

`python -m tests.faults` (SEED=, FAULTS=, DELIVERIES=, or the same as options; `--soak`).
"""
