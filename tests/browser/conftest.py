"""A real Chromium in front of a real server; skipped only where there is no Chromium."""

import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from apps.accounts.models import User
from apps.sla.models import Policy
from apps.tickets.models import Ticket
from tests import make

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright keeps a loop running
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PASSWORD = "correct horse battery"
PATIENCE = 60_000  # milliseconds: a busy machine is no fault; what is there at once costs nothing
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    missing = pytest.mark.skip(reason="no Chromium on this machine: apt-get install chromium")
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))
            if CHROMIUM is None:
                item.add_marker(missing)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": ["--no-sandbox"]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "viewport": {"width": 1280, "height": 800}}


@pytest.fixture
def context(context: BrowserContext) -> BrowserContext:
    context.set_default_timeout(PATIENCE)
    return context


@pytest.fixture
def ada(db) -> User:
    person = make.person("Ada Lovelace", "support", email="ada@demo.test")
    person.set_password(PASSWORD)
    person.save()
    return person


@pytest.fixture
def promise(db) -> Policy:
    """The policy for every ticket; a flush between browser tests takes the migrated one away."""
    policy = Policy.objects.filter(is_default=True).first()
    if policy is None:
        policy = Policy.objects.create(name="Default", is_default=True)
        policy.publish(by=None, at=timezone.now(), reason="The first version.")
    return policy


@pytest.fixture
def desk(ada, promise) -> list[Ticket]:
    """Three tickets of Mara's: one with a talk, one for Ada, one for nobody."""
    northwind = make.customer("Northwind", tier="enterprise", arr=18_400)
    mara = make.contact("Mara Holt", customer=northwind, email="mara@northwind.test")
    now = timezone.now()
    subjects = ("Export stops at 10 000 rows", "Webhooks arrive twice", "Typo in a mail")
    tickets = [
        Ticket.objects.report(
            subject=subject,
            body="Same since Monday, we have a board call at two.",
            contact=mara,
            at=now - timedelta(hours=3 - n),
            tags=["vip"],
        )
        for n, subject in enumerate(subjects)
    ]
    tickets[0].assign(ada, by=ada, at=now - timedelta(hours=2))
    tickets[1].assign(ada, by=ada, at=now - timedelta(hours=1))
    tickets[0].note("Looks like the certificate.", by=ada, at=now - timedelta(minutes=50))
    return tickets


@pytest.fixture
def signed_in(live_server, context: BrowserContext, client, ada) -> Callable[..., Page]:
    """`signed_in("/inbox/")` is a page that Ada has open."""

    def visit(path: str = "/", person: User = ada) -> Page:
        client.force_login(person)
        session = client.cookies["session"]
        context.add_cookies([{"name": "session", "value": session.value, "url": live_server.url}])
        page = context.new_page()
        page.add_init_script(READ)
        page.troubles = []
        page.on(
            "console", lambda said: _note(page, said.type, f"{said.text} {said.location['url']}")
        )
        page.on("pageerror", lambda error: _note(page, "error", str(error)))
        page.goto(live_server.url + path)
        return page

    return visit


# Says on <html> which answers the page's own scripts have read to the end: what they do with them
# is done by then.
READ = """
const ask = window.fetch;
window.fetch = async (...asked) => {
  const answer = await ask(...asked), text = answer.text.bind(answer);
  answer.text = async () => {
    const words = await text();
    setTimeout(() => {
      const root = document.documentElement;
      root.dataset.read = `${root.dataset.read ?? ""} ${new URL(answer.url).pathname}`;
    });
    return words;
  };
  return answer;
};
"""


def until(page: Page, question: Callable[[], bool]) -> None:
    """Wait for what no page shows: a row in the database."""
    for _ in range(PATIENCE // 50):
        if question():
            return
        page.wait_for_timeout(50)
    raise AssertionError("It did not come about in a minute.")


def has_read(page: Page, path: str) -> None:
    """Wait until the page has what it fetched from there."""
    page.locator(f'html[data-read~="{path}"]').wait_for(state="attached")


def _note(page: Page, kind: str, text: str) -> None:
    """What the security policy blocked, and scripts that failed.

    A refused verb is no trouble, nor is a request that was given up for a newer one, nor the icon
    a browser asks for by itself where a part is opened as if it were a page, nor that a slow page
    was shown without being faded in.
    """
    given_up = ("htmx:sendAbort", "htmx:afterRequest", "Transition was ")
    expected = ("409", "422", *given_up, "/favicon.ico")
    if kind == "error" and not any(said in text for said in expected):
        page.troubles.append(text)
