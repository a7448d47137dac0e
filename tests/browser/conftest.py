"""A real browser against a real server: pages are opened signed in, and watched for violations."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.db import connections, transaction
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.tenancy import tenant
from tests.personas import World

# Playwright keeps an event loop in this thread; the ORM is used between its calls, not inside.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# All that is right is found as well; to describe it place by place would take most of the time.
AXE_OPTIONS = {"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]}
# A theme is other colours and nothing else (tokens.css), and these rules look at colours.
BY_COLOUR = ["color-contrast", "link-in-text-block"]
OF_COLOURS = AXE_OPTIONS | {"runOnly": {"type": "rule", "values": BY_COLOUR}}
# A poll would take away what is being looked at; the next one brings what it had to bring.
VIOLATIONS = """
async (options) => {
  const hold = (event) => event.target.matches("[data-poll]") && event.preventDefault();
  const moments = ["htmx:beforeRequest", "htmx:beforeSwap"];
  for (const moment of moments) document.addEventListener(moment, hold);
  const { violations } = await axe.run(options);
  for (const moment of moments) document.removeEventListener(moment, hold);
  return violations.map((rule) => `${rule.id}: ${rule.nodes[0].html.slice(0, 200)}`);
}"""
DESKTOP, PHONE = 1360, 390
HEIGHT = 900
# The page keeps a promise that the next answer to htmx has been dealt with.
NOTE_ANSWER = """() => {
  window.answered = new Promise((note) =>
    document.addEventListener("htmx:afterRequest", () => note(true), { once: true }));
}"""
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  window.reportViolation(`${event.violatedDirective}: ${event.blockedURI || event.sample}`));
"""
OpenPage = Callable[..., Page]
Bound = Callable[[], AbstractContextManager[World]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests need committed rows, because the server has connections of its own."""
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session", autouse=True)
def no_connection_from_before_the_loop() -> None:
    """Close what this thread opened so far: with Playwright's loop it has other connections, but a
    fork has no loop, and would go on with the old ones whatever database is in use by then."""
    connections.close_all()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    given = os.environ.get("CHROMIUM")
    found = given or next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"no Chromium on this machine: none of {', '.join(BROWSERS)} is on the PATH")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    return {**browser_type_launch_args, "executable_path": found, "args": flags}


@pytest.fixture(scope="session")
def live_server(live_server: LiveServer) -> LiveServer:
    """Keeps its threads in mind, so that they can be waited for."""
    live_server.thread.httpd.daemon_threads = False
    return live_server


@contextmanager
def closing(live_server: LiveServer) -> Iterator[ExitStack]:
    """Holds the contexts of a test, closes them, and waits for what the server still works on.

    A page asks for itself until it is closed. Emptying the tables under its request locks both out,
    and the next test finds the rows of this one.
    """
    with ExitStack() as opened:
        yield opened
    live_server.thread.httpd._threads.join()  # type: ignore[attr-defined]  # not in the stubs


@pytest.fixture
def bound(world: World) -> Bound:
    """Opens a transaction bound to Acme, for reading and writing beside the browser."""

    @contextmanager
    def opened() -> Iterator[World]:
        with transaction.atomic(), tenant(world.organization.pk, actor_id=world["admin"].pk):
            yield world

    return opened


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer, world: World) -> Iterator[OpenPage]:
    """Opens a page of Acme as one of its personas; `own_clock` lets the test move its time.

    No page of a test may break the content security policy or raise an error in a script.
    """
    wrongs: list[str] = []
    with closing(live_server) as opened:

        def open_one(
            path: str,
            *,
            persona: str = "lead",
            width: int = DESKTOP,
            theme: str = "light",
            own_clock: bool = False,
        ) -> Page:
            context = browser.new_context(
                base_url=live_server.url,
                viewport={"width": width, "height": HEIGHT},
                color_scheme="dark" if theme == "dark" else "light",
                reduced_motion="reduce",
            )
            opened.callback(context.close)
            sign_in(context, world, persona, live_server.url)
            watch(context, wrongs)
            if own_clock:
                context.clock.install()
            page = context.new_page()
            page.on("pageerror", lambda error: wrongs.append(str(error)))
            page.goto(f"/o/acme/{path}")
            return page

        yield open_one
    assert wrongs == []


def sign_in(context: BrowserContext, world: World, persona: str, url: str) -> None:
    cookie = world.client(persona).cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": url}])


def watch(context: BrowserContext, wrongs: list[str]) -> None:
    context.expose_binding("reportViolation", lambda _source, words: wrongs.append(words))
    context.add_init_script(REPORT_VIOLATIONS)


def axe_violations(page: Page, options: dict[str, Any] = AXE_OPTIONS) -> list[str]:
    """What axe finds wrong with the page as it stands: rule, and the first place of each."""
    expect(page.locator(".htmx-request")).to_have_count(0)
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found: list[str] = page.evaluate(VIOLATIONS, options)
    return found


def overflows(page: Page) -> bool:
    """Whether the page itself scrolls sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def barriers(page: Page) -> list[str]:
    """What is in anybody's way on the page as it stands, on a desk and on a phone, by day and by
    night. It is not loaded anew for each: the server knows of neither."""
    found = []
    for width in (DESKTOP, PHONE):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.wait_for_function("width => innerWidth === width", arg=width)
        page.emulate_media(color_scheme="light")
        wrong = axe_violations(page) + ["scrolls sideways"] * overflows(page)
        page.emulate_media(color_scheme="dark")
        wrong += [f"dark: {it}" for it in axe_violations(page, OF_COLOURS)]
        found += [f"{width} px: {it}" for it in wrong]
    return found


def barriers_of(page: Page, paths: Iterable[str]) -> dict[str, list[str]]:
    """Those of each page of Acme, without the pages that have none."""
    found = {}
    for path in paths:
        page.goto(f"/o/acme/{path}")
        if wrong := barriers(page):
            found[path] = wrong
    return found
