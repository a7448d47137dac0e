"""What the frame of every page shows."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.access import Access
from accounts.health import banners
from accounts.principal import organizations_of


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
        "orgs": SimpleLazyObject(lambda: organizations_of(request.user.pk)),  # type: ignore[arg-type]
        "banners": SimpleLazyObject(banners),
    }
