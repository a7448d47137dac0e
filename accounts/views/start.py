"""The way in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from accounts.principal import organizations_of


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Lead a person to their organisation, a newcomer to making one."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    organizations = organizations_of(request.user.pk)
    if not organizations:
        return redirect("accounts:create-organization")
    last = request.session.get("last_organization")
    slugs = [organization.slug for organization in organizations]
    return redirect("okrs:home", org=last if last in slugs else slugs[0])
