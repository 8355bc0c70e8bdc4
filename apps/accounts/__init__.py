"""People who sign in: users, teams, roles and the tokens of their programs.

Not customers or contacts: those never sign in and live in `customers`.
"""
