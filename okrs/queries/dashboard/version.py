"""What a page that asks again and again compares."""

from datetime import timedelta
from typing import Any

from django.db import connection

from okrs.queries.scope import Scope

VERSION = """
SELECT (SELECT max(id) FROM accounts_auditentry WHERE organization_id = %(org)s),
       (SELECT max(scored_at) FROM okrs_unitscore
        WHERE organization_id = %(org)s AND cycle_id = %(cycle)s),
       (SELECT max(scored_at) FROM okrs_objective
        WHERE organization_id = %(org)s AND cycle_id = %(cycle)s)
"""
SAID_ANEW = timedelta(minutes=5)


def version_of(scope: Scope) -> tuple[Any, ...]:
    """Changes whenever the dashboard might; one cheap statement.

    Every edit leaves an audit entry and every score its time. Words such as "5 minutes ago" and
    what time alone makes outdated are renewed every five minutes.
    """
    parameters = {"org": scope.access.organization.pk, "cycle": scope.cycle.id}
    with connection.cursor() as cursor:
        cursor.execute(VERSION, parameters)
        stored = cursor.fetchone()
    return (*stored, int(scope.now.timestamp() // SAID_ANEW.total_seconds()))
