"""Every page of the portal, one list per area."""

from . import customers, outbox, person, search, start, tickets

app_name = "portal"
urlpatterns = [
    *start.urlpatterns,
    *tickets.urlpatterns,
    *customers.urlpatterns,
    *outbox.urlpatterns,
    *search.urlpatterns,
    *person.urlpatterns,
]
