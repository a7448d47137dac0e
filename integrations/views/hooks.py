"""Where services deliver their webhooks. No session, no organisation in the address."""

from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from integrations.actions.webhooks import receive


@csrf_exempt
@require_POST
@transaction.non_atomic_requests
def hook(request: HttpRequest, token: str) -> HttpResponse:
    """202 for a delivery that is believed; the same 404 for every other, whatever is wrong."""
    try:
        body = request.body
    except RequestDataTooBig:
        return HttpResponse(status=413)
    accepted = receive(token, request.headers, body)
    return HttpResponse(status=202 if accepted else 404)
