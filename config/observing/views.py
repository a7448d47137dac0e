"""Addresses for load balancers and Prometheus; they name no organisation."""

import hmac
from functools import cache

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from accounts.health import queue_answers
from config.observing.figures import exposition


@require_safe
@transaction.non_atomic_requests
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers. Restart it when it does not."""
    return JsonResponse({"status": "ok"})


@require_safe
@transaction.non_atomic_requests
def readyz(request: HttpRequest) -> HttpResponse:
    """This process can serve: 503 with what is missing while it cannot. Send it no requests then.

    Without the queue pages still work and changes wait in the database, so that is no reason.
    """
    missing = what_is_missing()
    body = {
        "status": "waiting" if missing else "ready",
        "missing": missing,
        "queue": "answers" if queue_answers() else "does not answer",
    }
    return JsonResponse(body, status=503 if missing else 200)


def what_is_missing() -> str:
    try:
        applied = set(MigrationRecorder(connection).applied_migrations())
    except DatabaseError:
        return "database"
    return "" if expected_migrations() <= applied else "migrations"


@cache
def expected_migrations() -> set[tuple[str, str]]:
    """The last migration of each app, as this code has them."""
    return set(MigrationLoader(None).graph.leaf_nodes())


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For a scraper that shows the operator's token; to everybody else there is nothing here."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    token = settings.METRICS_TOKEN
    if not token or not hmac.compare_digest(given.encode(), token.encode()):
        raise Http404
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)
