"""What broke, who leads, what those it hit are told and when they hear more.

Alerts, the public status page, maintenance and reviews with their factors are none of its matters.
"""
