"""The web process."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import reverse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.demo")

application = get_wsgi_application()
# The first request finds its pages loaded, and the forks of this process share them.
reverse("portal:today")
