"""Tickets of a list that are of an incident that is still open; private ones mark nothing."""

OPEN_INCIDENT = """
SELECT link.ticket_id FROM incidents_incidentticket AS link
JOIN incidents_incident AS incident ON incident.id = link.incident_id
WHERE link.ticket_id = ANY(%(tickets)s) AND NOT incident.private
AND incident.state IN ('triage', 'active', 'mitigated')
"""
