"""Where scripts deliver values. No session, no organisation in the address."""

from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from integrations.actions.pushes import LONGEST_BODY, Answer, Push, receive

TOO_LARGE = 413


@csrf_exempt
@require_POST
@transaction.non_atomic_requests
def push(request: HttpRequest, token: str) -> JsonResponse:
    """201 for a value that is new, 200 for one that was known; errors say what to send instead."""
    try:
        body = request.body
    except RequestDataTooBig:
        body = b" " * (LONGEST_BODY + 1)
    if len(body) > LONGEST_BODY:
        detail = f"A delivery has at most {LONGEST_BODY} bytes."
        return JsonResponse({"detail": detail}, status=TOO_LARGE)
    key = request.headers.get("Idempotency-Key", "")
    return shown(receive(token, Push(body, request.content_type or "", key)))


def shown(answer: Answer) -> JsonResponse:
    said = {"detail": answer.detail}
    if answer.value_id:
        said["value"] = str(answer.value_id)
    response = JsonResponse(said, status=answer.status)
    if answer.retry_after:
        response["Retry-After"] = str(answer.retry_after)
    return response
