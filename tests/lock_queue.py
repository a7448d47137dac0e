"""Who stands in line for what the present transaction holds."""

from django.db import connection

# The locks of a server are told all together: what other tests wait for in their databases is
# nothing of ours.
BEHIND_US = """
SELECT EXISTS (
    SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))
)
"""


def somebody_waits_for_us() -> bool:
    """Whether another connection waits for a lock that this one holds."""
    with connection.cursor() as cursor:
        cursor.execute(BEHIND_US)
        return bool(cursor.fetchone()[0])
