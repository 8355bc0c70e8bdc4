"""Numbers from elsewhere: sources, imports, samples, rollups and how fresh they are.

It keeps what must be joined, corrected and audited; it is no probe runner and no time-series
engine: those exist, and it reads from them.
"""
