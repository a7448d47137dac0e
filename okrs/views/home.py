"""What I must do: the page that a member opens first."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.permissions import MemberRequest, Permission, requires
from lib.htmx import render_page
from lib.panels import panels_for
from okrs.forms.key_results import CheckInForm
from okrs.queries.due_list import DueCheckIn
from okrs.queries.first_steps import first_steps
from okrs.queries.home import home_of

# Looking again within this time is still the same visit.
SAME_VISIT = timedelta(minutes=30)
FIRST_LOOK_BACK = timedelta(days=7)
# Fine enough for when a visit ended, and spares every other look a write.
NOTED_EVERY = timedelta(minutes=1)
# Forms on one page; the rest waits until some of these are done.
FORMS_SHOWN = 20


@requires(Permission.ORG_READ)
def home(request: MemberRequest) -> HttpResponse:
    now = timezone.now()
    since = last_visit(request, now)
    found = home_of(request.access, now=now, since=since or now - FIRST_LOOK_BACK)
    steps = first_steps(request.access, now)
    context = {
        "home": found,
        "steps": steps,
        "steps_done": sum(step.is_done for step in steps),
        "next_step": next((step for step in steps if not step.is_done), None),
        "due": [due_line(item) for item in found.check_ins.due[:FORMS_SHOWN]],
        "due_more": max(0, len(found.check_ins.due) - FORMS_SHOWN),
        "since": since,
        "panels": panels_for("okrs.home", request, found),
        "first_name": str(request.user).split(" ")[0],
    }
    return render_page(request, "okrs/home.html", context)


def due_line(item: DueCheckIn) -> dict[str, Any]:
    return {"row": item.row, "due_on": item.due_on, "form": CheckInForm(row=item.row)}


def last_visit(request: HttpRequest, now: datetime) -> datetime | None:
    """When the visit before this one ended, to the minute; None on the first.

    Remembered per organisation.
    """
    visits: dict[str, Any] = request.session.get("visits", {})
    key = str(request.org.pk)  # type: ignore[attr-defined]
    before, seen = visits.get(key, (None, None))
    away = now - datetime.fromisoformat(seen) if seen else None
    if away is None or away > SAME_VISIT:
        before = seen
    if away is None or away >= NOTED_EVERY:
        request.session["visits"] = {**visits, key: (before, now.isoformat())}
    return datetime.fromisoformat(before) if before else None
