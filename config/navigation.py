"""The main navigation: the one place that knows the pages of every app."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from accounts.access import Access
from accounts.frame import frame_of
from accounts.permissions import Permission
from lib.addresses import address_of
from lib.icons import icon
from lib.search import Found, SearchSource

P = Permission


@dataclass(frozen=True)
class Entry:
    """A page that every member finds in the navigation, if `permission` lets them."""

    label: str
    url_name: str
    icon: str
    key: str = ""
    group: str = ""
    permission: Permission = P.ORG_READ
    # A figure beside the label that asks for attention; nothing is read unless it is printed.
    count: Callable[[HttpRequest], int] | None = None


def unread(request: HttpRequest) -> int:
    return frame_of(request).unread


ENTRIES = [
    Entry("Home", "okrs:home", "home", "g h"),
    Entry("Check-ins", "okrs:check-ins", "clipboard-document-check", "g y"),
    Entry("Dashboard", "okrs:dashboard", "chart-bar", "g d"),
    Entry("OKRs", "okrs:objectives", "flag", "g o"),
    Entry("Alignment", "okrs:tree", "share", "g a"),
    Entry("Roadmap", "okrs:roadmap", "calendar-days", "g r"),
    Entry("Planning", "reviews:rounds", "map", "g l"),
    Entry("Reviews", "reviews:reviews", "presentation-chart-bar", "g q"),
    Entry("Notifications", "accounts:notifications", "bell", "g n", count=unread),
    Entry("Initiatives", "okrs:initiatives", "rocket-launch", "g i", "Work"),
    Entry("Dependencies", "okrs:dependencies", "arrows-right-left", "g e", "Work"),
    Entry("Gaps", "integrations:gaps", "puzzle-piece", "g x", "Work"),
    Entry("Decisions", "governance:decisions", "scale", "g j", "Govern"),
    Entry("Risks", "governance:risks", "shield-exclamation", "g k", "Govern"),
    Entry("Signals", "governance:signals", "signal", "g u", "Govern"),
    Entry("Portfolios", "portfolio:portfolios", "rectangle-stack", "g f", "Map"),
    Entry("Products", "portfolio:products", "cube", "g p", "Map"),
    Entry("Teams", "portfolio:teams", "user-group", "g t", "Map"),
    Entry("Value streams", "portfolio:value-streams", "arrow-trending-up", "g v", "Map"),
    Entry("Metrics", "portfolio:metrics", "presentation-chart-line", "g m", "Map"),
    Entry("Budgets", "funding:budgets", "banknotes", "g b", "Money", P.MONEY_READ),
    Entry("Connections", "integrations:connections", "link", "g c", "Set up"),
    Entry("Settings", "accounts:organization", "cog-6-tooth", "g s", "Set up"),
]


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `nav`, as `menu` drawn, `bell` and `palette_url` for pages inside an
    organisation."""
    access: Access | None = getattr(request, "access", None)
    if access is None:
        return {}
    slug = access.organization.slug
    items = [nav_item(request, entry, url) for entry, url in reachable(access)]
    here = active_url(request.path, [item["url"] for item in items])
    for item in items:
        item["active"] = item["url"] == here
    bell = next(item for item in items if item["icon"] == "bell")
    return {
        "nav": items,
        "menu": SimpleLazyObject(lambda: menu(items)),
        "bell": bell,
        "palette_url": address_of("accounts:palette", slug),
    }


def nav_item(request: HttpRequest, entry: Entry, url: str) -> dict[str, Any]:
    count = entry.count
    return {
        "label": entry.label,
        "url": url,
        "icon": entry.icon,
        "key": entry.key,
        "group": entry.group,
        "count": SimpleLazyObject(lambda: count(request)) if count else None,
    }


# By hand: a template for each entry made the whole sidebar take six times as long.
HERE = mark_safe(' aria-current="page"')
LINK = '<li><a class="nav-item" href="{}"{}{}>{}<span class="nav-label">{}</span>{}</a></li>'


def menu(items: Sequence[dict[str, Any]]) -> SafeString:
    """The navigation in the sidebar, by group."""
    groups = groupby(items, key=lambda item: item["group"])
    return format_html_join("", "{}<ul>{}</ul>", ((title(name), links(of)) for name, of in groups))


def links(items: Iterable[dict[str, Any]]) -> SafeString:
    return format_html_join("", "{}", ((link(item),) for item in items))


def title(group: str) -> SafeString | str:
    return format_html('<p class="nav-title">{}</p>', group) if group else ""


def link(item: dict[str, Any]) -> SafeString:
    return format_html(
        LINK,
        item["url"],
        format_html(' data-key="{}"', item["key"]) if item["key"] else "",
        HERE if item["active"] else "",
        icon(item["icon"], 24),
        item["label"],
        format_html('<span class="count">{}</span>', item["count"]) if item["count"] else "",
    )


def reachable(access: Access) -> Iterable[tuple[Entry, str]]:
    """The entries that the member may open, with their addresses."""
    for entry in ENTRIES:
        if access.allows(entry.permission):
            yield entry, address_of(entry.url_name, access.organization.slug)


def active_url(path: str, urls: list[str]) -> str:
    """The address that `path` lies below; Home, above everything, counts only for itself."""
    home = min(urls, key=len, default="")
    below = [url for url in urls if path.startswith(url) and (url != home or path == url)]
    return max(below, key=len, default="")


def find_pages(request: HttpRequest, words: str) -> Iterable[Found]:
    access: Access = request.access  # type: ignore[attr-defined]
    for entry, url in reachable(access):
        if words.lower() in entry.label.lower():
            yield Found(entry.label, url, icon=entry.icon)


PAGES = SearchSource(name="pages", label="Pages", find=find_pages, order=0, needs_words=False)
