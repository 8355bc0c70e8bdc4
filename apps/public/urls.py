"""The addresses of this door."""

app_name = "public"
urlpatterns: list = []
