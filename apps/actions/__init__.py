"""Who will do what by when, and what was decided, wherever it was agreed.

Reviews, incidents and outcomes refer to it by kind and id; it knows none of them.
"""
