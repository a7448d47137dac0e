"""How the database is asked to join what it cannot guess the size of."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

# The hash tables of a large source in memory, for as long as one statement takes.
HASHED = "SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '32MB'"
USUAL = "SET LOCAL enable_nestloop TO DEFAULT; SET LOCAL work_mem TO DEFAULT"


@contextmanager
def hash_joins() -> Iterator[None]:
    """No nested loops in the block.

    Steps of a statement have no statistics. Taken for a few rows, two of tens of thousands are
    compared each with each, which takes minutes; hashed, a fraction of a second. To be used in a
    transaction, at whose end the setting ends too, as it does after an error.
    """
    with connection.cursor() as cursor:
        cursor.execute(HASHED)
        yield
        cursor.execute(USUAL)
