"""What happens around every request: its id, its privacy, its session, its organisation."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any, cast
from uuid import uuid4

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from accounts import tenancy
from accounts.models import Person
from accounts.principal import (
    Principal,
    bearer_of,
    principal_of_person,
    principal_of_token,
)
from accounts.problems import problem

GetResponse = Callable[[HttpRequest], HttpResponseBase]
REQUEST_ID = re.compile(r"^[A-Za-z0-9-]{8,64}$")


class RequestIdMiddleware:
    """Names each request, so that its log lines, audit entries and answer can be joined."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-Id", "")
        request_id = given if REQUEST_ID.match(given) else uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]
        response = self.get_response(request)
        response.headers["X-Request-Id"] = request_id
        return response


@cache
def sign_in_pages() -> tuple[str, ...]:
    names = ("account_login", "account_reauthenticate", "mfa_reauthenticate", "mfa_activate_totp")
    return tuple(reverse(name) for name in names)


class PrivateResponseMiddleware:
    """Keeps signed-in pages out of caches, and htmx answers apart from whole pages."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        patch_vary_headers(response, ["HX-Request"])
        # The API's framework leaves None behind where nobody is signed in.
        if getattr(request.user, "is_authenticated", False) or hasattr(request, "principal"):
            response.headers.setdefault("Cache-Control", "private, no-store")
        if request.method == "POST" and request.path == reverse("account_logout"):
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return self._whole_page_login(request, response)

    def _whole_page_login(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """htmx would swap a login page into a table cell: send the browser there instead."""
        location = response.headers.get("Location", "")
        is_fragment = request.headers.get("HX-Request") == "true"
        if is_fragment and location.startswith(sign_in_pages()):
            return HttpResponse(status=204, headers={"HX-Redirect": location})
        return response


class SessionLimitMiddleware:
    """Ends sessions that were idle too long or are too old, and notes where they are used.

    Once a minute is fine enough for both, and spares every other request a write.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            self._check(request)
        return self.get_response(request)

    def _check(self, request: HttpRequest) -> None:
        now = int(timezone.now().timestamp())
        session = request.session
        started, seen = session.get("started_at", now), session.get("seen_at", 0)
        too_idle = seen and now - seen > settings.SESSION_IDLE_AGE
        if too_idle or now - started > settings.SESSION_ABSOLUTE_AGE:
            logout(request)
        elif now - seen > 60:
            session["started_at"], session["seen_at"] = started, now
            UserSession.objects.create_from_request(request)


class TenantMiddleware:
    """Binds the organisation in the URL for members; everybody else learns nothing.

    An outsider gets 404, as for an address that does not exist. The binding is made before
    the view's transaction begins, so the database is told with it.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            return self.get_response(request)
        finally:
            token = getattr(request, "tenant_token", None)
            if token is not None:
                tenancy.deactivate(token)
            timezone.deactivate()

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        slug = kwargs.get("org")
        if slug is None:
            return None
        is_api = request.path.startswith("/api/")
        principal = find_principal(request, slug, is_api=is_api)
        if principal is None:
            return refusal(request, is_api=is_api)
        if principal.slug != slug:
            return redirect(request.get_full_path().replace(f"/{slug}/", f"/{principal.slug}/", 1))
        if not is_api and must_set_up_second_factor(request):
            return redirect("mfa_activate_totp")
        bind(request, principal)
        if not is_api:
            remember_organization(request, slug)
        return None


def find_principal(request: HttpRequest, slug: str, *, is_api: bool) -> Principal | None:
    """The request's principal in organisation `slug`; tokens count for the API only."""
    bearer = bearer_of(request) if is_api else None
    if bearer is not None:
        principal = principal_of_token(bearer, address=request.META.get("REMOTE_ADDR"))
        request.bad_token = principal is None  # type: ignore[attr-defined]
        return principal if principal and principal.slug == slug else None
    if request.user.is_authenticated:
        return principal_of_person(slug, request.user.pk)
    return None


def refusal(request: HttpRequest, *, is_api: bool) -> HttpResponseBase:
    """404 for outsiders; the way to sign in for the unknown."""
    unknown = getattr(request, "bad_token", not request.user.is_authenticated)
    if is_api:
        if unknown:
            return problem(401, "Sign in, or send a valid bearer token.")
        return problem(404, "There is no such organisation, or you are not a member of it.")
    if unknown:
        return redirect_to_login(request.get_full_path())
    raise Http404("no such organisation")


def bind(request: HttpRequest, principal: Principal) -> None:
    request.principal = principal  # type: ignore[attr-defined]
    binding = tenancy.Binding(
        principal.organization_id,
        principal.member_id,
        request.request_id,  # type: ignore[attr-defined]
    )
    request.tenant_token = tenancy.activate(binding)  # type: ignore[attr-defined]


def remember_organization(request: HttpRequest, slug: str) -> None:
    """Signing in leads back to the organisation that the person saw last."""
    if request.session.get("last_organization") != slug:
        request.session["last_organization"] = slug


def must_set_up_second_factor(request: HttpRequest) -> bool:
    """Whether an administrator still lacks the second factor that the operator demands."""
    if not settings.REQUIRE_SECOND_FACTOR_OF_ADMINS:
        return False
    from allauth.mfa.utils import is_mfa_enabled

    from accounts.principal import administers_any

    return administers_any(cast("Person", request.user).pk) and not is_mfa_enabled(request.user)
