"""Who sends a request: session, person, member, and what the member may do."""

from importlib import import_module
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user
from django.test import RequestFactory

from accounts.access import Access, load_access
from accounts.principal import principal_of_person
from bench.database import connect, floor_sql
from bench.harness import Contest
from bench.world import PERSON, World


def found(world: World) -> Contest:
    """What the middleware and the decorator of every page find out, against one statement."""
    place = world.largest
    session_key = place.browser().session.session_key
    sessions: Any = import_module(settings.SESSION_ENGINE).SessionStore
    raw, sql = connect("owner"), floor_sql("principal")
    parameters = {"session": session_key, "person": place.row(PERSON, 0), "slug": place.slug}

    def job() -> Access:
        request: Any = RequestFactory().get(place.page("okrs:home"))
        request.session = sessions(session_key)
        request.user = get_user(request)
        request.principal = principal_of_person(place.slug, request.user.pk)
        with place.bound():
            return load_access(request)

    def floor() -> UUID:
        with raw.cursor() as cursor:
            cursor.execute(sql, parameters)
            return UUID(str(cursor.fetchone()[3]))

    return Contest(
        name="P16",
        title="who sends a request",
        job=lambda: job,
        floor=lambda: floor,
        seen=lambda result: result if isinstance(result, UUID) else result.member.pk,
    )
