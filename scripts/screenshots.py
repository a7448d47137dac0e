"""Pictures of the main pages for the documentation: `make screenshots`.

With BASE_URL a running demo is looked at; without, one is started on a throw-away home.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "screenshots"
SLUG, PERSON, PASSWORD = "halden-group", "ines.carvalho@halden.example", "halden-demo-2026"
PORT = 8460
START_SECONDS = 600
LARGEST_BYTES = 300_000
OBJECTIVE, KEY_RESULT = "Shops sell from their first day", "Median time from sign-up"


@dataclass(frozen=True)
class Shot:
    """A page of the organisation; with `follow`, what lies behind those links, in turn."""

    name: str
    path: str
    follow: tuple[str, ...] = ()
    width: int = 1360
    scheme: Literal["light", "dark"] = "light"


SHOTS = (
    Shot("home", ""),
    Shot("dashboard", "dashboard/"),
    Shot("objective", "dashboard/", (OBJECTIVE,)),
    Shot("key-result", "dashboard/", (OBJECTIVE, KEY_RESULT)),
    Shot("alignment", "alignment/"),
    Shot("roadmap", "roadmap/"),
    Shot("dashboard-dark", "dashboard/", scheme="dark"),
    Shot("home-phone", "", width=390),
)


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with base_url() as url:
        take_all(url)


@contextmanager
def base_url() -> Iterator[str]:
    """The address of a demo, ours for the time of the block unless BASE_URL names one."""
    given = os.environ.get("BASE_URL")
    if given:
        yield given.rstrip("/")
        return
    with tempfile.TemporaryDirectory(prefix="flotilla-pictures-") as home:
        environment = {**os.environ, "FLOTILLA_HOME": home, "PORT": str(PORT)}
        demo = subprocess.Popen([sys.executable, "manage.py", "demo"], cwd=ROOT, env=environment)
        try:
            url = f"http://127.0.0.1:{PORT}"
            wait_for(url, demo)
            yield url
        finally:
            demo.send_signal(signal.SIGTERM)
            demo.wait()


def wait_for(url: str, demo: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and demo.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=5):  # noqa: S310 (our own)
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    sys.exit("The demo did not start.")


def take_all(url: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium")
        )
        session = sign_in(browser.new_page(), url)
        for shot in SHOTS:
            context = browser.new_context(
                storage_state=session,  # type: ignore[arg-type]  # as Playwright gave it
                viewport={"width": shot.width, "height": 900},
                color_scheme=shot.scheme,
                reduced_motion="reduce",
            )
            take(context.new_page(), url, shot)
            context.close()
        browser.close()


def sign_in(page: Page, url: str) -> object:
    page.goto(f"{url}/accounts/login/")
    page.fill("input[name=login]", PERSON)
    page.fill("input[name=password]", PASSWORD)
    page.locator("form button[type=submit]").first.click()
    page.wait_for_url(f"**/o/{SLUG}/**")
    return page.context.storage_state()


def take(page: Page, url: str, shot: Shot) -> None:
    page.goto(f"{url}/o/{SLUG}/{shot.path}", wait_until="networkidle")
    for text in shot.follow:
        page.locator("main a", has_text=text).first.click()
        page.wait_for_load_state("networkidle")
    target = FOLDER / f"{shot.name}.png"
    page.screenshot(path=target)
    size = target.stat().st_size
    if size > LARGEST_BYTES:
        sys.exit(f"{target.name} has {size} bytes, more than {LARGEST_BYTES}.")
    sys.stdout.write(f"{target.relative_to(ROOT)}  {size // 1000} kB\n")


if __name__ == "__main__":
    main()
