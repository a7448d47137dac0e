"""What a page that asks again and again compares."""

from datetime import timedelta
from typing import Any

from django.db import connection

from okrs.queries.scope import Scope

# The newest ones instead of the very newest: what took long is stored below what overtook it.
NEWEST = "SELECT id FROM {} WHERE organization_id = %(org)s ORDER BY id DESC LIMIT 50"
LOGS = ("accounts_auditentry", "okrs_checkin", "okrs_scorepoint")
VERSION = f"""
SELECT {", ".join(f"ARRAY({NEWEST.format(log)})::text" for log in LOGS)},
       (SELECT sum(extract(epoch FROM scored_at)) FROM okrs_unitscore
        WHERE organization_id = %(org)s AND cycle_id = %(cycle)s)
"""  # noqa: S608 (names of ours)
SAID_ANEW = timedelta(minutes=5)


def version_of(scope: Scope) -> tuple[Any, ...]:
    """Changes whenever the dashboard might; one cheap statement, along indexes.

    Every edit leaves an audit entry, everything said a check-in, every score a point, and every
    count of a unit its time. Words such as "5 minutes ago", what time alone makes outdated or
    begins at midnight, and readings that only confirm a number are renewed every five minutes.
    """
    parameters = {"org": scope.access.organization.pk, "cycle": scope.cycle.id}
    with connection.cursor() as cursor:
        cursor.execute(VERSION, parameters)
        stored = cursor.fetchone()
    return (*stored, int(scope.now.timestamp() // SAID_ANEW.total_seconds()))
