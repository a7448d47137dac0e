"""Error pages, and problem documents for the API."""

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from accounts.problems import problem

SENTENCES = {
    400: "The request could not be understood.",
    403: "You do not have the right to do this here.",
    404: "There is nothing at this address, or you may not see it.",
    500: "Something went wrong on our side. It was recorded.",
}


def answer(request: HttpRequest, status: int) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problem(status, SENTENCES[status])
    # Without what other pages have around them: that may be what went wrong.
    return HttpResponse(render_to_string(f"{status}.html", {"request": request}), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    return answer(request, 500)
