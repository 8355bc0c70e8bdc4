"""The memory of the house: one Activity row for every change, written with the change.

Also what all records share: `Tracked`, `Refused`, and the one rule for text that enters.
It decides nothing; clocks, notifications and audits read its rows.
"""
