"""The small numbers beside the pages in the rail, and how a verb brings them up to date."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.accounts.models import User


@dataclass(frozen=True, slots=True)
class Count:
    """What the rail says beside one page, e.g. "3 late"; nothing at all when it is empty.

    Where the page shows something else than what is counted, `url` opens exactly that, `of` is
    what it is of, for whoever hears the number alone.
    """

    name: str
    text: str
    tone: str = ""
    title: str = ""
    url: str = ""
    of: str = ""

    def draw(self, *, out_of_band: bool = False) -> SafeString:
        leads = self.url and self.text
        return format_html(
            '<{} id="count-{}"{}{}{}{}>{}</{}>',
            "a" if leads else "small",
            self.name.partition(":")[2],
            self._leading() if leads else "",
            format_html(' data-tone="{}"', self.tone) if self.tone else "",
            format_html(' title="{}" data-stale', self.title) if self.title else "",
            SafeString(' hx-swap-oob="true"') if out_of_band else "",
            self.text,
            "a" if leads else "small",
        )

    def _leading(self) -> SafeString:
        said = f"{self.text} {self.of}"
        return format_html(' class="count" href="{}" aria-label="{}"', self.url, said)


Counter = Callable[[User], list[Count]]
COUNTERS: list[Counter] = []


def counts_of(user: User) -> list[Count]:
    """Every count this person may see; each counter asks the database once."""
    return [count for counter in COUNTERS for count in counter(user)]


def rail_counts(user: User) -> dict[str, SafeString]:
    return {count.name: count.draw() for count in counts_of(user)}


def out_of_band(user: User) -> SafeString:
    """All counts as they are now, to be swapped into the rail beside a verb's answer."""
    return SafeString("".join(count.draw(out_of_band=True) for count in counts_of(user)))
