"""Working time: when a team is there, and how many seconds of work lie between two instants.

It decides no promise; `sla` measures its clocks by these calendars.
"""
