"""Every page for everybody: axe finds nothing, nothing is blocked, and it weighs little."""

import gzip

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from apps.incidents.models import Incident
from apps.tickets.models import Ticket
from tests.portal.addresses import portal
from tests.portal.test_doors import DOORS

from .conftest import PASSWORD

AXE = Axe()
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "preload": False,  # it would fetch style sheets by itself, from wrong addresses
}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "preload": False}
PARTS = {
    "counts",
    "palette",
    "ticket-preview",
    "contacts",
    "attachment",
    "until",
    "mail-sheet",
    "sla-report-csv",
    "sla-clocks-csv",
}  # no pages of their own
LIMIT = 100_000  # bytes over the wire, without images


def pages() -> list[str]:
    """The addresses of all pages that need no record."""
    return [
        address.url()
        for address in portal()
        if DOORS.get(address.name, ("", ""))[0] == "get"
        and not address.arguments
        and address.name not in PARTS
    ]


@pytest.fixture
def admin(db):
    from tests import make

    return make.person(
        "Admin", "administrator", email="admin@demo.test", is_staff=True, is_superuser=True
    )


@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_and_nothing_is_blocked(signed_in, desk, admin, live_server, width):
    own = [
        desk[0].get_absolute_url() + "?in=inbox",
        reverse("portal:customer", args=[desk[0].customer_id]),
        "/search/?q=export",
        "/tickets/?q=priority:urgent",
        "/accounts/2fa/",
        "/accounts/reauthenticate/",
        "/accounts/password/change/",
        "/admin/",
        "/admin/accounts/user/",
    ]
    own += of_an_incident(desk, admin)
    page = signed_in("/", admin)
    page.set_viewport_size({"width": width, "height": 844})
    found = []
    for path in [*pages(), *own]:
        page.emulate_media(color_scheme="light")
        answer = page.goto(live_server.url + path)
        if not answer.text().lstrip().lower().startswith("<!doctype"):
            page.troubles.clear()
            continue  # a part, seen on the pages it is fetched for
        expect(page.locator(".htmx-request")).to_have_count(0)
        found += [(path, "blocked or broken", trouble) for trouble in page.troubles]
        found += findings(page, path, RULES)
        page.emulate_media(color_scheme="dark")
        found += findings(page, path, COLOURS)
        page.troubles.clear()  # axe measures with inline styles, which the policy blocks
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append((path, "wider than the screen", ""))
    assert not found


def of_an_incident(desk, admin) -> list[str]:
    """Its page with an update its customers had, whom that reached, and the form to edit it."""
    now = timezone.now()
    tickets = Ticket.objects.filter(pk__in=[one.pk for one in desk])
    made = Incident.objects.declare("Slow", severity="SEV1", by=admin, at=now, tickets=tickets)
    update = made.update("customers", "We repair it.", by=admin, at=now)
    return [
        made.get_absolute_url(),
        reverse("portal:incident-reached", args=[made.pk, update.pk]),
        reverse("portal:incident-edit", args=[made.pk]),
        reverse("portal:ticket-link", args=[desk[0].pk]),
    ]


def findings(page, path: str, rules: dict) -> list[tuple[str, str, str]]:
    """What axe says of a page, in short."""
    violations = AXE.run(page, options=rules).response["violations"]
    return [(path, one["id"], one["nodes"][0]["html"][:160]) for one in violations]


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/password/reset/", "/nothing/"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_door_is_open_to_everybody(live_server, page, path, scheme, db):
    page.emulate_media(color_scheme=scheme)
    page.goto(live_server.url + path)
    assert not AXE.run(page, options=RULES).response["violations"]


def test_one_signs_in_by_typing_alone(live_server, page, ada):
    page.goto(live_server.url + "/inbox/")
    expect(page.get_by_label("Email")).to_be_focused()
    page.keyboard.type("ada@demo.test")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_title("Inbox · Afterlaunch")


def test_a_first_visit_weighs_less_than_100_kb_and_stays_in_the_house(signed_in, desk, live_server):
    page = signed_in("/")
    weights: dict[str, int] = {}
    page.on("response", lambda got: weights.setdefault(got.url, _weight(got)))
    page.goto(live_server.url + "/inbox/")
    page.wait_for_load_state("networkidle")
    assert all(url.startswith((live_server.url, "data:")) for url in weights)
    assert 0 < sum(weights.values()) < LIMIT, weights


def _weight(response) -> int:
    """As a server sends it: compressed."""
    if response.request.resource_type == "image" and not response.url.endswith(".svg"):
        return 0
    return len(gzip.compress(response.body()))
