"""A fingerprint of everything that is stored."""

from collections.abc import Callable

import pytest
from django.apps import apps
from django.db import connection

# Written by being asked, not by what was asked for.
BY_THE_WAY = {
    "api_apiminute",
    "api_apirequest",
    "accounts_apitoken",
    "accounts_apitokenevent",
    "django_session",
    "usersessions_usersession",
    "public_trafficminute",
    "shared_cache",
}


@pytest.fixture
def stored() -> Callable[[], dict[str, tuple[int, int]]]:
    """`stored()` is the number of rows and the sum of their hashes, table by table."""
    tables = sorted(
        {
            model._meta.db_table
            for model in apps.get_models(include_auto_created=True)
            if model._meta.app_config.name.startswith("apps.") and model._meta.managed
        }
        - BY_THE_WAY
    )
    sql = " UNION ALL ".join(
        f"SELECT '{table}', count(*), coalesce(sum(hashtext(t::text)::bigint), 0) FROM {table} t"
        for table in tables
    )

    def read() -> dict[str, tuple[int, int]]:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return {table: (count, digest) for table, count, digest in cursor.fetchall()}

    return read
