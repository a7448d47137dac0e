"""The documentation of the API, printed from its own description."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.api_reference import api_reference


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/api_docs.html", {"resources": api_reference()})
