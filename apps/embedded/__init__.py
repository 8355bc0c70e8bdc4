"""
Embedded servers: a PostgreSQL and a Valkey of our own when none is given, and a supervisor.

For a demo, a test run or a developer's machine. Not for production, which gives DATABASE_URL
and REDIS_URL. Stdlib only: it runs before Django is set up and knows nothing of it.
"""

from apps.embedded.alone import say_where
from apps.embedded.errors import EmbeddedError
from apps.embedded.home import Home, database_url, redis_url
from apps.embedded.pair import Services, services
from apps.embedded.supervisor import Program, Supervisor, listen

__all__ = [
    "EmbeddedError",
    "Home",
    "Program",
    "Services",
    "Supervisor",
    "database_url",
    "listen",
    "redis_url",
    "say_where",
    "services",
]
