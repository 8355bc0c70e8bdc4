"""What leads read: the support report, every number of it with the tickets behind it.

It measures what the apps beneath it wrote down and changes none of it.
"""
