"""Sessions as Django keeps them in the database, read by a statement that is not built anew.

Every request reads its session first. Ending one is deleting its row, so it counts at once.
"""

from typing import Any

from django.contrib.sessions.backends import db
from django.db import connection
from django.utils import timezone

LIVE = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s"


class SessionStore(db.SessionStore):
    def load(self) -> dict[str, Any]:
        """What the session holds; nothing, and no key, when there is no live one by its key."""
        with connection.cursor() as cursor:
            cursor.execute(LIVE, [self.session_key, timezone.now()])
            row = cursor.fetchone()
        if row is None:
            self._session_key = None
            return {}
        found: dict[str, Any] = self.decode(row[0])
        return found
