"""Every address of the portal, found in its URL configuration."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver, reverse

EXAMPLES = {
    "IntConverter": 1,
    "StringConverter": "nothing",
    "SlugConverter": "nothing",
    "PathConverter": "nothing",
    "UUIDConverter": "00000000-0000-4000-8000-000000000000",
}


@dataclass(frozen=True)
class Address:
    """One named page or verb."""

    name: str
    arguments: dict[str, str]  # name → what converts it

    def url(self, **values: object) -> str:
        given = {key: value for key, value in values.items() if key in self.arguments}
        for key, kind in self.arguments.items():
            if key not in given or (key == "pk" and kind == "UUIDConverter"):
                given[key] = EXAMPLES[kind]
        return reverse(f"portal:{self.name}", kwargs=given)


def portal() -> list[Address]:
    """All of them."""
    resolvers = (
        one
        for one in get_resolver().url_patterns
        if isinstance(one, URLResolver) and one.namespace == "portal"
    )
    return [found for resolver in resolvers for found in _walk(resolver)]


def _walk(resolver: URLResolver) -> Iterator[Address]:
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from _walk(one)
        elif isinstance(one, URLPattern) and one.name:
            yield Address(one.name, _arguments(one.pattern))


def _arguments(pattern) -> dict[str, str]:
    if regex := getattr(pattern, "regex", None) if not pattern.converters else None:
        return dict.fromkeys(regex.groupindex, "StringConverter")
    return {name: type(one).__name__ for name, one in pattern.converters.items()}
