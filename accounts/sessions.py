"""Sessions as Django keeps them in the database, read by a statement that is not built anew.

Every request reads its session first. Ending one is deleting its row, so it counts at once.
"""

from collections.abc import MutableMapping
from typing import Any

import msgspec
from django.contrib.sessions.backends import db
from django.db import connection
from django.utils import timezone

Session = MutableMapping[str, Any]
# Of things that wait in a session, for an answer or to be shown.
AT_ONCE = 5
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


def remember(session: Session, place: str, key: str, what: msgspec.Struct) -> None:
    """Keep the latest few; who opens many tabs has to finish one of the last."""
    kept = dict(list(session.get(place, {}).items())[-(AT_ONCE - 1) :])
    session[place] = {**kept, key: msgspec.to_builtins(what)}
