"""Move an organisation to the database of another cell (docs/scale.md says when and how)."""

from contextlib import closing
from typing import Any

import psycopg2
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from accounts.moving import CannotMove, Moved, move

KEY = "SELECT DISTINCT key_id FROM integrations_organizationkey WHERE organization_id = %s"


class Command(BaseCommand):
    help = (
        "Move an organisation to the database that TARGET_DATABASE_OWNER_URL names. Work for it"
        " waits meanwhile; its rows are compared before they leave this database. When it was"
        " interrupted, the same command goes on."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the organisation's address")

    def handle(self, *_args: Any, **options: Any) -> None:
        if not settings.TARGET_DATABASE_OWNER_URL:
            raise CommandError("TARGET_DATABASE_OWNER_URL is not set: where to?")
        parameters = connections["owner"].get_connection_params()
        parameters.pop("cursor_factory", None)
        with (
            closing(psycopg2.connect(**parameters)) as source,
            closing(psycopg2.connect(settings.TARGET_DATABASE_OWNER_URL)) as target,
        ):
            try:
                moved = move(source, target, options["slug"])
            except CannotMove as error:
                raise CommandError(str(error)) from None
            self.stdout.write(told(moved, target))


def told(moved: Moved, target: Any) -> str:
    with target.cursor() as cursor:
        cursor.execute(KEY, [str(moved.organization_id)])
        keys = [key for (key,) in cursor.fetchall()]
    lines = [f"Moved {moved.rows:,} rows of {len(moved.sums)} tables; each was compared."]
    if keys:
        lines.append(
            f"Its secrets are under the key {', '.join(keys)}: the CREDENTIAL_KEYS over there must"
            " name it. Then `manage.py reencrypt_credentials` puts them under the first key there."
        )
    return "\n".join(lines)
