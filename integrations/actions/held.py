"""Holding a connection, so that its rules stand still and no page of a run is stored meanwhile."""

from uuid import UUID

from integrations.models import Connection


def hold_connection(connection_id: UUID) -> Connection:
    """The connection, locked until the transaction ends.

    To be taken before its runs, its sources and `lock_scores`, by everybody: the other way round
    two would wait for each other. It keeps nobody from storing rows that only refer to it.
    """
    return Connection.objects.select_for_update(no_key=True).get(pk=connection_id)
