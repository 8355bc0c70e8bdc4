"""Every page of the portal, one list per area."""

from . import person, search, start

app_name = "portal"
urlpatterns = [
    *start.urlpatterns,
    *search.urlpatterns,
    *person.urlpatterns,
]
