"""Rows of the route table for checking in: its pages and its part of the API."""

from typing import Any

from accounts.permissions import Permission
from okrs.models import CheckInSettings, ReminderChoice
from tests.factories.check_ins import PostponementFactory
from tests.okrs import goals
from tests.okrs.routes_api import creates, reads
from tests.okrs.routes_goals import DONE, button, form, key_result
from tests.okrs.routes_goals import reads as page
from tests.personas import World
from tests.route_table import Route

P = Permission
NO_VERSION = 428


def a_postponement(world: World) -> dict[str, Any]:
    return {"pk": PostponementFactory.create(key_result=goals.a_key_result(world)).pk}


def nobodys(world: World) -> dict[str, Any]:
    """What a member has hidden is theirs alone: of others it is not there."""
    return {"pk": world.organization.pk}


def stored_settings(world: World) -> dict[str, Any]:
    """Their address names no row: there is one an organisation."""
    CheckInSettings.objects.get_or_create()
    return {}


def a_choice(world: World) -> dict[str, Any]:
    """The address names no row: it is that of whoever asks."""
    ReminderChoice.objects.get_or_create(member=world["admin"])
    return {}


PAGES = [
    *page("check-ins"),
    *form("postpone", P.CHECK_IN_WRITE, key_result),
    *button("take-up-again", key_result, P.CHECK_IN_WRITE),
    Route(
        "okrs:hide-alert", "POST", P.NOTIFICATION_WRITE, DONE, key_result, {"kind": "early-high"}
    ),
    *page("reminders"),
    # A form without the version that was read is one that somebody else overtook.
    Route("okrs:reminders", "POST", P.NOTIFICATION_WRITE, 409),
    *page("check-in-report"),
    *page("check-in-report-csv"),
    *page("cadences"),
    *page("cadences-csv"),
    *page("check-in-settings"),
    Route("okrs:check-in-settings", "POST", P.CYCLE_MANAGE, 422),
]
API = [
    *reads("postponements", a_postponement),
    *creates("postponements", P.CHECK_IN_WRITE),
    Route("api:hidden-alerts", "GET", P.ORG_READ),
    *creates("hidden-alerts", P.NOTIFICATION_WRITE),
    Route("api:hidden-alerts-record", "GET", P.ORG_READ, 404, nobodys),
    Route("api:hidden-alerts-record", "DELETE", P.NOTIFICATION_WRITE, 404, nobodys),
    Route("api:check-in-settings", "GET", P.ORG_READ),
    Route("api:check-in-settings", "PATCH", P.CYCLE_MANAGE, NO_VERSION, stored_settings),
    Route("api:reminder", "GET", P.ORG_READ),
    Route("api:reminder", "PATCH", P.NOTIFICATION_WRITE, NO_VERSION, a_choice),
    Route("api:owed-check-ins", "GET", P.ORG_READ),
    Route("api:goal-alerts", "GET", P.ORG_READ),
    Route("api:cadences", "GET", P.ORG_READ),
    # Without a cycle there is nothing to report.
    Route("api:check-in-report", "GET", P.ORG_READ, 404),
]
ROUTES = [*PAGES, *API]
