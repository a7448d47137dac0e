"""Whether everything behind the pages is alive."""

from django.http import HttpResponse
from django.shortcuts import render

from accounts import health
from accounts.permissions import MemberRequest, Permission, requires


@requires(Permission.ORG_MANAGE)
def system_health(request: MemberRequest) -> HttpResponse:
    return render(request, "accounts/health.html", {"vitals": health.vitals()})
