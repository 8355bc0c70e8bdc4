"""The time zones people choose from."""

import zoneinfo
from functools import cache

OLD = ("Etc/", "SystemV/", "US/", "posix", "right/")


@cache
def zone_choices() -> tuple[tuple[str, str], ...]:
    """Every IANA zone named after a place, and UTC."""
    names = sorted(
        name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith(OLD)
    )
    return (("UTC", "UTC"), *((name, name.replace("_", " ")) for name in names))
