"""Incidents, their updates and their tickets."""

from django.urls import path

from apps.portal.views.incidents import declaring, linking, merging, reading, updating, verbs

INCIDENT = "incidents/<int:pk>/"

urlpatterns = [
    path("incidents/", reading.incidents, name="incidents"),
    path("incidents/declare/", declaring.declare, name="incident-declare"),
    path(INCIDENT, reading.incident, name="incident"),
    path(f"{INCIDENT}edit/", declaring.edit, name="incident-edit"),
    path(f"{INCIDENT}acknowledge/", verbs.acknowledge, name="incident-acknowledge"),
    path(f"{INCIDENT}mitigate/", verbs.mitigate, name="incident-mitigate"),
    path(f"{INCIDENT}resolve/", verbs.resolve, name="incident-resolve"),
    path(f"{INCIDENT}reopen/", verbs.reopen, name="incident-reopen"),
    path(f"{INCIDENT}review/", verbs.review, name="incident-review"),
    path(f"{INCIDENT}undo/<int:activity>/", verbs.undo, name="incident-undo"),
    path(f"{INCIDENT}update/", updating.update, name="incident-update"),
    path(f"{INCIDENT}updates/<int:update>/", updating.reached, name="incident-reached"),
    path(
        f"{INCIDENT}updates/<int:update>/take-back/", updating.take_back, name="incident-take-back"
    ),
    path(f"{INCIDENT}merge/", merging.merge, name="incident-merge"),
    path(f"{INCIDENT}unmerge/", merging.unmerge, name="incident-unmerge"),
    path(f"{INCIDENT}link/", linking.link, name="incident-link"),
    path(f"{INCIDENT}unlink/", linking.unlink, name="incident-unlink"),
    path(f"{INCIDENT}undo-link/<int:activity>/", linking.undo, name="incident-undo-link"),
    path("tickets/<int:pk>/incident/", linking.link_ticket, name="ticket-incident"),
    path("tickets/bulk/incident/", linking.bulk, name="bulk-incident"),
]
