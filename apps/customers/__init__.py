"""Organisations and the people there: whom we speak with. They never sign in."""
