"""What upper floors mark tickets by in lists: name → the SQL that finds them among `tickets`.

Each is a text with one column, the ticket, and may ask `%(tickets)s` and `%(me)s`; all of them go
along with the one statement a list asks about its rows. `apps/portal/rows.py` draws a mark.
"""

MARKS: dict[str, str] = {"incident": "apps.incidents.marks.OPEN_INCIDENT"}
