"""Every page of the portal, one list per area."""

from django.conf import settings

from apps.portal.demo import prometheus

from . import (
    actions,
    customers,
    figures,
    incidents,
    mailroom,
    mails,
    metrics,
    outbox,
    person,
    prepared,
    privacy,
    reports,
    requests,
    search,
    sla,
    start,
    tickets,
)

app_name = "portal"
urlpatterns = [
    *start.urlpatterns,
    *tickets.urlpatterns,
    *prepared.urlpatterns,
    *mailroom.urlpatterns,
    *customers.urlpatterns,
    *sla.urlpatterns,
    *incidents.urlpatterns,
    *actions.urlpatterns,
    *figures.urlpatterns,
    *mails.urlpatterns,
    *metrics.urlpatterns,
    *reports.urlpatterns,
    *requests.urlpatterns,
    *privacy.urlpatterns,
    *outbox.urlpatterns,
    *search.urlpatterns,
    *person.urlpatterns,
]
if settings.DEMO:
    urlpatterns += prometheus.urlpatterns
