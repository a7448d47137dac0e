"""Who signed in, read by a statement that is not built anew: every request asks."""

from uuid import UUID

from allauth.account.auth_backends import AuthenticationBackend
from django.db import connection

from accounts.models import Person

COLUMNS = [field.attname for field in Person._meta.concrete_fields]
PERSON = f"SELECT {', '.join(COLUMNS)} FROM {Person._meta.db_table} WHERE id = %s"  # noqa: S608 (names of ours)


class PersonBackend(AuthenticationBackend):  # type: ignore[misc]  # no stubs
    def get_user(self, user_id: UUID) -> Person | None:
        """The person by that id, unless there is none or they may not sign in any more."""
        with connection.cursor() as cursor:
            cursor.execute(PERSON, [user_id])
            row = cursor.fetchone()
        if row is None:
            return None
        person = Person.from_db(connection.alias, COLUMNS, row)
        return person if self.user_can_authenticate(person) else None
