"""The Celery app: workers import it by name; the web never does."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.demo")

app = Celery("afterlaunch")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
