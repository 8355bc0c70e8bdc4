"""A portal on this machine, with a story in it; relaxes production for plain HTTP."""

from config.settings.base import *

DEMO = True
SECRET_KEY = env.secret("SECRET_KEY", "demo-only-" + "x" * 50)
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *env.words("ALLOWED_HOSTS")]
_PORT = env.number("PORT", 8000)
PUBLIC_URL = env.text("PUBLIC_URL", f"http://localhost:{_PORT}").rstrip("/")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 0
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
SESSION_COOKIE_NAME = "session"
CSRF_COOKIE_NAME = "csrf"
AUTH_PASSWORD_VALIDATORS = []
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
WHITENOISE_USE_FINDERS = True
EMAIL_BACKEND = env.text("EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend")
EMAIL_FILE_PATH = str(home.path("mail"))
MAIL_DOMAIN = "demo.test"
DEFAULT_FROM_EMAIL = SERVER_EMAIL = "support@demo.test"
INTERNAL_HOSTS = [f"localhost:{_PORT}", *INTERNAL_HOSTS]  # the story's own Prometheus
