"""The pages below Settings; apps above add theirs from `AppConfig.ready()`."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from accounts.access import Access
from accounts.permissions import Permission


@dataclass(frozen=True, kw_only=True)
class SettingsPage:
    """`url_name` takes the organisation's address and nothing else."""

    label: str
    url_name: str
    permission: Permission
    order: int = 100


_pages: list[SettingsPage] = []


def register_settings_page(page: SettingsPage) -> None:
    """Add `page`. Raises ValueError for an address that is listed."""
    if any(known.url_name == page.url_name for known in _pages):
        raise ValueError(f"{page.url_name!r} is a settings page already")
    _pages.append(page)
    _pages.sort(key=lambda known: (known.order, known.label))


def settings_tabs(request: HttpRequest, access: Access) -> list[dict[str, object]]:
    """The settings pages that the member may open, as tabs; the deepest one is active."""
    tabs = [
        {"label": page.label, "url": reverse(page.url_name, args=[access.organization.slug])}
        for page in _pages
        if access.allows(page.permission)
    ]
    here = [tab["url"] for tab in tabs if request.path.startswith(tab["url"])]
    deepest = max(here, key=len, default="")
    return [{**tab, "active": tab["url"] == deepest} for tab in tabs]
