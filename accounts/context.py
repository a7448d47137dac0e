"""What the frame of every page shows."""

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch
from django.utils.functional import SimpleLazyObject

from accounts.access import Access
from accounts.frame import frame_of
from accounts.health import banners
from accounts.settings_pages import settings_tabs
from lib.addresses import address_of


def shell(request: HttpRequest) -> dict[str, Any]:
    """The organisation, the person, their rights and warnings; nothing is read unless printed."""
    access: Access | None = getattr(request, "access", None)
    if access is None:
        return {"org": None, "person": request.user, "can": frozenset()}
    return {
        "org": access.organization,
        "member": access.member,
        "person": request.user,
        "can": access.anywhere,
        "orgs": SimpleLazyObject(lambda: organization_links(request)),
        "banners": SimpleLazyObject(lambda: banners(frame_of(request).signs_of_life)),
        "settings_tabs": SimpleLazyObject(lambda: settings_tabs(request, access)),
    }


def organization_links(request: HttpRequest) -> list[dict[str, str]]:
    """The organisations that the person may switch to."""
    return [
        {"name": choice.name, "slug": choice.slug, "url": home_url(choice.slug)}
        for choice in frame_of(request).organizations
    ]


def home_url(slug: str) -> str:
    try:
        return address_of("okrs:home", slug)
    except NoReverseMatch:
        return address_of("accounts:organization", slug)
