"""How the database is asked to join what it cannot guess the size of."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

NESTED_LOOPS = "SELECT set_config('enable_nestloop', %s, true)"


@contextmanager
def hash_joins() -> Iterator[None]:
    """No nested loops in the block.

    Steps of a statement have no statistics. Taken for a few rows, two of tens of thousands are
    compared each with each, which takes minutes; hashed, a fraction of a second. To be used in a
    transaction, at whose end the setting ends too, as it does after an error.
    """
    with connection.cursor() as cursor:
        cursor.execute(NESTED_LOOPS, ["off"])
        yield
        cursor.execute(NESTED_LOOPS, ["on"])
