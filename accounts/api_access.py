"""Who asks the API, and whether they may: apart from the views, which import these by name."""

from typing import TYPE_CHECKING, Any, cast

from django.core.cache import caches
from django.http import HttpRequest
from django.middleware.csrf import CsrfViewMiddleware
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from accounts.permissions import Permission

if TYPE_CHECKING:
    from lib.cache import ForgivingRedisCache


class CsrfCheck(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> str:
        return reason


class PrincipalAuthentication(BaseAuthentication):
    """The middleware found the principal; sessions must prove that the page is ours."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        inner = request._request
        principal = getattr(inner, "principal", None)
        if principal is None:
            return None
        if not principal.by_token:
            self._enforce_csrf(inner)
        return inner.user, principal

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="flotilla"'

    def _enforce_csrf(self, request: HttpRequest) -> None:
        check = CsrfCheck(lambda _: None)  # type: ignore[arg-type]
        check.process_request(request)
        reason = check.process_view(request, None, (), {})  # type: ignore[arg-type]
        if reason:
            raise exceptions.PermissionDenied(f"CSRF failed: {reason}")


class HasPermission(BasePermission):
    """The permission that the view declares for the method."""

    def has_permission(self, request: Request, view: Any) -> bool:
        permission: Permission = view.required_permission
        return bool(view.access.allows(permission))


class PrincipalThrottle(SimpleRateThrottle):
    """So many requests within a window, which opens with the first of them."""

    scope = "principal"
    num_requests: int
    duration: int
    left: float

    def allow_request(self, request: Request, view: Any) -> bool:
        kept = cast("ForgivingRedisCache", caches["default"])
        key = f"{self.get_cache_key(request, view)}:{self.duration}"
        counted: tuple[int, float] = kept.count(key, self.duration)
        count, self.left = counted
        return count <= self.num_requests

    def wait(self) -> float:
        """Seconds until the window ends."""
        return max(1.0, self.left)

    def get_cache_key(self, request: Request, view: Any) -> str:
        inner = request._request
        principal = getattr(inner, "principal", None)
        if principal is None:  # the description of the API is open to strangers
            return f"rate:{inner.META.get('REMOTE_ADDR', '')}"
        return f"rate:{principal.organization_id}:{principal.token_id or principal.member_id}"
