"""Every page of the portal, one list per area."""

from . import actions, customers, figures, outbox, person, search, start, tickets

app_name = "portal"
urlpatterns = [
    *start.urlpatterns,
    *tickets.urlpatterns,
    *customers.urlpatterns,
    *actions.urlpatterns,
    *figures.urlpatterns,
    *outbox.urlpatterns,
    *search.urlpatterns,
    *person.urlpatterns,
]
