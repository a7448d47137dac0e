"""Costs that are the same in every run: statements, bytes of the answer, rows read."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.world import Place

READING = ("SELECT", "WITH")
WRITING = ("INSERT INTO", "UPDATE ", "DELETE FROM", "FOR UPDATE", "pg_advisory")
# They pass on what scans below them have read.
NOT_OF_TABLES = frozenset(
    {"CTE Scan", "Subquery Scan", "Function Scan", "Values Scan", "Bitmap Index Scan"}
)
Result = TypeVar("Result")
# What the bench itself leaves behind, signing in and checking in.
OWN_TRACES = frozenset({"django_session", "accounts_outboxentry"})


@dataclass(frozen=True)
class Cost:
    """Statements of a request, bytes of its answer, and rows that its reading statements met."""

    queries: int
    bytes: int
    rows: int


class Answer(Protocol):
    """What Django's test client answers with."""

    status_code: int
    content: bytes


def cost_of(place: Place, send: Callable[[], Answer]) -> Cost:
    """What a request costs."""
    statements, response = statements_of(send)
    with place.bound():
        rows = sum(rows_read(sql) for sql in statements if is_reading(sql))
    return Cost(len(statements), len(response.content), rows)


def statements_of(run: Callable[[], Result]) -> tuple[list[str], Result]:
    """What a run says to the database, and its result. Transactions and their binding are not
    counted, as in the budgets that tests hold pages to."""
    with CaptureQueriesContext(connection) as captured:
        result = run()
    said = [str(query["sql"]) for query in captured.captured_queries]
    return [sql for sql in said if not is_of_transaction(sql)], result


def is_of_transaction(sql: str) -> bool:
    words = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
    return sql.startswith(words)


def is_reading(sql: str) -> bool:
    """Whether it can be run once more without an effect."""
    return sql.lstrip(" \n(").startswith(READING) and not any(word in sql for word in WRITING)


def rows_read(sql: str) -> int:
    """Rows that the scans of a statement met, those that were thrown away included."""
    return round(sum(map(rows_of_scan, scans(explained(sql, analyze=True)))))


def explained(sql: str, *, analyze: bool = False) -> dict[str, Any]:
    """The plan of a statement, as PostgreSQL tells it."""
    options = "ANALYZE, TIMING OFF, FORMAT JSON" if analyze else "FORMAT JSON"
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN ({options}) {sql}")
        [[[found]]] = cursor.fetchall()
    plan: dict[str, Any] = found["Plan"]
    return plan


def scans(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Nodes of a plan that read a table or its index."""
    is_scan = node["Node Type"].endswith("Scan") and node["Node Type"] not in NOT_OF_TABLES
    if is_scan and node.get("Relation Name") not in OWN_TRACES:
        yield node
    for below in node.get("Plans", ()):
        yield from scans(below)


def rows_of_scan(node: dict[str, Any]) -> float:
    thrown = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
    met = node["Actual Rows"] + sum(node.get(name, 0) for name in thrown)
    return float(met * node["Actual Loops"])


def misjudgement(place: Place, table: str) -> float:
    """How many times the planner is off, either way, about the rows that `place` has in a table.

    A policy whose value the planner cannot see makes it guess the same for everybody.
    """
    with place.bound():
        plan = explained(f"SELECT 1 FROM {table}", analyze=True)  # noqa: S608 (a name of ours)
    expected, met = max(1, plan["Plan Rows"]), max(1, plan["Actual Rows"])
    return float(max(expected / met, met / expected))
