"""Settings for the test suite: fast hashes, mail in memory."""

from config.settings.base import *

SECRET_KEY = "tests-only-" + "x" * 50
ALLOWED_HOSTS = ["*"]
PUBLIC_URL = "http://testserver"
CSRF_TRUSTED_ORIGINS = []
SECURE_SSL_REDIRECT = False
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
SESSION_COOKIE_NAME = "session"
CSRF_COOKIE_NAME = "csrf"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = []
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CACHES["default"]["BACKEND"] = "django.core.cache.backends.locmem.LocMemCache"
MAIL_DOMAIN = "demo.test"
DEFAULT_FROM_EMAIL = SERVER_EMAIL = "support@demo.test"
SILENCED_SYSTEM_CHECKS = ["public.E001", "public.E002", "public.E003"]
LOGGING["root"]["level"] = "ERROR"
