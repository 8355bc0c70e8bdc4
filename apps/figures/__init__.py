"""Honest numbers: a figure carries its interval, coverage, state and reason, and can be explained."""
