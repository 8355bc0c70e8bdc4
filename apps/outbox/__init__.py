"""Everything that leaves and everything that is due, as rows; the broker only nudges.

Deliveries, events that arrived, periodic slots, long jobs, notifications and heartbeats.
It knows no ticket and no metric: `config` names who is due and who reads what arrived.
"""
