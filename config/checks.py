"""Refusals at start-up: a product that cannot keep tenants apart does not serve."""

import ssl
from typing import Any

from django.conf import settings
from django.core.checks import Error, register
from django.db import connection

ROLE_FACTS = """
    SELECT rolsuper OR rolbypassrls,
           pg_has_role(current_user, 'flotilla_owner', 'MEMBER'),
           EXISTS (SELECT FROM pg_class WHERE relowner = r.oid AND relkind = 'r')
    FROM pg_roles AS r WHERE rolname = current_user
"""


@register("database")
def application_role_is_bound_by_row_security(
    app_configs: Any, databases: Any = None, **kwargs: Any
) -> list[Error]:
    """Refuse a role for which row-level security means nothing."""
    if not databases or "default" not in databases:
        return []
    with connection.cursor() as cursor:
        cursor.execute(ROLE_FACTS)
        bypasses, is_member, owns = cursor.fetchone()
    if bypasses or is_member or owns:
        return [
            Error(
                "DATABASE_URL connects as a role that row-level security does not bind.",
                hint="Connect as flotilla_app; keep the owner's URL in DATABASE_OWNER_URL.",
                id="flotilla.E001",
            )
        ]
    return []


@register()
def private_authority_can_be_read(app_configs: Any, **kwargs: Any) -> list[Error]:
    """Refuse a file of authorities that would make every request to their hosts fail."""
    path = settings.OUTBOUND_CA_FILE
    if not path:
        return []
    try:
        known = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        known.load_verify_locations(cafile=path)
    except OSError as error:
        # What OpenSSL refuses is an OSError without the number of one.
        is_read = isinstance(error, ssl.SSLError)
        wrong = "holds no certificate" if is_read else "cannot be read"
    else:
        if known.cert_store_stats()["x509"]:
            return []
        wrong = "holds no certificate"
    return [
        Error(
            f"OUTBOUND_CA_FILE names a file that {wrong}.",
            hint="Give the PEM file of the certificate authority, readable by this process.",
            id="flotilla.E002",
        )
    ]
