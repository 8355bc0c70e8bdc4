"""Production, and safe by default; demo.py and test.py only relax it."""

from pathlib import Path

from csp.constants import NONE, SELF
from kombu import Queue

from apps.embedded import home
from config import env
from config.events import EVENTS  # noqa: F401  (read by apps.outbox)
from config.forgetting import FORGETTING  # noqa: F401  (read by apps.privacy)
from config.imported import TAKEN_ALONG  # noqa: F401  (read by apps.customers)
from config.inbound import INBOUND  # noqa: F401  (read by apps.outbox)
from config.jobs import JOBS, RENEWING  # noqa: F401  (read by apps.outbox)
from config.logs import logging_settings
from config.marks import MARKS  # noqa: F401  (read by apps.tickets)
from config.objections import OBJECTIONS  # noqa: F401  (read by apps.timeline)
from config.projections import FORETOLD, PROJECTIONS  # noqa: F401  (read by apps.timeline)
from config.restored import RESTORED  # noqa: F401  (read by apps.changes)
from config.schedule import DRAINS, SCHEDULE  # noqa: F401  (read by apps.outbox)

BASE_DIR = Path(__file__).resolve().parents[2]

# --- who we are ---------------------------------------------------------------------------
PUBLIC_URL = env.text("PUBLIC_URL", "https://localhost").rstrip("/")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
SECRET_KEY = env.secret("SECRET_KEY", "")
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
DEBUG = False
DEMO = False
PROCESS = env.text("AFTERLAUNCH_PROCESS", "command")  # web | worker | relay | beat | command

# --- apps, lowest floor first -------------------------------------------------------------
HOUSE = [
    "apps.accounts",
    "apps.figures",
    "apps.calendars",
    "apps.timeline",
    "apps.actions",
    "apps.customers",
    "apps.catalog",
    "apps.changes",
    "apps.outbox",
    "apps.tickets",
    "apps.metrics",
    "apps.surveys",
    "apps.incidents",
    "apps.features",
    "apps.sla",
    "apps.reports",
    "apps.privacy",
    "apps.portal",
    "apps.api",
    "apps.public",
]
INSTALLED_APPS = [
    "apps.portal.admin_site.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "csp",
    "pgtrigger",
    "pghistory",
    *HOUSE,
]
MIDDLEWARE = [
    "config.edge.measure",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.edge.refuse_the_unreadable",
    "config.edge.answer_when_the_database_is_away",
    "config.edge.refuse_programs_in_the_clear",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.edge.know_who_asks",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.edge.tell_the_log",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.edge.ask_for_a_second_factor",
    "config.edge.remember_who_edits",
    "config.edge.speak_the_persons_time",
    "config.edge.keep_signed_in_pages_private",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

# --- templates ----------------------------------------------------------------------------
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.portal.context.shell",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- database -----------------------------------------------------------------------------
DATABASES = {"default": env.database(default=home.database_url())}
_database = DATABASES["default"]
_timeouts = {
    "web": "-c statement_timeout=10s -c lock_timeout=3s -c idle_in_transaction_session_timeout=15s",
    "worker": "-c statement_timeout=60s -c lock_timeout=3s",
}
# What is joined is looked up by key: to weigh more than four tables in every order takes longer
# than to ask them (a list of tickets: 2.1 ms of planning with PostgreSQL's eight, 0.5 with four).
_planning = "-c timezone=UTC -c join_collapse_limit=4"
_database["OPTIONS"]["options"] = f"{_planning} {_timeouts.get(PROCESS, '')}".strip()
_database["OPTIONS"]["application_name"] = f"afterlaunch-{PROCESS}"
_database["OPTIONS"]["prepare_threshold"] = 2  # of what is asked in the same words all day
_database["ATOMIC_REQUESTS"] = False
_database["TEST"] = {"NAME": env.text("TEST_DATABASE_NAME", "test_afterlaunch")}
if PROCESS == "web":
    _database["OPTIONS"]["pool"] = {
        "min_size": 1,
        "max_size": 8,
        "timeout": 4,
        "reconnect_timeout": 5,
    }
    _database["CONN_HEALTH_CHECKS"] = True  # looked at when taken from the pool
    _database["CONN_MAX_AGE"] = 0  # the pool keeps connections
else:
    _database["CONN_MAX_AGE"] = 60
    _database["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- caches: nothing of value, and no request waits for a broker -----------------------------
CACHES = {
    "default": {  # login limits: shared by all processes, survive a broker flush
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "shared_cache",
        # Past it the limits of others would be dropped: nobody gets there within their hour.
        "OPTIONS": {"MAX_ENTRIES": 1_000_000},
    },
    "fragments": {  # immutable rows keyed by version, one per process
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    },
}
SESSION_ENGINE = "apps.accounts.sessions"

# --- work: rows in PostgreSQL; the broker only nudges ------------------------------------------
REDIS_URL = env.text("REDIS_URL", home.redis_url())
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 60,
    # A worker waits for nudges one second at a time; everybody else waits at most one.
    "socket_timeout": 5 if PROCESS == "worker" else 1,
    "socket_connect_timeout": 1,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 300_000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TIMEZONE = "UTC"
CELERY_TASK_QUEUES = [Queue(name) for name in DRAINS]
CELERY_TASK_DEFAULT_QUEUE = "outbox.mail"
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20
CELERY_APP = "config.celery.app"
OUTBOX_CONCURRENCY = env.number("WORKER_CONCURRENCY", 6)  # children of all workers together
OUTBOX_JOURNAL = Path(env.text("OUTBOX_JOURNAL", str(home.path("sent"))))
ERASURE_LEDGER = Path(env.text("ERASURE_LEDGER", str(home.path("erasures.jsonl"))))

# --- people ---------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["apps.accounts.backends.RoleBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_validation = "django.contrib.auth.password_validation."
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_validation}UserAttributeSimilarityValidator"},
    {"NAME": f"{_validation}MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": f"{_validation}CommonPasswordValidator"},
    {"NAME": "apps.accounts.passwords.NotOfTheHouse"},
]
PASSWORD_WORDS = env.words("PASSWORD_WORDS")  # that everybody here would think of
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "apps.accounts.adapter.ClosedDoor"
ACCOUNT_FORMS = {"login": "apps.portal.sign_in.SignIn"}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_RATE_LIMITS = {"login_failed": "5/30m/key,20/h/ip", "contact_link": "10/h/ip"}
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXIES", 0)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
SECOND_FACTOR_FOR = env.words("SECOND_FACTOR_FOR")  # roles, or everybody
USERSESSIONS_TRACK_ACTIVITY = False
SESSION_COOKIE_AGE = env.number("SESSION_HOURS", 24) * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = False

# --- mail -----------------------------------------------------------------------------------
globals().update(env.mail(default="smtp://localhost:25"))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", "support@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
MAIL_DOMAIN = env.text("MAIL_DOMAIN", "localhost")
# Whose Authentication-Results are believed: the name our own mail server writes into them.
MAIL_AUTHSERV = env.text("MAIL_AUTHSERV", "").lower()
MAILBOX_CA_FILE = env.text("MAILBOX_CA_FILE", "")  # who else vouches for mailboxes, PEM

# --- the edge -------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_REFERRER_POLICY = "same-origin"
# People are led to HTTPS; programs are refused by config.edge, for they would go on in the clear.
SECURE_REDIRECT_EXEMPT = [r"^healthz/", r"^api/(?!docs/)", r"^hooks/", r"^metrics$"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_NAME = "__Host-csrf"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
LARGEST_UPLOAD = 30 * 1024 * 1024  # of any request, files included
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
        "report-uri": "/csp/",
        "report-to": "csp",
    }
}
INTERNAL_HOSTS = env.words("INTERNAL_HOSTS")  # host:port or CIDR that sources may reach
METRICS_TOKEN = env.secret("METRICS_TOKEN", "")
FIELD_KEYS = env.words("FIELD_KEYS")  # Fernet keys, newest first; empty: derived from SECRET_KEY

# --- tickets --------------------------------------------------------------------------------
CLOSE_AFTER_DAYS = env.number("CLOSE_AFTER_DAYS", 7)  # a resolved ticket, for good; 0: never
CLOSE_ON_WORKING_DAYS = env.flag("CLOSE_ON_WORKING_DAYS")  # those of its queue, by its hours

# --- surveys --------------------------------------------------------------------------------
SURVEYS_AFTER_HOURS = env.number("SURVEYS_AFTER_HOURS", 24)  # after a ticket is solved; 0: never
SURVEYS_EVERY_DAYS = env.number("SURVEYS_EVERY_DAYS", 30)  # nobody is asked more often

# --- programs -------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["apps.api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["apps.api.access.Scoped"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["apps.api.parsers.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "apps.api.paging.Pages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_THROTTLE_CLASSES": ["apps.api.limits.TokenRate"],
    "DEFAULT_SCHEMA_CLASS": "apps.api.schema.Schema",
    "EXCEPTION_HANDLER": "apps.api.errors.problem",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
API_CALLS_A_MINUTE = env.number("API_CALLS_A_MINUTE", 200)  # per token
SPECTACULAR_SETTINGS = {
    "TITLE": "Afterlaunch",
    "DESCRIPTION": "Everything a person can do in the portal, for programs.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "ENUM_NAME_OVERRIDES": {
        "ClockKind": "apps.sla.choices.Kind",
        "CustomerStatus": "apps.customers.choices.Standing",
        "CustomerTier": "apps.customers.choices.Tier",
        "DraftMode": "apps.tickets.choices.Mode",
        "FigureBetter": "apps.figures.rules.Better",
        "ImportOrigin": "apps.metrics.choices.Origin",
        "IncidentState": "apps.incidents.choices.State",
        "JobState": "apps.outbox.choices.WorkState",
        "MetricBetter": "apps.metrics.choices.Better",
        "TicketChannel": "apps.tickets.choices.Channel",
        "TicketOrigin": "apps.tickets.choices.Origin",
        "TicketPriority": "apps.tickets.choices.Priority",
        "TicketStatus": "apps.tickets.choices.Status",
    },
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "apps.api.schema.name_the_problem",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- files ----------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
MEDIA_ROOT = Path(env.text("MEDIA_ROOT", str(home.path("media"))))
IMPORT_FOLDER = env.text("IMPORT_FOLDER", str(home.path("imports")))  # CSV sources read below it
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- time and language ------------------------------------------------------------------------
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
USE_I18N = False

# --- logs: one JSON line each, with the request id ----------------------------------------------
LOGGING = logging_settings(env.text("LOG_LEVEL", "INFO"))
