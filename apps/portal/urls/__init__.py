"""Every page of the portal, one list per area."""

app_name = "portal"
urlpatterns: list = []
