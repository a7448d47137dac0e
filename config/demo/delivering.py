"""Numbers that arrive by themselves: one that a pipeline pushes, one that is pulled as JSON."""

from collections.abc import Mapping
from decimal import Decimal

from accounts.tokens import digest
from config.demo.book import Book
from config.demo.shapes import Result
from integrations.actions.pulls import create_pull, try_pull
from integrations.actions.pushes import Push, open_address, take
from integrations.models import Pull
from okrs.models import KeyResult
from portfolio.models import Metric
from portfolio.queries import latest_values

PREFIX = "figures"
HEADERS = {"Authorization": "Bearer standin-token"}
PATH = "/operations/deployments"
# Titles of key results, as `config.demo.goals` has them.
PUSHED, PULLED = "Sessions without a crash", "Deployments that are rolled back"


def deliver(book: Book, texts: Mapping[KeyResult, Result], addresses: Mapping[str, str]) -> None:
    """Let the two arrive once; the pull needs the address of the stand-in."""
    metrics = {key_result.title: key_result.metric for key_result in texts}
    if PUSHED in metrics:
        push(book, metrics[PUSHED])
    if PULLED in metrics and PREFIX in addresses:
        pull(book, metrics[PULLED], addresses[PREFIX])


def push(book: Book, metric: Metric) -> None:
    """What the metric is at already, said by the script that will go on saying it."""
    _, token = open_address(book.admin, metric, name="Crash reports")
    known = latest_values([metric.pk]).get(metric.pk)
    said = known.value if known else Decimal(0)
    take(digest(token), Push(f"value={said:f}".encode(), "application/x-www-form-urlencoded", ""))


def pull(book: Book, metric: Metric, url: str) -> None:
    drafted = Pull(
        metric=metric,
        provider="json",
        name="Deployment service",
        address=url + PATH,
        path="$.data.rolled_back_percent",
        interval_minutes=60,
    )
    create_pull(book.admin, drafted, HEADERS, try_pull(drafted, HEADERS))


def move_pulls(addresses: Mapping[str, str]) -> None:
    """Point the pull at where the stand-in is now: the demo may start on other ports."""
    if PREFIX in addresses:
        Pull.objects.filter(address__endswith=PATH).update(address=addresses[PREFIX] + PATH)
