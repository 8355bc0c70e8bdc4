"""The demo's settings with the harness's own door, periodic work and listeners."""

from config.settings.demo import *

ROOT_URLCONF = "tests.faults.urls"
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST, EMAIL_PORT = "127.0.0.1", env.number("SMTP_PORT", 25)
EMAIL_TIMEOUT = 10
SCHEDULE = {**SCHEDULE, "faults.slot": (2, "tests.faults.door.slot", "all")}
INBOUND = {**INBOUND, "faults": "tests.faults.door.read"}
LOGGING["root"]["level"] = "WARNING"
DATABASES["default"]["OPTIONS"]["options"] += " -c synchronous_commit=on"
